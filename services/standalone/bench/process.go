package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/parley-ops/parley/services/internal/bus"
)

// process is one that this program started; its output is in a file.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed when it has ended
	err  error         // why, once done
}

// begin starts a program with further environment variables.
func begin(dir, name, program string, env []string, args ...string) (*process, error) {
	p := &process{name: name, cmd: exec.Command(program, args...), log: filepath.Join(dir, name+".log"), done: make(chan struct{})}
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir = out, out, dir
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.SysProcAttr = childOfThis()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// ended says why the process is no more; nil while it lives.
func (p *process) ended() error {
	select {
	case <-p.done:
		return fmt.Errorf("%s ended by itself: %w\n%s", p.name, errors.Join(p.err, errors.New("its last words:")), p.lastWords())
	default:
		return nil
	}
}

func (p *process) lastWords() []byte {
	b, _ := os.ReadFile(p.log)
	return bytes.TrimSpace(b[max(0, len(b)-2000):])
}

// stop asks it to end, and makes it after 10 s.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// ready waits until url answers 200, up to 30 s.
func (p *process) ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var last error
	for ctx.Err() == nil {
		if err := p.ended(); err != nil {
			return err
		}
		body, err := get(ctx, url)
		if err == nil {
			return nil
		}
		last = fmt.Errorf("%w: %s", err, body)
		wait(ctx, 50*time.Millisecond)
	}
	return fmt.Errorf("%s is not ready: %w\n%s", p.name, last, p.lastWords())
}

// get returns what url answers with status 200.
func get(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err == nil && res.StatusCode != http.StatusOK {
		err = errors.New(res.Status)
	}
	return body, err
}

// freeAddress returns an address of this machine where nobody listens now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// system is what is measured: where its samples go, its processes, and what is
// heard of it.
type system struct {
	name  string
	w     *workload
	gen   *generator
	feed  func(w *workload) send // how a workload is sent to it
	procs []*process
	// outside are processes that it needs and that are not counted to it.
	outside []string
	// stored hears of a breach when the system has recorded it, delivered when
	// it arrives where people are; a system without records has only the second.
	stored, delivered *seen
	// people returns how long after they were sent breaches were known to
	// people, in ms, and how many are not.
	people func(from []atomic.Int64, series []int) (ms []float64, missing int)
	// health is where a process serves its metrics, by process.
	health  map[string]string
	traffic func() traffic
	// settle waits until what was acknowledged is evaluated; nil where nothing
	// is acknowledged before.
	settle func(ctx context.Context) error
	// evaluated is how many samples were evaluated so far, those of the
	// collector's own sources included; nil where nothing counts them.
	evaluated func(ctx context.Context) float64
	closers   []func()
	// operator asks the chain, and store is where its server keeps things.
	operator *bus.Conn
	store    string
}

// traffic is what came to people.
type traffic struct{ messages, edits, pictures int64 }

// close ends everything, the last begun first.
func (s *system) close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
}

// start begins one of the system's processes.
func (s *system) start(dir, name, program string, env []string, args ...string) (*process, error) {
	p, err := begin(dir, name, program, env, args...)
	if err != nil {
		return nil, err
	}
	s.procs = append(s.procs, p)
	s.closers = append(s.closers, p.stop)
	return p, nil
}

// alive returns why one of the system's processes is no more.
func (s *system) alive() error {
	for _, p := range s.procs {
		if err := p.ended(); err != nil {
			return err
		}
	}
	return nil
}

// rss returns the resident sets in MiB by process, and of all that counts.
func (s *system) rss() (by map[string]float64, total float64) {
	by = map[string]float64{}
	for _, p := range s.procs {
		by[p.name] = rssMiB(p.pid())
		total += by[p.name]
	}
	for _, name := range s.outside {
		total -= by[name]
		delete(by, name)
	}
	return by, total
}
