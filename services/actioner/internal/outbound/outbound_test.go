package outbound

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/node"
)

func address(t *testing.T, block string) Address {
	t.Helper()
	doc, problems := node.Parse("f", []byte(block))
	a := ReadAddress(doc, "")
	for _, p := range problems.List {
		t.Fatal(p)
	}
	return a
}

// A label cannot choose where a request goes.
func TestURL(t *testing.T) {
	t.Parallel()
	path, query := address(t, `url: "https://a.example/x/{{ labels.v }}/y"`), address(t, `url: "https://a.example/?q={{ labels.v }}&r=1"`)
	host := address(t, "url: \"http://{{ labels.v }}:8778/jolokia/\"\nhosts: [\"*.shop.internal\", checkout-1, \"b:9\"]")
	setting := address(t, `url: "{{ settings.base }}/{{ labels.v }}"`)
	for _, c := range []struct {
		a     Address
		value string
		want  string
		err   string
	}{
		{path, "checkout", "https://a.example/x/checkout/y", ""},
		{path, "a/b?c#d%e", "https://a.example/x/a%2Fb%3Fc%23d%25e/y", ""},
		{path, "..", "", "no . or .."},
		{path, ".", "", "no . or .."},
		{path, "", "", "has no value"},
		{path, "@evil.example", "https://a.example/x/@evil.example/y", ""},
		{query, "a&r=2#x", "https://a.example/?q=a%26r%3D2%23x&r=1", ""},
		{host, "checkout-1", "http://checkout-1:8778/jolokia/", ""},
		{host, "c2.shop.internal", "http://c2.shop.internal:8778/jolokia/", ""},
		{host, "evil.example", "", "not among the action's hosts"},
		{host, "shop.internal.evil.example", "", "not among"},
		{host, "evilshop.internal", "", "not among"},
		{host, "evil.example/?x=.shop.internal", "", "cannot stand in a host"},
		{host, "evil.example#.shop.internal", "", "cannot stand in a host"},
		{host, "a@evil.shop.internal", "", "cannot stand in a host"},
		{host, "169.254.169.254", "", "not among"},
		{host, "b", "", "not among"}, // listed with another port
		{setting, "x", "http://sandbox:8080/base/x", ""},
		{setting, "../x", "http://sandbox:8080/base/..%2Fx", "no . or .."},
	} {
		got, err := c.a.URL(fill.Values{fill.Labels: {"v": c.value}, fill.Settings: {"base": "http://sandbox:8080/base/"}})
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q: got %q, %v; want %q", c.value, got, err, c.err)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%q: got %q, %v; want %q", c.value, got, err, c.want)
		}
	}
}

func TestGuards(t *testing.T) {
	t.Parallel()
	listed := address(t, "url: https://a.example/\nhosts: [a.example, inside, \"169.254.169.254\"]")
	for text, want := range map[string]struct{ public, inside bool }{
		"93.184.215.14": {true, true}, "2606:2800:21f:cb07:6820:80da:af6b:8b2c": {true, true},
		"127.0.0.1": {false, true}, "10.1.2.3": {false, true}, "172.16.0.1": {false, true}, "192.168.1.1": {false, true}, "100.64.0.1": {false, true},
		"::1": {false, true}, "fd12::1": {false, true}, "0.0.0.0": {false, true}, "::ffff:10.0.0.1": {false, true}, "64:ff9b::a00:1": {false, true},
		"2002:a00:1::": {false, true}, "240.0.0.1": {false, true}, "255.255.255.255": {false, true},
		"169.254.169.254": {false, false}, "::ffff:169.254.169.254": {false, false}, "fe80::1": {false, false}, "fd00:ec2::254": {false, false}, "224.0.0.1": {false, false},
	} {
		ip := netip.MustParseAddr(text)
		if got := listed.Public()("other.example", ip) == nil; got != want.public {
			t.Errorf("public %s: %v", text, got)
		}
		if got := listed.Inside()("other.example", ip) == nil; got != want.inside {
			t.Errorf("inside %s: %v", text, got)
		}
		if listed.Public()("inside", ip) != nil || listed.Inside()("169.254.169.254", ip) != nil {
			t.Errorf("%s: refused although the host is listed", text)
		}
	}
}

// With sockets: what the transport itself does. No bubble, no waiting.
func TestTransport(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "/there", http.StatusFound)
		case "/reset":
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.(*net.TCPConn).SetLinger(0)
				_ = conn.Close()
			}
		}
	}))
	t.Cleanup(server.Close)
	free := func(string, netip.Addr) error { return nil }
	do := func(url string, guard action.Guard) (Answer, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		return Do(ctx, nil, guard, Request{Method: http.MethodPost, URL: url, Header: http.Header{"Idempotency-Key": {"k"}}})
	}
	if a, err := do(server.URL, free); err != nil || a.Status != http.StatusOK {
		t.Errorf("got %v, %v", a, err)
	}
	if a, err := do(server.URL+"/redirect", free); err != nil || a.Status != http.StatusFound || hits.Load() != 2 {
		t.Errorf("a redirect was followed: %v, %v, %d requests", a, err, hits.Load())
	}
	hits.Store(0)
	if _, err := do(server.URL+"/reset", free); action.OutcomeOf(err) != action.OutcomeUnknown || err == nil || hits.Load() != 1 {
		t.Errorf("a broken connection: %v, sent %d times", err, hits.Load())
	}
	hits.Store(0)
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	for _, url := range []string{server.URL, "http://localhost" + port} { // as an address, and by a name that resolves to it
		if _, err := do(url, Address{}.Public()); action.OutcomeOf(err) != action.OutcomeFailed || hits.Load() != 0 {
			t.Errorf("%s: got %v after %d requests; want it refused", url, err, hits.Load())
		}
	}
	server.Close()
	if _, err := do(server.URL, free); action.OutcomeOf(err) != action.OutcomeNotDone {
		t.Errorf("nobody listens: %v", err)
	}
	var e *action.Error
	if _, err := do(server.URL, free); !errors.As(err, &e) || strings.Contains(e.Text, "dial tcp") {
		t.Errorf("people are told %v", err)
	}
}
