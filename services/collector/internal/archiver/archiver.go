package archiver

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/archive"
	"github.com/parley-ops/parley/services/internal/bus"
)

const (
	// every is how often it looks, and renews its record.
	every = 20 * time.Second
	// retryEvery is how long a store that failed is left alone: each try reads and
	// compresses what waits once more.
	retryEvery = 2 * time.Minute
	// sweepEvery is how often files are looked through for old ones.
	sweepEvery = time.Hour
	// grace is how long the last files may take when the collector stops.
	grace = 10 * time.Second
)

// Deps is what the archiver works with.
type Deps struct {
	Bus     *bus.Conn
	Log     *slog.Logger
	Metrics prometheus.Registerer
	// Name is this collector's, and no other's.
	Name string
}

// Archiver archives the samples' log, or waits until it is its turn.
type Archiver struct {
	cfg   Config
	deps  Deps
	met   *metrics
	store archive.Store
	lease lease

	archive *archive.Archive // nil until it could be opened
	state   *eventv1.ArchiveState
	// log is the log that is archived, "" when it is not known how far; next is
	// the first sequence that is in no file, oldest when that was stored, if it
	// is known.
	log    string
	next   uint64
	oldest time.Time
	swept  time.Time
	// retry is before when nothing is tried, after a failure.
	retry time.Time
}

// New returns an archiver. It does no I/O.
func New(cfg Config, d Deps) (*Archiver, error) {
	store, err := archive.At(cfg.Place)
	if err != nil {
		return nil, err
	}
	a := &Archiver{cfg: cfg, deps: d, met: newMetrics(d.Metrics), store: store, state: &eventv1.ArchiveState{}}
	a.lease = lease{conn: d.Bus, me: bus.Token(d.Name)}
	return a, nil
}

// Run archives until ctx is done, and then what is there.
func (a *Archiver) Run(ctx context.Context) {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		if err := a.round(ctx); err != nil && ctx.Err() == nil {
			a.failed(ctx, err)
		}
		select {
		case <-ctx.Done():
			a.stop(ctx)
			return
		case <-ticks.C:
		}
	}
}

// round does what there is to do.
func (a *Archiver) round(ctx context.Context) error {
	if err := a.open(ctx); err != nil {
		return err
	}
	if err := a.own(ctx); err != nil || !a.lease.held() || time.Now().Before(a.retry) {
		return err
	}
	err := a.pass(ctx, false)
	if err == nil && a.cfg.Keep > 0 && time.Since(a.swept) >= sweepEvery {
		err = a.sweep(ctx)
	}
	if err != nil {
		return err
	}
	a.state.Problem = ""
	return a.say(ctx)
}

// open opens the archive, once that it can be.
func (a *Archiver) open(ctx context.Context) error {
	if a.archive != nil {
		return nil
	}
	a.state.Place = a.store.String()
	found, err := archive.Make(ctx, a.store)
	if err != nil {
		return err
	}
	if a.lease.held() { // the record of one that could not be opened
		_ = bus.Archives.Delete(ctx, a.deps.Bus, a.lease.key, a.lease.revision)
	}
	a.archive, a.lease.key, a.lease.revision = found, bus.Token(found.ID()), 0
	return nil
}

// own sees to whose turn it is.
func (a *Archiver) own(ctx context.Context) error {
	if a.lease.held() {
		return a.say(ctx)
	}
	a.log = "" // another may have archived meanwhile
	before, err := a.lease.take(ctx)
	if err != nil || before == nil {
		a.met.lagSeconds.Set(0)
		a.met.lagEntries.Set(0)
		return err
	}
	a.deps.Log.Info("archiving samples", "archive", a.store.String())
	a.state.Lost, a.state.LostAt = before.GetLost(), before.GetLostAt()
	return nil
}

// say renews the record.
func (a *Archiver) say(ctx context.Context) error {
	err := a.lease.say(ctx, a.state, a.lease.me)
	if errors.Is(err, errLost) {
		a.deps.Log.Info("another collector archives samples now", "archive", a.store.String())
		a.log = ""
	}
	return err
}

// failed says that a round failed, to all who should know.
func (a *Archiver) failed(ctx context.Context, err error) {
	if errors.Is(err, errLost) {
		return // that is how it is with several
	}
	a.met.errors.Inc()
	a.retry = time.Now().Add(retryEvery)
	a.deps.Log.Warn("samples are not archived, trying again", "archive", a.store.String(), "err", err)
	a.state.Problem = err.Error()
	if a.archive == nil && !a.lease.held() { // nobody knows its id
		a.lease.key = "unopened-" + a.lease.me
		_, _ = a.lease.take(ctx)
	}
	if a.lease.held() {
		_ = a.say(ctx)
	}
}

func (a *Archiver) sweep(ctx context.Context) error {
	n, err := a.archive.Sweep(ctx, time.Now().Add(-time.Duration(a.cfg.Keep)))
	a.met.deleted.Add(float64(n))
	if err == nil {
		a.swept = time.Now()
	}
	return err
}

// stop archives what is there and gives the record back. What it does not get
// done is done by another, or later.
func (a *Archiver) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if !a.lease.held() {
		return
	}
	if a.archive == nil { // the record was of this collector's trouble alone
		_ = bus.Archives.Delete(ctx, a.deps.Bus, a.lease.key, a.lease.revision)
		return
	}
	if err := a.pass(ctx, true); err != nil {
		a.deps.Log.Warn("the last samples are not archived yet", "archive", a.store.String(), "err", err)
	}
	_ = a.lease.say(ctx, a.state, "")
}
