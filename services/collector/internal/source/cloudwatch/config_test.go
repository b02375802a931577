package cloudwatch

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/collector/internal/source/sourcetest"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/internal/label"
)

func TestSource(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.aws.instances("", awsStatus, 3)
		r.needs("a", need("down", status, critical, 2*time.Minute))
		defaults := func() Config { c := Defaults(); c.Waste.Interval = 0; return c }
		deps := source.Deps{Log: bustest.Log(t), Bus: r.bus.Conn("collector"), Instance: "one",
			Accounts: account.New(account.Config{SandboxURL: "http://aws.test", Protocol: account.JSON, Transport: r.aws}, r.accounts...)}
		sourcetest.RunWith(t, source.Kind(defaults, New), 20*time.Minute, deps, refusing{}, func(time.Duration) []batch.Sample {
			time.Sleep(time.Minute)
			var out []batch.Sample
			for s, v := range r.stored() {
				labels := label.New(label.Label{Name: label.Team, Value: "infra"}, label.Label{Name: "instance_id", Value: s.resource})
				out = append(out, batch.Sample{Series: series.New(s.name, labels, "", 0), UnixMS: s.at * 1000, Value: v[0]})
			}
			return out
		})
	})
}

// TestNoAccounts: without accounts the source is harmless.
func TestNoAccounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, set := range []*account.Set{nil, account.New(account.Config{})} {
			s, err := New(Defaults(), source.Deps{Log: bustest.Log(t), Accounts: set})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			if err := s.Run(ctx, refusing{}); err != nil || ctx.Err() == nil {
				t.Errorf("it ends: %v", err)
			}
			cancel()
		}
	})
}

func TestWrongSettings(t *testing.T) {
	t.Parallel()
	for flag, change := range map[string]func(*Config){
		"critical-every": func(c *Config) { c.CriticalEvery = time.Second },
		"warning-every":  func(c *Config) { c.WarningEvery = 0 },
		"info-every":     func(c *Config) { c.InfoEvery = -1 },
		"catch-up":       func(c *Config) { c.CatchUp = 48 * time.Hour },
		"sweep-every":    func(c *Config) { c.SweepEvery = time.Minute },
		"states-every":   func(c *Config) { c.StatesEvery = time.Second },
		"max-metrics":    func(c *Config) { c.MaxMetrics = 0 },
		"calls":          func(c *Config) { c.Calls = 0 },
		"points":         func(c *Config) { c.Points = 1 },
	} {
		c := Defaults()
		change(&c)
		if _, err := New(c, source.Deps{Log: bustest.Log(t)}); err == nil || !strings.Contains(err.Error(), "--collector-cloudwatch-"+flag+":") && !strings.Contains(err.Error(), "--collector-cloudwatch-"+flag+",") {
			t.Errorf("%s: %v", flag, err)
		}
	}
}

// TestSample reads the sample as a person's settings file.
func TestSample(t *testing.T) {
	t.Parallel()
	cfg := Defaults()
	cfg.CriticalEvery, cfg.Calls = 0, 0
	err := config.Load(config.Program{Name: "test", Stdout: t.Output(), Env: func(string) (string, bool) { return "", false }},
		[]string{"--config=sample.yaml"}, &cfg)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.CriticalEvery != Defaults().CriticalEvery || cfg.Calls != Defaults().Calls {
		t.Errorf("read %+v", cfg)
	}
	if _, err := New(cfg, source.Deps{Log: bustest.Log(t)}); err != nil {
		t.Error(err)
	}
}

// TestFreeTier reads without GetMetricData, and within the free million.
func TestFreeTier(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.accounts[0].FreeTier = true
		r.aws.instances("", awsStatus, 150)
		r.needs("a", need("down", status, info, 0))
		r.start("one", nil, nil)
		time.Sleep(time.Hour)
		if n := len(r.aws.made("GetMetricData")); n > 0 {
			t.Errorf("%d calls that are not free", n)
		}
		r.complete(r.stored(), status, awsStatus, 150)
		w := r.cost(place1)
		if w.GetUsd() > 0.001 || w.GetForecastUsd() > 0.001 || w.GetStretch() <= 1 || w.GetStatisticsRequests() > 5000 || w.GetStatisticsRequests() < 800 {
			t.Errorf("cost: %v", w)
		}
		t.Log(w.GetStatisticsRequests(), "requests, stretched", w.GetStretch())
	})
}

// TestBudget stretches intervals, and the pace keeps to it.
func TestBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.aws.instances("", awsStatus, 50)
		r.aws.instances("", "CPUUtilization", 50)
		// In full: 3,000 an hour of the first and 600 of the second, $26 a month.
		r.accounts[0].Budget = 15
		r.needs("a", need("down", status, critical, 0), need("busy", "aws.ec2.cpu_utilization", info, 0))
		r.start("one", nil, nil)
		time.Sleep(2 * time.Hour)
		w := r.cost(place1)
		if w.GetStretch() <= 1 || w.GetForecastUsd() > 15 || w.GetForecastUsd() < 5 || w.GetProblem() != "" || w.GetBudgetUsd() != 15 {
			t.Errorf("cost: %v", w)
		}
		if buckets := r.complete(r.stored(), status, awsStatus, 50); buckets < 120 {
			t.Errorf("%d buckets in two hours: it goes blind", buckets)
		}
	})
}
