package catalog

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

func TestMain(m *testing.M) { bustest.Main(m) }

const one = "actions:\n  - {name: NAME, title: TITLE, kind: sandbox, allow: [x], sandbox: {app: a, operation: b}}\n"

// The folder's life: what is offered follows it, and faults take nothing away.
func TestFollowsTheFolder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		conn, reader := b.Conn("actioner"), b.Conn("notifier")
		dir := t.TempDir()
		write := func(file, name, title string) {
			t.Helper()
			if err := os.WriteFile(filepath.Join(dir, file), []byte(strings.NewReplacer("NAME", name, "TITLE", title).Replace(one)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write("a.yaml", "alpha", "first")
		write("b.yaml", "beta", "first")
		c, err := Open(dir, declare.Options{}, bustest.Log(t))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() { defer close(ended); c.Run(ctx, conn) }()
		offered := func() (out string, revision uint64) {
			t.Helper()
			time.Sleep(5 * time.Second)
			entries, err := bus.ActionsOffered.List(t.Context(), reader)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				out += e.Key + "=" + e.Value.GetTitle() + " "
				revision = max(revision, e.Revision)
			}
			return out, revision
		}
		want := func(what, want string) uint64 {
			t.Helper()
			got, revision := offered()
			if got != want {
				t.Errorf("%s: offered %q, want %q", what, got, want)
			}
			return revision
		}
		before := want("at first", "alpha=first beta=first ")
		write("c.yaml", "gamma", "first")
		want("a new file", "alpha=first beta=first gamma=first ")
		if e, err := bus.ActionsOffered.Get(t.Context(), reader, "beta"); err != nil || e.Revision != before && e.Revision > before {
			t.Errorf("beta was written again: %v, %v", e.Revision, err)
		}
		if err := os.WriteFile(filepath.Join(dir, "b.yaml"), []byte("actions: ["), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(dir, "c.yaml")); err != nil {
			t.Fatal(err)
		}
		want("a broken file and a removed one", "alpha=first beta=first gamma=first ")
		if _, ok := c.Get("beta"); !ok {
			t.Error("a broken file took its last good action away")
		}
		if _, ok := c.Get("gamma"); ok {
			t.Error("a removed file's action can still be run")
		}
		write("b.yaml", "beta", "second")
		want("mended", "alpha=first beta=second ")
		if err := os.Rename(dir, dir+"-away"); err != nil {
			t.Fatal(err)
		}
		want("the folder is gone", "alpha=first beta=second ")
		cancel()
		<-ended
	})
}

func TestNoFolder(t *testing.T) {
	t.Parallel()
	if _, err := Open(filepath.Join(t.TempDir(), "none"), declare.Options{}, bustest.Log(t)); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("got %v", err)
	}
	if c, err := Open("", declare.Options{}, bustest.Log(t)); err != nil || c.Len() != 0 {
		t.Errorf("got %v, %v", c, err)
	}
}
