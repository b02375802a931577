package poll

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/cost"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
	"github.com/parley-ops/parley/services/internal/bus"
)

// spend keeps to the budget and writes down what was spent.
type spend struct {
	written   *eventv1.WatchCost
	writtenAt time.Time
	sharedAt  time.Time
	share     float64 // of the account's budget that is this target's
	over      error
	lags      []time.Duration
}

// maxLags bounds what the percentile is made of.
const maxLags = 2048

// stretch returns by how much to stretch the plan's intervals.
func (s *spend) stretch(ctx context.Context, w *worker) float64 {
	a := w.t.Account
	s.over = nil
	if a.Budget <= 0 && !a.FreeTier {
		w.t.Report("budget", nil)
		if w.cfg.ThousandUSD <= 0 {
			return 1
		}
		f, _ := w.plan.Fit(w.cfg.ThousandUSD / 1000 / cost.PerMetric * float64(len(w.plan.Queries)))
		return f
	}
	now := time.Now()
	if now.Sub(s.sharedAt) >= time.Minute {
		s.sharedAt = now
		s.share = shareOf(ctx, w)
	}
	rest, _ := cost.Rest(now)
	hours := max(rest.Hours(), 1)
	counts := w.t.Meter().Counts(now)
	stretch := 1.0
	if a.FreeTier {
		// What is kept back is for people's own tools.
		left := cost.FreeRequests*0.95*s.share - float64(counts.StatRequests+counts.ListRequests)
		f, ok := w.plan.Fit(max(left, 0) / hours)
		if stretch = f; !ok {
			s.over = fmt.Errorf("AWS account %s, %s: the free million of requests does not last for %d series even when they are read as rarely as may be; "+
				"choose services or tags in the accounts file, or end free_tier", a, w.t.Region, len(w.plan.Queries))
		}
	}
	if a.Budget > 0 {
		left := a.Budget*s.share - counts.USD()
		f, ok := w.plan.Fit(max(left, 0) / cost.PerMetric / hours)
		if stretch = max(stretch, f); !ok {
			s.over = fmt.Errorf("AWS account %s, %s: the budget of $%.2f a month does not last for %d series even when they are read as rarely as may be; "+
				"choose services or tags in the accounts file, or raise budget", a, w.t.Region, a.Budget, len(w.plan.Queries))
		}
	}
	w.t.Report("budget", s.over)
	return stretch
}

// shareOf returns which part of the account's budget is this target's: by its
// share of the series in all regions that are watched.
func shareOf(ctx context.Context, w *worker) float64 {
	own := float64(len(w.plan.Queries))
	all := own
	entries, err := bus.WatchCosts.List(ctx, w.t.Bus())
	if err != nil {
		return 1 / float64(max(len(w.t.Account.Regions), 1))
	}
	for _, e := range entries {
		if c := e.Value; c.GetAccount() == w.t.Account.ID && c.GetRegion() != w.t.Region && slices.Contains(w.t.Account.Regions, c.GetRegion()) {
			all += float64(c.GetSeries())
		}
	}
	if all == 0 {
		return 1
	}
	return own / all
}

// saw keeps the latest lags.
func (s *spend) saw(lags []time.Duration) {
	s.lags = append(s.lags, lags...)
	if n := len(s.lags) - maxLags; n > 0 {
		s.lags = slices.Delete(s.lags, 0, n)
	}
}

// lag returns the 95th percentile of the latest lags; 0 without any.
func (s *spend) lag() time.Duration {
	if len(s.lags) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s.lags))
	return sorted[len(sorted)*95/100]
}

// maxPolicies bounds the document.
const maxPolicies = 500

