package run

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/actioner/internal/verify"
	"github.com/parley-ops/parley/services/internal/bus"
)

// silenceEvery is how often a metric that is to fall silent is looked at.
const silenceEvery = 30 * time.Second

// silence looks whether what was stopped sends no more.
func (r *Runner) silence(ctx context.Context, h *held, a declare.Action, now time.Time) error {
	run := h.run()
	due := h.rec.GetVerifyUntil().AsTime()
	q := verify.Quiet{Metric: a.Verify.Silent, For: a.Verify.SilentFor, Due: !now.Before(due)}
	patient := now.Before(due.Add(lookLonger))
	if early := run.GetFinishedAt().AsTime().Add(q.For).Sub(now); early > 0 {
		return bus.RetryAfter(max(early, lookEvery), nil)
	}
	var err error
	if q.Series, err = r.resource(ctx, run, a, now); err != nil {
		if patient {
			return bus.RetryAfter(silenceEvery, fmt.Errorf("look at the series: %w", err))
		}
		q.Series = nil
	}
	if run.GetIncident().GetId() != "" {
		i, err := r.incident(ctx, run.GetIncident())
		if err == nil && i == nil {
			err = r.caughtUp(ctx, run)
		}
		if err != nil && patient {
			return bus.RetryAfter(silenceEvery, fmt.Errorf("look at the incident: %w", err))
		}
		q.Over = err == nil && verify.Over(i)
	}
	v := verify.Silence(run, q, now)
	if v == nil {
		return bus.RetryAfter(silenceEvery, nil)
	}
	if err := r.change(ctx, h, func(rec *eventv1.RunRecord) { rec.Run.Verification = v }); err != nil {
		return err
	}
	r.Metrics.effect(v.GetEffect())
	return r.settle(ctx, h)
}

// resource returns the histories of the resource's series of a metric, from
// all partitions.
func (r *Runner) resource(ctx context.Context, run *eventv1.RunChanged, a declare.Action, now time.Time) ([]*eventv1.SeriesHistory, error) {
	q := &eventv1.HistoryQuery{Name: a.Verify.Silent, From: timestamppb.New(run.GetStartedAt().AsTime().Add(-a.Verify.Within - historyBefore)), To: timestamppb.New(now.Add(time.Minute))}
	for _, by := range a.Verify.By {
		value := run.GetParameters()[by]
		if by == "account" {
			value = r.account(value)
		}
		q.Matchers = append(q.Matchers, &eventv1.Matcher{Label: by, Op: eventv1.Matcher_OP_EQUAL, Value: value})
	}
	ctx, cancel := context.WithTimeout(ctx, 5*queryTime)
	defer cancel()
	answers, err := bus.QueryAll(ctx, r.Bus, &eventv1.Query{Query: &eventv1.Query_History{History: q}})
	if err != nil {
		return nil, err // a partition that does not answer may have them
	}
	var out []*eventv1.SeriesHistory
	for _, a := range answers {
		out = append(out, a.GetSeries()...)
	}
	return out, nil
}
