package sandbox

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parley-ops/parley/services/sandbox/internal/fleet"
	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

func TestPageIsGuarded(t *testing.T) {
	t.Parallel()
	cfg := Defaults()
	ws, err := workspace.New(cfg.workspace(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	handler := newHandler(cfg, ws, fleet.New(cfg.fleet()), newAccount(t, cfg))
	ask := func(method, target, host, origin string) int {
		t.Helper()
		r := httptest.NewRequest(method, target, strings.NewReader("{}"))
		r.Host, r.RemoteAddr = host, "127.0.0.1:4711"
		if origin != "" {
			r.Header.Set("Origin", origin)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}
		rw := httptest.NewRecorder()
		handler.ServeHTTP(rw, r)
		return rw.Code
	}
	for _, c := range []struct {
		method, target, host, origin string
		want                         int
	}{
		{"GET", "/", "localhost:8080", "", 200},
		{"GET", "/", "127.0.0.1:8080", "", 200},
		{"GET", "/", "sandbox:8080", "", 200},
		{"GET", "/", "parley.localhost:8080", "", 200},
		{"GET", "/", "rebound.example.com:8080", "", http.StatusMisdirectedRequest},
		{"POST", "/api/sandbox.faults", "localhost:8080", "", 200},
		{"POST", "/api/sandbox.faults", "localhost:8080", "https://elsewhere.example", http.StatusForbidden},
		{"POST", "/", "localhost:8080", "", http.StatusMethodNotAllowed},
	} {
		if got := ask(c.method, c.target, c.host, c.origin); got != c.want {
			t.Errorf("%s %s on %s from %q: %d, want %d", c.method, c.target, c.host, c.origin, got, c.want)
		}
	}
	rw := httptest.NewRecorder()
	handler.ServeHTTP(rw, httptest.NewRequest("GET", "http://localhost/", nil))
	if csp := rw.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy = %q", csp)
	}
	if err := ws.Run(canceled()); err != nil {
		t.Errorf("a canceled context is an error: %v", err)
	}
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
