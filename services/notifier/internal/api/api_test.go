package api_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

const secret = "s3cr3t/+token"

func TestWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	status := func(n int, header ...string) trip {
		return func(r *http.Request) (*http.Response, error) {
			h := http.Header{}
			if len(header) > 0 {
				h.Set("Retry-After", header[0])
			}
			return &http.Response{StatusCode: n, Header: h, Body: io.NopCloser(strings.NewReader("no: " + secret + strings.Repeat("x", 5000))), Request: r}, nil
		}
	}
	fails := func(err error) trip { return func(*http.Request) (*http.Response, error) { return nil, err } }
	f := func(name string, to trip, kind error, unsure bool, after time.Duration) {
		t.Helper()
		_, err := api.New(&http.Client{Transport: to}, secret).Post(t.Context(), "hook", "https://example.org/"+secret, "text/plain", []byte("x"), nil)
		var limited *chat.RateLimited
		if errors.As(err, &limited); limited != nil && limited.After != after || (limited == nil) != (after == 0) {
			t.Errorf("%s: %v, want to wait for %s", name, err, after)
		}
		if err == nil || kind != nil && !errors.Is(err, kind) || chat.Unsure(err) != unsure || len(err.Error()) > 400 ||
			strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v (unsure %v)", name, err, chat.Unsure(err))
		}
	}
	f("limited", status(429, "17"), nil, false, 17*time.Second)
	f("limited without a word", status(429), nil, false, time.Second)
	f("limited for ever", status(429, "1e300"), nil, false, time.Hour)
	f("unavailable with a word", status(503, "2.5"), nil, false, 2500*time.Millisecond)
	f("unavailable", status(503), nil, true, 0)
	f("broken", status(500), nil, true, 0)
	f("timed out there", status(408), nil, true, 0)
	f("refused", status(400), chat.ErrRefused, false, 0)
	f("redirected", status(302), chat.ErrRefused, false, 0)
	f("wrong token", status(401), chat.ErrSetup, false, 0)
	f("not there", status(404), chat.ErrNoChannel, false, 0)
	f("lost", fails(io.ErrUnexpectedEOF), nil, true, 0)
	f("no host", fails(&net.DNSError{Err: "no such host", Name: "example.org"}), nil, false, 0)
	f("no port", fails(&net.OpError{Op: "dial", Err: errors.New("refused")}), nil, false, 0)
	f("stopped", fails(context.Canceled), context.Canceled, true, 0)
}

func TestRetryAfterIsADateToo(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	if got := api.RetryAfter(http.Header{"Retry-After": {"Sun, 22 Nov 2026 10:01:00 GMT"}}, now); got != time.Minute {
		t.Errorf("got %s", got)
	}
}
