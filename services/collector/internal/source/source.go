package source

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
)

// Sink takes samples and returns when they are stored.
type Sink interface {
	Store(ctx context.Context, samples []batch.Sample) error
}

// Source collects samples.
type Source interface {
	// Run collects until ctx is done, and returns nil then.
	Run(ctx context.Context, sink Sink) error
}

// Deps is what a process gives to a source.
type Deps struct {
	Log *slog.Logger
	// Accounts are the AWS accounts; nil is none.
	Accounts *account.Set
	// Bus is the collector's connection, for what a source keeps or looks up
	// there; its samples go to the [Sink].
	Bus *bus.Conn
	// Metrics is where the source's own metrics go; nil is nowhere.
	Metrics prometheus.Registerer
	// Instance is this collector's name, and no other's.
	Instance string
	// Changes is what the sources of this collector tell each other; nil is
	// nobody.
	Changes *Changes
}

// Maker makes a kind of source from its settings.
type Maker interface {
	// Config returns the pointer to the settings, to fill before New.
	Config() any
	// New returns the source, or says which setting is wrong. It does no I/O.
	New(Deps) (Source, error)
}

// Kind returns the maker of a kind of source. Each call has settings of its own.
func Kind[C any](defaults func() C, make func(C, Deps) (Source, error)) Maker {
	return &kind[C]{config: defaults(), make: make}
}

type kind[C any] struct {
	config C
	make   func(C, Deps) (Source, error)
}

func (k *kind[C]) Config() any                { return &k.config }
func (k *kind[C]) New(d Deps) (Source, error) { return k.make(k.config, d) }

const (
	firstPause = time.Second
	lastPause  = time.Minute
)

// Supervise runs s until ctx is done, again and again if need be.
func Supervise(ctx context.Context, log *slog.Logger, s Source, sink Sink) {
	pause := wait.Pause{First: firstPause, Last: lastPause}
	for ctx.Err() == nil {
		started := time.Now()
		err := safely(ctx, s, sink)
		if ctx.Err() != nil {
			return
		}
		if time.Since(started) > 2*lastPause {
			pause.Reset()
		}
		log.Warn("the source ended, starting it again", "attempt", pause.Attempt(), "err", err)
		_ = pause.Wait(ctx)
	}
}

// safely turns a panic into an error.
func safely(ctx context.Context, s Source, sink Sink) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return s.Run(ctx, sink)
}
