package host

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/internal/label"
)

// host reads this machine.
type host struct {
	cfg    Config
	labels label.Set
	log    *slog.Logger
	// series by name and own labels; only Run uses it.
	series map[string]*series.Series
}

// firstAfter is when the first figures come: rates need two readings.
const firstAfter = 500 * time.Millisecond

// maxSeries bounds what is remembered of disks and interfaces that came and
// went.
const maxSeries = 4096

// Run reads until ctx is done.
func (h *host) Run(ctx context.Context, sink source.Sink) error {
	before, err := read(ctx)
	if err != nil {
		return err
	}
	next := time.NewTimer(firstAfter)
	defer next.Stop()
	ticks := time.NewTicker(h.cfg.Interval)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-next.C:
		case <-ticks.C:
		}
		now, err := read(ctx)
		if err != nil {
			return err
		}
		err = sink.Store(ctx, h.samples(figures(before, now), now.at))
		if ctx.Err() != nil {
			return nil
		}
		if err != nil { // the next round is as good as this one
			h.log.Warn("this machine's figures are not stored", "err", err)
		}
		before = now
	}
}

// samples gives the figures their series.
func (h *host) samples(fs []figure, at time.Time) []batch.Sample {
	out := make([]batch.Sample, 0, len(fs))
	for _, f := range fs {
		key := f.name + f.labels.String()
		s, ok := h.series[key]
		if !ok {
			if len(h.series) >= maxSeries {
				clear(h.series)
			}
			s = series.New(f.name, label.New(append(f.labels, h.labels...)...), f.unit, h.cfg.Interval)
			if err := s.Check(); err != nil { // a device with a name like no other
				h.log.Debug("figure left out", "err", err)
				s = nil
			}
			h.series[key] = s
		}
		if s != nil {
			out = append(out, batch.Sample{Series: s, UnixMS: at.UnixMilli(), Value: f.value})
		}
	}
	return out
}

var errNothing = errors.New("this system tells nothing of itself")
