package collector

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/deadletter"
	"github.com/parley-ops/parley/services/collector/internal/ingest"
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/internal/service"
)

// newHTTP returns the handler on b; what stores runs until the test's end.
func newHTTP(t *testing.T, b *bustest.Bus, cfg Config, maxBytes int) *httpIngest {
	t.Helper()
	access, err := newAccess(cfg)
	if err != nil {
		t.Fatal(err)
	}
	conn, log, cache := b.Conn("collector"), bustest.Log(t), series.NewCache(1000)
	in := &intake{met: newMetrics(nil), letters: deadletter.New(conn, log),
		batches: batch.New(batch.Config{Bus: conn, Log: log, Name: "test/1", Linger: cfg.Linger, MaxBytes: maxBytes}),
		reader: func() *ingest.Reader {
			return ingest.NewReader(cache, ingest.Limits{Past: cfg.MaxPast, Future: cfg.MaxFuture})
		}}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{}, 2)
	go func() { in.batches.Run(ctx); ended <- struct{}{} }()
	go func() { in.letters.Run(ctx); ended <- struct{}{} }()
	t.Cleanup(func() { cancel(); <-ended; <-ended })
	return &httpIngest{in: in, access: access, log: log, name: "test/1"}
}

// post sends body and returns the status and the answer.
func post(h *httpIngest, body string, change func(*http.Request)) (*httptest.ResponseRecorder, answer) {
	req := httptest.NewRequest(http.MethodPost, "http://localhost:8081/v1/metrics", strings.NewReader(body))
	req.RemoteAddr = "127.0.0.1:50000"
	if change != nil {
		change(req)
	}
	w := httptest.NewRecorder()
	h.handler().ServeHTTP(w, req)
	var a answer
	_ = json.Unmarshal(w.Body.Bytes(), &a)
	return w, a
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		h := newHTTP(t, b, Defaults(), maxHeld)
		f := func(contentType, body string, status, accepted, rejected int) {
			t.Helper()
			w, a := post(h, body, func(r *http.Request) { r.Header.Set("Content-Type", contentType) })
			if w.Code != status || a.Accepted != accepted || len(a.Rejected) != rejected {
				t.Errorf("%.60q: %d %s, want %d with %d accepted and %d rejected", body, w.Code, w.Body, status, accepted, rejected)
			}
		}
		f("application/json", `{"name":"one","value":1}`, 200, 1, 0)
		wantSamples(t, b, map[string]int{"one": 1}) // stored when answered
		f("application/x-www-form-urlencoded", `[{"name":"two","value":1},{"name":"b"},{"name":"two","value":2}]`, 200, 2, 1)
		f("text/plain", "three v=1\nbad\n", 200, 1, 1)
		f("application/x-protobuf", "\xff", 400, 0, 1)
		f("application/json", `{"name":"a"}`, 400, 0, 1)
		f("application/json", `[]`, 200, 0, 0)
		f("", "", 400, 0, 1)
		f("application/json", "["+strings.Repeat(`{"name":"a"},`, 149)+`{"name":"a"}]`, 400, 0, 100)
		wantSamples(t, b, map[string]int{"one": 1, "two": 2, "three.v": 1})
		letters := bustest.WantEvents[[]byte](t, b, bus.DeadLetters, "dlq.ingest.demo", 6)
		if l := letters[0]; l.Header.Get(bus.HeaderReason) != "sample 1: value: missing" || l.Header.Get(bus.HeaderSubject) != "metrics.custom.demo.http" ||
			!strings.HasPrefix(string(l.Event), `[{"name":"two"`) {
			t.Errorf("dead letter %q with %v", l.Event, l.Header)
		}

		_, a := post(h, `[{"name":"x","value":1},{"name":"b"}]`, nil)
		if len(a.Rejected) != 1 || a.Rejected[0].Index == nil || *a.Rejected[0].Index != 1 || a.Rejected[0].Reason != "value: missing" {
			t.Errorf("rejected %+v", a.Rejected)
		}
		req := httptest.NewRequest(http.MethodPost, "http://localhost/v1/events", strings.NewReader("deploy failed"))
		req.RemoteAddr = "127.0.0.1:4711"
		w := httptest.NewRecorder()
		h.handler().ServeHTTP(w, req)
		if w.Code != 400 || !strings.Contains(w.Body.String(), "JSON") || strings.Contains(w.Body.String(), "line protocol") {
			t.Errorf("an event that is none: %d %s", w.Code, w.Body)
		}
		req = httptest.NewRequest(http.MethodGet, "http://localhost/", nil)
		w = httptest.NewRecorder()
		h.handler().ServeHTTP(w, req)
		if w.Code != 200 || !strings.Contains(w.Body.String(), "/v1/metrics") || !strings.Contains(w.Body.String(), "/v1/events") {
			t.Errorf("GET /: %d %s", w.Code, w.Body)
		}
	})
}

func TestHTTPBodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		h := newHTTP(t, b, Defaults(), maxHeld)
		packed := func(body string) string {
			var out bytes.Buffer
			z := gzip.NewWriter(&out)
			_, _ = io.WriteString(z, body)
			_ = z.Close()
			return out.String()
		}
		f := func(encoding, body string, status int) {
			t.Helper()
			w, _ := post(h, body, func(r *http.Request) { r.Header.Set("Content-Encoding", encoding) })
			if w.Code != status {
				t.Errorf("%s, %d bytes: %d %s, want %d", encoding, len(body), w.Code, w.Body, status)
			}
		}
		f("gzip", packed(`{"name":"one","value":1}`), 200)
		f("gzip", `{"name":"one","value":1}`, 400)
		f("br", "x", 415)
		f("gzip", packed(`{"name":"one","value":1}`+strings.Repeat(" ", 7<<20)), 200)
		f("gzip", packed(`{"name":"one","value":1}`+strings.Repeat(" ", 9<<20)), 413)
		f("", `{"name":"one","value":1}`+strings.Repeat(" ", 1<<20), 413)
		// Larger than a dead letter can be: its beginning is kept.
		f("gzip", packed(`{"name":"one"}`+strings.Repeat(" ", 2<<20)), 400)
		l := bustest.WantEvent[[]byte](t, b, bus.DeadLetters, "dlq.ingest.demo")
		if l.Header.Get(deadletter.HeaderTruncated) != fmt.Sprint(14+2<<20) || !strings.HasPrefix(string(l.Event), `{"name":"one"}`) {
			t.Errorf("%d bytes with %v", len(l.Event), l.Header)
		}
	})
}

// TestHTTPWaits: no answer before the samples are stored, and a word when that
// takes too long.
func TestHTTPWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		admin := b.Conn("admin")
		if err := admin.JetStream().DeleteStream(t.Context(), bus.SamplesLog.Name); err != nil {
			t.Fatal(err)
		}
		h := newHTTP(t, b, Defaults(), 300)
		w, _ := post(h, `{"name":"one","value":1}`+strings.Repeat(" ", 200), nil)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("%d %s, want 503", w.Code, w.Body)
		}
		began := time.Now()
		w, _ = post(h, `{"name":"two","value":1}`+strings.Repeat(" ", 200), nil)
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || time.Since(began) != roomWithin {
			t.Errorf("%d %s after %s, want 429", w.Code, w.Body, time.Since(began))
		}
		go func() {
			time.Sleep(3 * time.Second)
			if err := bus.Setup(context.Background(), admin, bus.SetupOptions{Memory: true}); err != nil {
				t.Error(err)
			}
		}()
		time.Sleep(time.Minute)
		if w, a := post(h, `{"name":"three","value":1}`, nil); w.Code != 200 || a.Accepted != 1 {
			t.Errorf("%d %s, want 200", w.Code, w.Body)
		}
		// What was answered with 503 was on its way, and is stored all the same.
		wantSamples(t, b, map[string]int{"one": 1, "three": 1})
	})
}

