package awsevents

import (
	"fmt"
	"regexp"

	"github.com/parley-ops/parley/services/collector/internal/source"
)

// Config is what the source is told.
type Config struct {
	Queue string `name:"collector-awsevents-queue" help:"Name of a queue to look for in every region of every account; without it those of the accounts file are read, and in the sandbox parley-events." placeholder:"NAME"`
}

// Defaults returns the settings that hold unless told otherwise.
func Defaults() Config { return Config{} }

// sandboxQueue is that of the local account.
const sandboxQueue = "parley-events"

var queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// New returns the source. Without accounts it has nothing to do.
func New(cfg Config, d source.Deps) (source.Source, error) {
	if cfg.Queue != "" && !queueName.MatchString(cfg.Queue) {
		return nil, fmt.Errorf("--collector-awsevents-queue %.100q: want the name of a queue, such as parley-events", cfg.Queue)
	}
	e := &events{cfg: cfg, deps: d}
	if cfg.Queue == "" && d.Accounts != nil && d.Accounts.Sandbox() != "" {
		e.cfg.Queue, e.ownOnly = sandboxQueue, true
	}
	return e, nil
}
