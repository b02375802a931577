package rules

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

func TestMain(m *testing.M) { bustest.Main(m) }

// Two keepers over one folder come to the same set at the same revision, write
// nothing without need, and a set that comes into force again has a higher
// revision than the one between.
func TestKeepersAgree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, dir := bustest.New(t), t.TempDir()
		write := func(text string) {
			t.Helper()
			if err := os.WriteFile(filepath.Join(dir, "p.yaml"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
		}
		const a, other = "policies:\n  - {name: a, when: {metric: m, above: 1}}\n", "policies:\n  - {name: a, when: {metric: m, above: 2}}\n"
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		defer wg.Wait()
		defer cancel()
		var keepers []*Keeper
		var problems atomic.Int64
		for range 2 {
			k := New(b.Conn("evaluator"), bustest.Log(t), "test", []string{dir})
			k.Problems = func(n int) { problems.Store(int64(n)) }
			keepers = append(keepers, k)
		}
		agree := func() Current {
			t.Helper()
			x, _ := keepers[0].Current()
			y, _ := keepers[1].Current()
			if x.Set == nil || y.Set == nil || x.Set.Digest != y.Set.Digest || x.Revision != y.Revision {
				t.Fatalf("%+v and %+v", x, y)
			}
			return x
		}
		if err := os.WriteFile(filepath.Join(dir, "p.yaml"), []byte(a), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, k := range keepers {
			wg.Go(func() { _ = k.Run(ctx) })
		}
		time.Sleep(10 * time.Second)
		first := agree()
		write(other)
		second := agree()
		write(a)
		third := agree()
		if second.Revision <= first.Revision || third.Revision <= second.Revision || third.Set.Digest != first.Set.Digest {
			t.Errorf("revisions %d, %d, %d", first.Revision, second.Revision, third.Revision)
		}
		if err := keepers[0].Raise(ctx, third.Set.Digest, third.Revision+50); err != nil {
			t.Fatal(err)
		}
		raised, _ := keepers[0].Current()
		if raised.Revision <= third.Revision {
			t.Errorf("raised to %d", raised.Revision)
		}

		stream, err := b.Conn("admin").JetStream().Stream(ctx, "KV_"+bus.Rules.Name)
		if err != nil {
			t.Fatal(err)
		}
		before := stream.CachedInfo().State.LastSeq
		time.Sleep(10 * time.Minute)
		info, err := stream.Info(ctx)
		if err != nil || info.State.LastSeq != before {
			t.Errorf("%d writes in ten quiet minutes, %v", info.State.LastSeq-before, err)
		}
		write("policies:\n  - {name: a, when: {metric: m}}\n")
		if again, _ := keepers[0].Current(); again != raised || problems.Load() != 1 {
			t.Errorf("a wrong file changed the set, or %d problems were told", problems.Load())
		}
	})
}
