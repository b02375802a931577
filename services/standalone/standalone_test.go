package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// freeAddr returns an address on loopback that nobody listens on now.
func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

var build struct {
	sync.Once
	dir string
	err error
}

// binary returns the path of a program of this repository, built once.
func binary(t testing.TB, name string) string {
	t.Helper()
	build.Do(func() {
		build.dir, build.err = os.MkdirTemp("", "parley-bin")
		if build.err != nil {
			return
		}
		cmd := exec.Command("go", "build", "-o", build.dir+"/", ".", "../collector/cmd/collector", "../evaluator/cmd/evaluator",
			"../renderer/cmd/renderer", "../notifier/cmd/notifier", "../actioner/cmd/actioner", "../sandbox/cmd/sandbox", "../ctl")
		out, err := cmd.CombinedOutput()
		if err != nil {
			build.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if build.err != nil {
		t.Fatalf("build: %v", build.err)
	}
	return filepath.Join(build.dir, name)
}

func TestMain(m *testing.M) {
	code := m.Run()
	if build.dir != "" {
		_ = os.RemoveAll(build.dir)
	}
	os.Exit(code)
}

// process is a program under test; what it writes is shown when the test fails.
type process struct {
	t    testing.TB
	name string
	cmd  *exec.Cmd
	out  *syncBuffer
	end  chan error
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func start(t testing.TB, name string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, cmd: exec.Command(binary(t, name), args...), out: &syncBuffer{}, end: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	p.cmd.Dir = "../.."
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() { p.end <- p.cmd.Wait() }()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s wrote:\n%s", name, lastLines(p.out.String(), 60))
		}
	})
	t.Cleanup(func() { p.kill() })
	return p
}

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.end
	p.end <- nil
}

// interrupt asks the process to stop and returns how it ended.
func (p *process) interrupt() error {
	_ = p.cmd.Process.Signal(os.Interrupt)
	select {
	case err := <-p.end:
		p.end <- err
		return err
	case <-time.After(40 * time.Second):
		return fmt.Errorf("%s did not stop within 40 s", p.name)
	}
}

// standaloneArgs are the flags of a standalone that shares nothing with others.
func standaloneArgs(t testing.TB, data string) (args []string, w workspace, natsAddr string) {
	t.Helper()
	slack, nats, aws := freeAddr(t), freeAddr(t), freeAddr(t)
	return []string{"--data", data, "--nats-listen", nats, "--sandbox-nats", "nats://" + nats,
		"--sandbox-listen", slack, "--sandbox-fleet-listen", aws, "--aws-sandbox-url", "http://" + aws,
		"--slack-api-url", "http://" + slack + "/api/", "--actioner-sandbox-url", "http://" + slack, "--collector-listen", freeAddr(t), "--notifier-listen", freeAddr(t),
		"--health-listen", freeAddr(t)}, workspace{t, "http://" + slack, "http://" + aws}, nats
}

func TestStandaloneShowsTheFirstMinuteAndStops(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	args, w, nats := standaloneArgs(t, data)
	p := start(t, "standalone", args...)
	firstMinute(t, w)
	publishReadme(t, "nats://"+nats, data)
	if err := p.interrupt(); err != nil {
		t.Errorf("stop: %v", err)
	}
	for _, want := range []string{strings.Replace(w.base, "127.0.0.1", "localhost", 1), "nats://" + nats} {
		if !strings.Contains(p.out.String(), want) {
			t.Errorf("it did not say where to look: %s", want)
		}
	}
}

// quiet is a logger for what a test does not look at.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