// report returns what watching the target costs.
func (s *spend) report(w *worker, now time.Time) *eventv1.WatchCost {
	c := w.t.Meter().Counts(now)
	rest, month := cost.Rest(now)
	perHour := w.plan.PerHour(w.stretch)
	out := &eventv1.WatchCost{
		Account: w.t.Account.ID, AccountName: w.t.Account.Name, Region: w.t.Region, Month: c.Month,
		DataRequests: c.DataRequests, MetricsRequested: c.MetricsRequested, ListRequests: c.ListRequests, StatisticsRequests: c.StatRequests,
		Usd: c.USD(), ForecastUsd: c.USD() + perHour*rest.Hours()*cost.PerMetric, BudgetUsd: w.t.Account.Budget * s.shareOrOne(),
		Stretch: w.stretch, Series: uint64(len(w.plan.Queries)),
		StreamUsd: w.plan.StreamPerHour() * month.Hours() * cost.PerUpdate,
		Problem:   w.t.Problem(), Lag: durationpb.New(s.lag()),
	}
	if w.t.Account.FreeTier {
		c.StatRequests += uint64(perHour * rest.Hours())
		out.ForecastUsd = c.USD()
	}
	for _, share := range w.plan.Shares() {
		if len(out.Policies) == maxPolicies {
			break
		}
		usd := share.USD(month)
		if w.t.Account.FreeTier {
			usd = 0
		}
		out.Policies = append(out.Policies, &eventv1.PolicyCost{Policy: share.Policy, Series: uint64(share.Series), UsdPerMonth: usd})
	}
	return out
}

func (s *spend) shareOrOne() float64 {
	if s.sharedAt.IsZero() {
		return 1
	}
	return s.share
}

// write stores the report, once a minute if it has changed, and at the end.
func (s *spend) write(ctx context.Context, w *worker) {
	now := time.Now()
	out := s.report(w, now)
	w.cfg.Metrics.spent(w.t.Key(), out)
	ending := ctx.Done() == nil // the one call without an end
	changed := s.written == nil || s.written.GetProblem() != out.GetProblem() || s.written.GetSeries() != out.GetSeries()
	if !ending && !changed && now.Sub(s.writtenAt) < time.Minute {
		return
	}
	if s.written != nil && unchanged(s.written, out) {
		return
	}
	if ending {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
	}
	if !w.t.Lease().Held() {
		return // another's to write now
	}
	out.At = timestamppb.New(now)
	if _, err := bus.WatchCosts.Put(ctx, w.t.Bus(), w.t.Key().String(), out); err != nil {
		if ctx.Err() == nil {
			w.t.Log().Warn("what watching AWS costs is not written down", "err", err)
		}
		return
	}
	out.At = nil
	s.written, s.writtenAt = out, now
}

// unchanged reports whether there is nothing new in b but the forecast's drift.
func unchanged(a, b *eventv1.WatchCost) bool {
	x := proto.Clone(b).(*eventv1.WatchCost)
	x.ForecastUsd = a.GetForecastUsd()
	return proto.Equal(a, x)
}

// Resume lets the target's meter go on from what was written this month.
func Resume(ctx context.Context, t *target.Target) error {
	e, err := bus.WatchCosts.Get(ctx, t.Bus(), t.Key().String())
	if errors.Is(err, bus.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	t.Meter().Resume(time.Now(), e.Value)
	return nil
}

// round counts what a round came to.
func (m *Metrics) round(k target.Key, r *round) {
	if m == nil {
		return
	}
	m.samples.WithLabelValues(k.Account, k.Region).Add(float64(len(r.samples)))
	m.revisions.WithLabelValues(k.Account, k.Region).Add(float64(r.revised))
	for _, l := range r.lags {
		m.lag.WithLabelValues(k.Account, k.Region).Observe(l.Seconds())
	}
}

// spent shows what watching costs.
func (m *Metrics) spent(k target.Key, c *eventv1.WatchCost) {
	if m == nil {
		return
	}
	m.usd.WithLabelValues(k.Account, k.Region).Set(c.GetUsd())
	m.forecast.WithLabelValues(k.Account, k.Region).Set(c.GetForecastUsd())
	m.stretch.WithLabelValues(k.Account, k.Region).Set(c.GetStretch())
	m.series.WithLabelValues(k.Account, k.Region).Set(float64(c.GetSeries()))
}
