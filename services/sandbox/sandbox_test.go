package sandbox

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/service"
)

// lines is a writer that hands on each line that is said.
type lines struct {
	mu   sync.Mutex
	said chan string
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(string(p)) {
		l.said <- line
	}
	return len(p), nil
}

// TestProcess runs the whole process, without NATS, and ends it.
func TestProcess(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	out := &lines{said: make(chan string, 100)}
	ended := make(chan error, 1)
	s := Service()
	go func() {
		ended <- service.Run(ctx, []string{
			"--sandbox-listen=127.0.0.1:0", "--sandbox-fleet-listen=", "--sandbox-nats=nats://127.0.0.1:1", "--health-listen=",
			"--sandbox-state=" + filepath.Join(t.TempDir(), "state.json"), "--log-format=json",
		}, service.Output{Stdout: io.Discard, Stderr: out}, bus.Dial(), s)
	}()
	for {
		var line string
		select {
		case line = <-out.said:
		case err := <-ended:
			t.Fatalf("ended: %v", err)
		}
		_, rest, found := strings.Cut(line, `"address":"`)
		if !found {
			continue
		}
		address, _, _ := strings.Cut(rest, `"`)
		for _, path := range []string{"/", "/app.js", "/api/conversations.list", "/sandbox/fleet", "/jolokia/checkout/version", "/archives/C/p1"} {
			resp, err := http.Get("http://" + address + path)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode != 200 || len(body) == 0 {
				t.Errorf("%s: %d, %d bytes", path, resp.StatusCode, len(body))
			}
		}
		break
	}
	cancel()
	for {
		select {
		case <-out.said:
			continue
		case err := <-ended:
			if err != nil {
				t.Errorf("ended: %v", err)
			}
		}
		return
	}
}

func TestConfigNamesTheFix(t *testing.T) {
	t.Parallel()
	cfg := Defaults()
	if err := cfg.Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	cfg.Listen, cfg.FleetSpeed, cfg.Events = "8080", 0, "app"
	err := cfg.Validate()
	for _, flag := range []string{"--sandbox-listen", "--sandbox-fleet-speed", "--sandbox-events-url"} {
		if err == nil || !strings.Contains(err.Error(), flag) {
			t.Errorf("%s is not named: %v", flag, err)
		}
	}
}

// TestPageIsWhole looks for what the page must not have: markup made of text,
// inline handlers, anything from elsewhere, and files too long to read.
func TestPageIsWhole(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("internal/page/static/*")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "onclick=\"", "https://cdn", "@import"} {
			if bytes.Contains(data, []byte(bad)) {
				t.Errorf("%s has %s", name, bad)
			}
		}
		if n := bytes.Count(data, []byte("\n")); n > 300 {
			t.Errorf("%s has %d lines", name, n)
		}
	}
}
