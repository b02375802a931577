package sandbox

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws"
	"github.com/parley-ops/parley/services/sandbox/internal/fleet"
)

// newAccount is the AWS account of cfg.
func newAccount(t *testing.T, cfg Config) *aws.Account {
	t.Helper()
	a, err := aws.New(cfg.aws())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestCloudPort asks the port of the AWS account for what is there, and what is not.
func TestCloudPort(t *testing.T) {
	t.Parallel()
	cfg := Defaults()
	cfg.AWSSpeed, cfg.AWSDelay = 60, 5*time.Minute
	handler := newCloud(cfg, fleet.New(cfg.fleet()), newAccount(t, cfg))
	for _, c := range []struct {
		method, target, origin string
		status                 int
		want                   string
	}{
		{"GET", "/sandbox/fleet", "", 200, "checkout"},
		{"GET", "/sandbox/fleet", "", 200, `"running_instances"`},
		{"DELETE", "/sandbox/fleet", "", 200, `"removed": 0`},
		{"POST", "/sandbox/fleet", "https://elsewhere.example", 403, ""},
		{"GET", "/jolokia/checkout/version", "", 200, "agent"},
		{"GET", "/sandbox/meter", "", 200, `"dollars": 0`},
		{"GET", "/sandbox/clock", "", 200, `"speed": 60`},
		{"GET", "/sandbox/aws", "", 200, `"delay": "5m0s"`},
		{"GET", "/sandbox/nothing", "", 404, "there is no GET /sandbox/nothing"},
		{"DELETE", "/sandbox/meter", "https://elsewhere.example", 403, ""},
		{"POST", "/", "", 403, "MissingAuthenticationToken"},
		{"POST", "/api/chat.postMessage", "", 403, "Request is missing Authentication Token"},
	} {
		r := httptest.NewRequest(c.method, c.target, nil)
		r.Host = "localhost:4566"
		if c.target == "/" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}
		rw := httptest.NewRecorder()
		handler.ServeHTTP(rw, r)
		if rw.Code != c.status || !strings.Contains(rw.Body.String(), c.want) {
			t.Errorf("%s %s: %d %s, want %d %s", c.method, c.target, rw.Code, rw.Body, c.status, c.want)
		}
	}
}
