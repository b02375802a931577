package poll

import (
	"context"
	"errors"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/discover"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/plan"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
	"github.com/parley-ops/parley/services/internal/wait"
)

// Poller reads metrics; it is a [target.Part], for any number of targets.
type Poller struct{ cfg Config }

var _ target.Part = (*Poller)(nil)

// New returns a poller.
func New(cfg Config) *Poller {
	if cfg.Step == nil {
		cfg.Step = func(string) {}
	}
	return &Poller{cfg}
}

// Run reads until ctx is done, or the target is another collector's.
func (p *Poller) Run(ctx context.Context, t *target.Target, _ source.Sink) error {
	w := &worker{cfg: p.cfg, t: t, scanner: discover.New(p.cfg.Discover, p.cfg.Catalog), plan: &plan.Plan{}, stretch: 1,
		phase: int64(xxhash.Sum64String(t.Key().String()) % 10)}
	err := w.run(ctx)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// worker reads one target.
type worker struct {
	cfg     Config
	t       *target.Target
	scanner *discover.Scanner
	state   *state
	plan    *plan.Plan
	gone    map[uint64]string // series that were said to be gone, and why
	needs   []plan.Need
	stretch float64
	// phase keeps targets from asking all at the same moment, seconds.
	phase int64

	looking, asking wait.Pause
	// lookAt and askAt are when to try again after something failed.
	lookAt, askAt time.Time
	spend         spend
}

// firstPause and lastPause are between tries when AWS does not answer.
const (
	firstPause = 2 * time.Second
	lastPause  = 2 * time.Minute
)

func (w *worker) run(ctx context.Context) error {
	w.looking, w.asking = wait.Pause{First: firstPause, Last: lastPause}, wait.Pause{First: firstPause, Last: lastPause}
	if err := w.resume(ctx); err != nil {
		return err
	}
	defer w.spend.write(context.WithoutCancel(ctx), w)
	told := make(chan struct{}, 1)
	defer w.cfg.Changes.Listen(func(c source.Change) {
		if c.Account == w.t.Account.ID && c.Region == w.t.Region {
			select {
			case told <- struct{}{}:
			default: // it is to look already
			}
		}
	})()
	first := true
	for ctx.Err() == nil {
		needs, changed := w.cfg.Needs.Get()
		w.look(ctx, needs, first)
		first = false
		next, err := w.round(ctx, time.Now())
		if err != nil {
			return err
		}
		w.spend.write(ctx, w)
		timer := time.NewTimer(time.Until(next))
		select {
		case <-ctx.Done():
		case <-changed:
		case <-told:
			w.scanner.Hurry()
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// look brings inventory and plan up to date.
func (w *worker) look(ctx context.Context, needs []plan.Need, first bool) {
	changed := first || !same(needs, w.needs)
	w.needs = needs
	in := plan.Input{Account: w.t.Account, Region: w.t.Region, GlobalOnly: w.t.GlobalOnly, Needs: needs, Catalog: w.cfg.Catalog,
		Others: w.cfg.Others, Least: w.cfg.Least}
	if changed || !time.Now().Before(w.lookAt) {
		found, err := w.scanner.Refresh(ctx, w.t, plan.Wants(in))
		if ctx.Err() != nil {
			return
		}
		w.t.Report("discover", err)
		w.lookAt = time.Time{}
		if err != nil && !errors.Is(err, discover.ErrTooMany) {
			w.lookAt = time.Now().Add(w.looking.Next())
		} else {
			w.looking.Reset()
		}
		changed = changed || found
	}
	if changed {
		in.Inventory = w.scanner.Inventory()
		before := len(w.plan.Queries)
		w.plan = plan.Make(in)
		w.farewell(ctx)
		if n := len(w.plan.Queries); n != before {
			w.t.Log().Info("what is asked of CloudWatch has changed", "series", len(w.plan.Queries), "derived", len(w.plan.Derived), "per_hour", int(w.plan.PerHour(1)))
		}
	}
	if s := w.spend.stretch(ctx, w); changed || s != w.stretch {
		w.stretch = s
		w.plan.Stretch(s)
	}
}

// same reports whether two lists of needs are one: they are never changed in
// place.
func same(a, b []plan.Need) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// idle is how often to look when there is nothing to ask for.
const idle = time.Minute

// round asks for what is due, and returns when to come again. An error ends the
// worker: the position is not its own any more, or not known.
func (w *worker) round(ctx context.Context, now time.Time) (time.Time, error) {
	clock := w.t.Now()
	asks, next := w.due(now, clock)
	if !w.lookAt.IsZero() && w.lookAt.Before(next) {
		next = w.lookAt
	}
	if len(asks) == 0 {
		return next, nil
	}
	if now.Before(w.askAt) {
		return w.askAt, nil
	}
	answers, failed := ask(ctx, w.t, plan.Calls(asks))
	if ctx.Err() != nil {
		return next, nil
	}
	w.t.Report("poll", failed)
	w.askAt = time.Time{}
	if failed != nil || incomplete(answers) {
		w.askAt = time.Now().Add(w.asking.Next())
		next = w.askAt
	} else {
		w.asking.Reset()
	}
	w.cfg.Step("asked")
	if len(answers) == 0 {
		return next, nil
	}
	r := absorb(w.state, w.plan, answers, now, clock)
	w.sweep(now)
	if err := w.commit(ctx, r, now); err != nil {
		return next, err
	}
	w.spend.saw(r.lags)
	w.cfg.Metrics.round(w.t.Key(), r)
	return next, nil
}

func incomplete(answers []answer) bool {
	for i := range answers {
		if answers[i].partial {
			return true
		}
	}
	return false
}

// ahead is how far what was noted may be ahead of the clock before it is that of
// a clock that was wrong.
const ahead = 15 * time.Minute

// unlearn forgets until when was looked at, where that is yet to come: else
// nothing would be read until then.
func (w *worker) unlearn(now, clock time.Time) {
	for _, t := range w.state.tracks {
		if t.through > clock.Add(ahead).Unix() {
			t.through = 0
		}
		if t.asked > now.Add(ahead).Unix() {
			t.asked = 0
		}
	}
}

// due returns what to ask about now, and when something is due next. When is
// by this machine's clock, about what by AWS'.
func (w *worker) due(now, clock time.Time) ([]plan.Ask, time.Time) {
	w.unlearn(now, clock)
	next := now.Add(idle)
	var asks []plan.Ask
	for _, q := range w.plan.Queries {
		every := int64(q.Interval.Seconds())
		slot := func(at int64) int64 { return (at - w.phase) / every }
		t := w.state.tracks[q.Key]
		if at := time.Unix((slot(now.Unix())+1)*every+w.phase, 0); at.Before(next) {
			next = at
		}
		// One that was asked for out of turn, to begin with, may skip a turn.
		if t != nil && t.asked > 0 && (slot(t.asked) >= slot(now.Unix()) || 2*(now.Unix()-t.asked) < every) {
			continue
		}
		through := int64(0)
		if t != nil {
			through = t.through
		}
		asks = append(asks, w.ask(q, through, clock))
	}
	return asks, next
}

// ask returns what to ask about a query: never before what is remembered of it,
// since what was forgotten would look new.
func (w *worker) ask(q *plan.Query, through int64, now time.Time) plan.Ask {
	to := now.Add(-w.state.settle(q).wait).UTC().Truncate(q.Period)
	if through > 0 {
		to = later(to, time.Unix(through, 0).UTC()) // settling longer does not turn back
	}
	from := to.Add(-overlap(q.Period))
	if through > 0 {
		from = later(time.Unix(through, 0).UTC().Add(-overlap(q.Period)), from.Add(-w.cfg.CatchUp))
	}
	return plan.Ask{Query: q, From: from.Truncate(q.Period), To: to}
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// remember is how long a track is kept that nobody asks for.
const remember = 24 * time.Hour

// sweep forgets what has not been asked for in a day.
func (w *worker) sweep(now time.Time) {
	for key, t := range w.state.tracks {
		if t.asked < now.Add(-remember).Unix() && t.through < now.Add(-remember).Unix() {
			delete(w.state.tracks, key)
		}
	}
}
