package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/parley-ops/parley/services/ctl/internal/doctor/doctortest"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/embedded"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"parley": main}) }

// TestScripts runs every command as people do, right and wrong, against a real
// server. Beside testscript's own, scripts have these commands:
//
//	nats [files]      starts a server whose keys are under ./data; with files
//	                  its streams are too
//	seed WHAT         see world.seed
//	exits CODE CMD    runs a command and wants this exit code
//	aws [DENIED…]     starts a stand-in for AWS that refuses these permissions
//	expire-last       ends the silence that the last command made; or what else, by
//	                  the command that is given, which then has its id
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("USER", "tester")
			e.Setenv("NO_COLOR", "1")
			e.Setenv("PARLEY_TIMEOUT", "30s")                 // a busy machine is no failure
			e.Setenv("PARLEY_NATS_URL", "nats://127.0.0.1:1") // nothing is there
			e.Setenv("PARLEY_AWS_SANDBOX_URL", "http://127.0.0.1:1")
			w := &world{dir: filepath.Join(e.WorkDir, "data")}
			e.Values[worldKey{}] = w
			e.Defer(w.close)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"nats": func(ts *testscript.TestScript, _ bool, args []string) {
				w := worldOf(ts)
				ts.Check(w.open(len(args) > 0))
				ts.Setenv("PARLEY_NATS_URL", w.server.URL())
			},
			"seed": func(ts *testscript.TestScript, _ bool, args []string) {
				for _, what := range args {
					ts.Check(worldOf(ts).seed(what))
				}
			},
			"aws": func(ts *testscript.TestScript, _ bool, args []string) {
				server := httptest.NewServer(&doctortest.AWS{Denied: args})
				ts.Defer(server.Close)
				ts.Setenv("PARLEY_AWS_SANDBOX_URL", server.URL)
			},
			"expire-last": func(ts *testscript.TestScript, fails bool, args []string) {
				var made outcome
				ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &made))
				if len(args) == 0 {
					args = []string{"silence", "expire"}
				}
				err := ts.Exec("parley", append(append(args[:2:2], made.Target), args[2:]...)...)
				if fails != (err != nil) {
					ts.Fatalf("%q: %v", args, err)
				}
			},
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				got := 0
				err = ts.Exec(args[1], args[2:]...)
				var exit *exec.ExitError
				if errors.As(err, &exit) {
					got = exit.ExitCode()
				} else {
					ts.Check(err)
				}
				if got != want {
					ts.Fatalf("exit code %d, want %d", got, want)
				}
			},
		},
	})
}

type worldKey struct{}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

// world is a server and what plays the services on it.
type world struct {
	dir    string
	server *embedded.Server
	cancel context.CancelFunc
	ctx    context.Context
	ended  []chan error
	conns  []*bus.Conn
	began  time.Time
}

func (w *world) open(files bool) error {
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.began = time.Now().Add(-10 * time.Minute)
	w.server = embedded.With(embedded.Config{Data: w.dir, NATSListen: "127.0.0.1:-1", NATSSync: "2m", Memory: !files})
	return w.server.Open(w.ctx, slog.New(slog.DiscardHandler))
}

// conn returns a connection as a service.
func (w *world) conn(user string) (*bus.Conn, error) {
	c, err := w.server.Connect(w.ctx, bus.Options{Service: user})
	if err == nil {
		w.conns = append(w.conns, c)
	}
	return c, err
}

// do runs f until the script ends.
func (w *world) do(f func() error) {
	ended := make(chan error, 1)
	w.ended = append(w.ended, ended)
	go func() { ended <- f() }()
}

func (w *world) close() {
	if w.server == nil {
		return
	}
	w.cancel()
	for _, c := range w.ended {
		<-c
	}
	for _, c := range w.conns {
		c.Close()
	}
	_ = w.server.Close()
}
