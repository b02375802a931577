package waste

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
	"github.com/parley-ops/parley/services/internal/wait"
)

// Part looks for waste in one target.
type Part struct {
	Rules  Rules
	Prices Prices
}

// New returns the part with the list prices.
func New(r Rules) *Part { return &Part{Rules: r, Prices: ListPrices()} }

var _ target.Part = (*Part)(nil)

// Run implements target.Part.
func (p *Part) Run(ctx context.Context, t *target.Target, sink source.Sink) error {
	if t.GlobalOnly {
		<-ctx.Done()
		return nil
	}
	l := look{rules: p.Rules, prices: p.Prices, t: t, said: newSaid(t.Account, t.Region, p.Rules.Interval)}
	for ctx.Err() == nil {
		if err := l.once(ctx, sink); err != nil && ctx.Err() == nil {
			return fmt.Errorf("store what was found: %w", err)
		}
		_ = wait.For(ctx, p.Rules.Look)
	}
	return nil
}

// look is what one owner of a target knows.
type look struct {
	rules    Rules
	prices   Prices
	t        *target.Target
	inv      Inventory
	measured Measured
	read     time.Time
	said     *said
}

// once lists what there is, reads figures if that is due, and says what came
// of it: all of it with new figures, else only what changed.
func (l *look) once(ctx context.Context, sink source.Sink) error {
	err := list(ctx, l.t, &l.inv)
	l.t.Report("waste", err)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	now, inv := l.inv.At, l.inv.chosen(l.t.Account)
	fresh := l.measured == nil || now.Sub(l.read) >= l.rules.Interval
	if fresh {
		m, err := l.figures(ctx, inv)
		l.t.Report("waste figures", err)
		if err != nil {
			fresh = false
		} else {
			l.measured, l.read = m, now
		}
	}
	if l.measured == nil {
		return nil // nothing is known yet, and that is not the same as no waste
	}
	samples := l.said.samples(l.rules.Judge(l.t.Region, inv, l.measured, l.prices), now, fresh)
	if len(samples) == 0 {
		return nil
	}
	return sink.Store(ctx, samples)
}

// figures reads in two steps, so that of what is busy only its CPU is paid for.
func (l *look) figures(ctx context.Context, inv Inventory) (Measured, error) {
	m := Measured{}
	if err := l.rules.read(ctx, l.t, m, l.rules.First(inv), inv.At); err != nil {
		return nil, err
	}
	return m, l.rules.read(ctx, l.t, m, l.rules.Second(inv, m, l.prices), inv.At)
}
