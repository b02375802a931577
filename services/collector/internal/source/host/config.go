package host

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/internal/label"
)

// Config is what the source is told.
type Config struct {
	Interval time.Duration `name:"collector-host-interval" help:"How often this machine's own figures are read."`
	Name     string        `name:"collector-host-name" help:"The label host of this machine's figures; empty: its own name." placeholder:"NAME"`
	Team     string        `name:"collector-host-team" help:"The label team of this machine's figures."`
}

// Defaults returns the settings that hold unless told otherwise.
func Defaults() Config { return Config{Interval: 10 * time.Second, Team: "infra"} }

// New returns the source.
func New(cfg Config, d source.Deps) (source.Source, error) {
	if cfg.Interval < time.Second {
		return nil, errors.New("--collector-host-interval: want at least 1s")
	}
	if cfg.Name == "" {
		cfg.Name, _ = os.Hostname() // the kernel's word, no I/O
	}
	if cfg.Name == "" {
		cfg.Name = "unknown"
	}
	labels := label.New(label.Label{Name: "host", Value: cfg.Name}, label.Label{Name: label.Team, Value: cfg.Team})
	if cfg.Team == "" {
		return nil, errors.New("--collector-host-team: want a name")
	}
	if err := series.New("host", labels, "", 0).Check(); err != nil {
		return nil, fmt.Errorf("--collector-host-name, --collector-host-team: %w", err)
	}
	return &host{cfg: cfg, labels: labels, log: d.Log, series: map[string]*series.Series{}}, nil
}
