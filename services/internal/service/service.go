package service

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-ops/parley/services/internal/bus"
)

// Env is what a process gives to a service.
type Env struct {
	// Name is the service's, Instance tells instances of it apart.
	Name, Instance string
	// Bus is the service's own connection; nil for a service that has no NATS
	// user (the sandbox).
	Bus     *bus.Conn
	Log     *slog.Logger
	Metrics prometheus.Registerer
	// Ready says whether the service does its work; until it first says so it
	// counts as ready once its run has begun.
	Ready func(ok bool, why string)
	// Say prints a line for the person who started the process: where to look.
	Say func(line string)
}

// Service is one service as a process sees it.
type Service struct {
	name   string
	noUser bool
	config any
	run    func(ctx context.Context, env Env) error
}

// New describes a service. defaults returns its config with defaults in it;
// run works until ctx is done and returns nil then.
func New[C any](name string, defaults func() C, run func(ctx context.Context, cfg C, env Env) error) Service {
	cfg := defaults()
	return Service{name: name, config: &cfg, run: func(ctx context.Context, env Env) error { return run(ctx, cfg, env) }}
}

// WithoutBus returns the service as one that has no NATS user: its Env.Bus is
// nil.
func (s Service) WithoutBus() Service {
	s.noUser = true
	return s
}

// Name returns the service's name.
func (s Service) Name() string { return s.name }

// Config returns the pointer to the service's config, to set in tests before
// Run.
func (s Service) Config() any { return s.config }
