package cloudwatch

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/discover"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/plan"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/poll"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/waste"
)

// Config is what the source is told. Which accounts, regions, services and
// resources are watched is in the accounts file.
type Config struct {
	CriticalEvery time.Duration `name:"collector-cloudwatch-critical-every" help:"How often metrics of critical policies are read at most; all their points come either way."`
	WarningEvery  time.Duration `name:"collector-cloudwatch-warning-every" help:"The same for policies of severity warning."`
	InfoEvery     time.Duration `name:"collector-cloudwatch-info-every" help:"The same for policies of severity info."`
	ThousandUSD   float64       `name:"collector-cloudwatch-thousand-usd" help:"What reading 1,000 series may cost an hour, in USD at list price, in accounts without a budget: intervals are stretched to keep to it, of info first. 0: as much as it comes to."`
	CatchUp       time.Duration `name:"collector-cloudwatch-catch-up" help:"How much of the time in which nothing could be read is read afterwards."`

	SweepEvery  time.Duration `name:"collector-cloudwatch-sweep-every" help:"How often CloudWatch is asked which metrics there are."`
	StatesEvery time.Duration `name:"collector-cloudwatch-states-every" help:"How often EC2 is asked which instances run."`
	MaxMetrics  int           `name:"collector-cloudwatch-max-metrics" help:"How many metrics of an account and region are known at most."`
	Services    string        `name:"collector-cloudwatch-services" placeholder:"DIR" help:"Folder with service files of your own (*.yaml), beside those that are known."`

	Calls  float64 `name:"collector-cloudwatch-calls" help:"GetMetricData calls a second in an account and region at most. AWS allows 50."`
	Points float64 `name:"collector-cloudwatch-points" help:"Points a second that are asked for at most. AWS allows 180,000."`
	Others float64 `name:"collector-cloudwatch-other-calls" help:"Calls a second of each other kind at most. AWS allows 25 of ListMetrics."`

	Waste waste.Rules `embed:"" prefix:"collector-cloudwatch-waste-"`
}

// Defaults returns the settings that hold unless told otherwise.
func Defaults() Config {
	d, l := discover.Defaults(), target.DefaultLimits()
	return Config{CriticalEvery: 5 * time.Minute, WarningEvery: 15 * time.Minute, InfoEvery: 30 * time.Minute, ThousandUSD: 0.05, CatchUp: 3 * time.Hour,
		SweepEvery: d.Every, StatesEvery: d.States, MaxMetrics: d.MaxMetrics, Calls: l.DataCalls, Points: l.Points, Others: l.OtherCalls, Waste: waste.Defaults()}
}

// New returns the source.
func New(cfg Config, d source.Deps) (source.Source, error) {
	var errs []error
	want := func(ok bool, flag, what string) {
		if !ok {
			errs = append(errs, fmt.Errorf("--collector-cloudwatch-%s: want %s", flag, what))
		}
	}
	want(cfg.CriticalEvery >= time.Minute, "critical-every", "at least 1m")
	want(cfg.WarningEvery >= time.Minute, "warning-every", "at least 1m")
	want(cfg.InfoEvery >= time.Minute, "info-every", "at least 1m")
	want(cfg.ThousandUSD >= 0, "thousand-usd", "0 or more")
	want(cfg.CatchUp >= 0 && cfg.CatchUp <= 24*time.Hour, "catch-up", "0 to 24h")
	want(cfg.SweepEvery >= 5*time.Minute, "sweep-every", "at least 5m")
	want(cfg.StatesEvery >= time.Minute, "states-every", "at least 1m")
	want(cfg.MaxMetrics > 0, "max-metrics", "more than 0")
	want(cfg.Calls > 0 && cfg.Others > 0, "calls, --collector-cloudwatch-other-calls", "more than 0")
	want(cfg.Points >= 1000, "points", "at least 1000")
	if err := errors.Join(append(errs, cfg.Waste.Validate())...); err != nil {
		return nil, err
	}
	services := catalog.Default()
	if cfg.Services != "" {
		var err error
		if services, err = catalog.Load(os.DirFS(cfg.Services)); err != nil {
			return nil, fmt.Errorf("--collector-cloudwatch-services: %w", err)
		}
	}
	needs := poll.NewNeeds(services)
	w := &watcher{cfg: cfg, deps: d, needs: needs, calls: target.NewMetrics(d.Metrics)}
	w.poll = poll.Config{
		Least:       plan.Least{Critical: cfg.CriticalEvery, Warning: cfg.WarningEvery, Info: cfg.InfoEvery},
		ThousandUSD: cfg.ThousandUSD, CatchUp: cfg.CatchUp, Catalog: services, Needs: needs, Metrics: poll.NewMetrics(d.Metrics),
		Discover: discover.Config{Every: cfg.SweepEvery, States: cfg.StatesEvery, MaxMetrics: cfg.MaxMetrics},
	}
	if d.Accounts != nil {
		w.poll.Others = d.Accounts.Get
	}
	return w, nil
}
