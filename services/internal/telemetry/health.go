package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Health is what the parts of a process say of themselves.
type Health struct {
	mu       sync.Mutex
	unready  map[string]string // part -> why it is not ready
	checks   map[string]func() bool
	stopping bool
}

// NewHealth returns a Health of which nothing is known yet.
func NewHealth() *Health {
	return &Health{unready: map[string]string{}, checks: map[string]func() bool{}}
}

// Set says whether a part is ready, and if not, why.
func (h *Health) Set(part string, ready bool, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ready {
		delete(h.unready, part)
		return
	}
	h.unready[part] = why
}

// Check adds a part that is asked each time.
func (h *Health) Check(part string, ready func() bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks[part] = ready
}

// Stopping says that the process is about to end: not ready, but well.
func (h *Health) Stopping() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopping = true
}

// Ready returns nil, or an error with every part that is not ready.
func (h *Health) Ready() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopping {
		return errors.New("stopping")
	}
	var out []string
	for _, part := range slices.Sorted(maps.Keys(h.unready)) {
		out = append(out, part+": "+h.unready[part])
	}
	for _, part := range slices.Sorted(maps.Keys(h.checks)) {
		if !h.checks[part]() {
			out = append(out, part+": not connected")
		}
	}
	if len(out) > 0 {
		return errors.New(strings.Join(out, "; "))
	}
	return nil
}

// ServeHealth serves /healthz (the process lives), /readyz (it does its work)
// and /metrics on addr until stop is called. An empty addr serves nothing.
func ServeHealth(addr string, h *Health, metrics prometheus.Gatherer) (stop func(), err error) {
	if addr == "" {
		return func() {}, nil
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := h.Ready(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10}
	var wg sync.WaitGroup
	wg.Go(func() { _ = server.Serve(listener) })
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = server.Shutdown(ctx)
		wg.Wait()
	}, nil
}

// AskHealth asks the process whose health pages are at addr whether it is
// ready.
func AskHealth(ctx context.Context, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("health address %q: %w", addr, err)
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask health: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
		return fmt.Errorf("not ready: %s", strings.TrimSpace(string(body)))
	}
	return nil
}
