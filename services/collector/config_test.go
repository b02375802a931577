package collector

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/source/host"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/internal/service"
)

func TestConfig(t *testing.T) {
	t.Parallel()
	f := func(wrong string, check func(Config) bool, args ...string) {
		t.Helper()
		cfg := Defaults()
		err := config.Load(config.Program{Name: "collector", Stdout: t.Output(), Env: func(string) (string, bool) { return "", false }}, args, &cfg)
		if wrong != "" {
			if err == nil || !strings.Contains(err.Error(), wrong) {
				t.Errorf("%q: %v, want an error with %q", args, err, wrong)
			}
			return
		}
		if err != nil || !check(cfg) {
			t.Errorf("%q: %v, %+v", args, err, cfg)
		}
	}
	sources := func(c Config) int {
		s, err := c.sources(service.Env{Log: bustest.Log(t)}, nil)
		if err != nil {
			t.Error(err)
		}
		return len(s)
	}
	f("", func(c Config) bool {
		return c.Listen == "127.0.0.1:8081" && c.MaxPast == time.Hour && c.MaxFuture == 5*time.Minute && !c.HTTPOpen && sources(c) == 3
	})
	f("", func(c Config) bool { return sources(c) == 0 && c.Listen == "" }, "--collector-sources=", "--collector-listen=")
	f("", func(c Config) bool { return c.makers["host"].Config().(*host.Config).Interval == 3*time.Second }, "--collector-host-interval=3s")
	f("", func(c Config) bool {
		return Defaults().makers["host"].Config().(*host.Config).Interval == 10*time.Second
	})
	f("", func(c Config) bool {
		return c.HTTPOpen && c.Tokens.Reveal() == "shop=secret-of-shop" && c.Tokens.String() == "***"
	},
		"--collector-http-open", "--collector-http-tokens=shop=secret-of-shop")
	f(`--collector-sources: unknown kind "hots", there are: awsevents, cloudwatch, host`, nil, "--collector-sources=hots")
	f("--collector-linger", nil, "--collector-linger=10s")
	f("--collector-max-past", nil, "--collector-max-past=-1s")
	f("--collector-http-tokens: entry 1: want team=token", nil, "--collector-http-tokens=secret")

	c := Defaults()
	c.makers["host"].Config().(*host.Config).Interval = 0
	if _, err := c.sources(service.Env{Log: bustest.Log(t)}, nil); err == nil || !strings.Contains(err.Error(), "--collector-host-interval") {
		t.Errorf("sources: %v", err)
	}
}