func TestAccess(t *testing.T) {
	t.Parallel()
	tokens := config.Secret("shop=secret-of-shop,\nbank = secret-of-bank")
	type request struct{ host, peer, auth, origin, site string }
	f := func(name string, cfg Config, r request, team string, status int) {
		t.Helper()
		a, err := newAccess(cfg)
		if err != nil {
			t.Fatal(err)
		}
		req := httptest.NewRequest(http.MethodPost, "http://x/v1/metrics", nil)
		req.Host, req.RemoteAddr = r.host, r.peer+":40000"
		for k, v := range map[string]string{"Authorization": r.auth, "Origin": r.origin, "Sec-Fetch-Site": r.site} {
			if v != "" {
				req.Header.Set(k, v)
			}
		}
		got, err := a.team(req)
		code := 200
		if no, ok := err.(*refusal); ok {
			code = no.status
			if strings.Contains(no.text, "secret") || !strings.Contains(no.text, "--collector-http") {
				t.Errorf("%s: the refusal says %q", name, no.text)
			}
		}
		if got != team || code != status {
			t.Errorf("%s: team %q, status %d (%v); want %q, %d", name, got, code, err, team, status)
		}
	}
	local := request{host: "localhost:8081", peer: "127.0.0.1"}
	with := func(change func(*request)) request { r := local; change(&r); return r }
	f("local", Config{}, local, "demo", 200)
	f("local, by address", Config{}, with(func(r *request) { r.host = "127.0.0.1:8081" }), "demo", 200)
	f("local, by IPv6", Config{}, with(func(r *request) { r.host, r.peer = "[::1]:8081", "[::1]" }), "demo", 200)
	f("from elsewhere", Config{}, with(func(r *request) { r.peer = "10.0.0.7" }), "", 403)
	f("a name made to point here", Config{}, with(func(r *request) { r.host = "evil.example:8081" }), "", 403)
	f("a page from elsewhere", Config{}, with(func(r *request) { r.origin = "https://evil.example" }), "", 403)
	f("a page from elsewhere, as browsers say", Config{}, with(func(r *request) { r.site = "cross-site" }), "", 403)
	f("a token where there are none", Config{}, with(func(r *request) { r.auth = "Bearer x" }), "", 401)

	secured := Config{Tokens: tokens}
	f("no token", secured, local, "", 401)
	f("wrong token", secured, with(func(r *request) { r.auth = "Bearer secret-of-shoq" }), "", 401)
	f("empty token", secured, with(func(r *request) { r.auth = "Bearer " }), "", 401)
	f("basic", secured, with(func(r *request) { r.auth = "Basic secret-of-shop" }), "", 401)
	f("token", secured, request{"metrics.example", "10.0.0.7", "Bearer secret-of-shop", "", ""}, "shop", 200)
	f("other token", secured, request{"metrics.example", "10.0.0.7", "bearer secret-of-bank", "", ""}, "bank", 200)

	open := Config{Tokens: tokens, HTTPOpen: true}
	f("open", open, request{"collector:8081", "172.17.0.5", "", "", ""}, "demo", 200)
	f("open, by address", open, request{"192.168.1.4:8081", "172.17.0.1", "", "", ""}, "demo", 200)
	f("open, a name made to point here", open, request{"evil.example", "172.17.0.1", "", "", ""}, "", 403)
	f("open, a page from elsewhere", open, request{"localhost:8081", "172.17.0.1", "", "null", ""}, "", 403)
	f("open, token", open, request{"localhost:8081", "172.17.0.1", "Bearer secret-of-bank", "", ""}, "bank", 200)
	f("open, wrong token", open, request{"localhost:8081", "172.17.0.1", "Bearer nonsense-nonsense", "", ""}, "", 401)

	for _, wrong := range []config.Secret{"shop", "shop=short", "a.b=secret-of-shop", "=secret-of-shop"} {
		c := Defaults()
		c.Tokens = wrong
		if err := c.Validate(); err == nil || strings.Contains(err.Error(), "secret-of-shop") {
			t.Errorf("%s: %v", wrong.Reveal(), err)
		}
	}
}

// TestSocket is the whole collector on a real port, with its real sources.
func TestSocket(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	s := Service()
	s.Config().(*Config).Listen = "127.0.0.1:0"
	said, w := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- service.Run(ctx, []string{"--health-listen="}, service.Output{Stdout: w, Stderr: t.Output()}, shared{b.Transport()}, s)
	}()
	line := make([]byte, 200)
	n, err := said.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	url := regexp.MustCompile(`http://\S+`).FindString(string(line[:n]))
	resp, err := http.Post(url, "application/json", strings.NewReader(`{"name":"over.http","value":1}`))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != 200 || string(body) != "{\"accepted\":1,\"rejected\":[]}\n" {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	for range 100 { // the host's figures come within a second; there is no bubble to wait in
		if got, _ := samples(t, b); got["over.http"] == 1 && got["host.memory.used_percent"] > 0 {
			break
		}
		select {
		case <-t.Context().Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	if got, _ := samples(t, b); got["over.http"] != 1 || got["host.memory.used_percent"] == 0 {
		t.Errorf("stored: %v", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
