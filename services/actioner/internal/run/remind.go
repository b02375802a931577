package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/internal/verify"
	"github.com/parley-ops/parley/services/internal/bus"
)

const (
	// lookEvery is how often a run's incident is looked at.
	lookEvery = 3 * time.Second
	// lookLonger is how long after its time a verification waits for an
	// evaluator that does not answer.
	lookLonger = 2 * time.Minute
	// historyBefore is how far before the run the history is asked for.
	historyBefore = 15 * time.Minute
)

// Remind handles what is on actions.verify: this service's own notes to look
// at a run again, because its approval may have expired or its effect may be
// seen.
func (r *Runner) Remind(ctx context.Context, m *bus.Message[*eventv1.ActionMessage]) error {
	id := m.Event.GetVerification().GetRunId()
	if !ValidID(id) {
		return bus.Permanent(errors.New("a reminder of no run"))
	}
	h, err := r.find(ctx, id)
	if errors.Is(err, bus.ErrNotFound) {
		return nil // kept for 400 days: it is forgotten
	}
	if err != nil {
		return err
	}
	err = r.look(ctx, h)
	if errors.Is(err, bus.ErrConflict) {
		return bus.RetryAfter(200*time.Millisecond, err)
	}
	return err
}

func (r *Runner) look(ctx context.Context, h *held) error {
	now := time.Now()
	switch run := h.run(); {
	case run.GetState() == eventv1.RunState_RUN_STATE_AWAITING_APPROVAL:
		if left := run.GetExpiresAt().AsTime().Sub(now); left > 0 {
			return bus.RetryAfter(left, nil)
		}
		return r.expire(ctx, h)
	case run.GetState() == eventv1.RunState_RUN_STATE_STARTED:
		return bus.RetryAfter(max(lookEvery, time.Until(h.rec.GetLeaseUntil().AsTime())), nil)
	case needsVerifying(h.rec):
		return r.verify(ctx, h, now)
	}
	return r.announce(ctx, h)
}

// verify looks whether the run did any good, and says so once that is clear.
func (r *Runner) verify(ctx context.Context, h *held, now time.Time) error {
	run := h.run()
	seen := verify.Seen{}
	a, ok := r.action(run.GetAction())
	if ok && a.Verify.Silent != "" {
		return r.silence(ctx, h, a, now)
	}
	if ok {
		seen.BetterWhen = a.Verify.BetterWhen
	}
	due := !now.Before(h.rec.GetVerifyUntil().AsTime())
	patient := now.Before(h.rec.GetVerifyUntil().AsTime().Add(lookLonger))
	var err error
	if seen.Incident, err = r.incident(ctx, run.GetIncident()); err == nil && seen.Incident == nil {
		err = r.caughtUp(ctx, run)
	}
	if err != nil {
		if patient {
			return bus.RetryAfter(lookEvery, fmt.Errorf("look at the incident: %w", err))
		}
		seen.Incident = run.GetIncident()
	} else if !verify.Ended(seen.Incident) && !due {
		return bus.RetryAfter(lookEvery, nil)
	}
	if seen.History, err = r.history(ctx, run, now); err != nil && patient {
		return bus.RetryAfter(lookEvery, fmt.Errorf("look at the history: %w", err))
	}
	v := verify.Judge(run, seen, now)
	if err := r.change(ctx, h, func(rec *eventv1.RunRecord) { rec.Run.Verification = v }); err != nil {
		return err
	}
	r.Metrics.effect(v.GetEffect())
	return r.settle(ctx, h)
}

// queryTime is how long the evaluator may take to answer.
const queryTime = 2 * time.Second

// incident returns an incident as its partition's owner knows it; nil if it
// knows none such.
func (r *Runner) incident(ctx context.Context, shown *eventv1.IncidentChanged) (*eventv1.IncidentChanged, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	a, err := bus.QueryPartition(ctx, r.Bus, bus.Partition(shown.GetPartition()%bus.Partitions), &eventv1.Query{Query: &eventv1.Query_Incidents{
		Incidents: &eventv1.IncidentQuery{Id: shown.GetId(), IncludePending: true}}})
	if err != nil {
		return nil, err
	}
	for _, i := range a.GetIncidents() {
		if i.GetId() == shown.GetId() {
			return i, nil
		}
	}
	return nil, nil
}

// caughtUp sees that an owner that does not know an incident has read its log
// at least up to the run's end: one that is still replaying does not know of
// incidents either.
func (r *Runner) caughtUp(ctx context.Context, run *eventv1.RunChanged) error {
	ctx, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	a, err := bus.QueryPartition(ctx, r.Bus, bus.Partition(run.GetIncident().GetPartition()%bus.Partitions), &eventv1.Query{
		Query: &eventv1.Query_Partition{Partition: &eventv1.PartitionQuery{}}})
	if err != nil {
		return err
	}
	if s := a.GetStatus(); s.GetLagMessages() > 0 && s.GetAppliedTime().AsTime().Before(run.GetFinishedAt().AsTime()) {
		return errors.New("the evaluator is still catching up")
	}
	return nil
}

// history returns the samples of the series by which the incident is measured,
// from before the run until now; nil if there is no such series.
func (r *Runner) history(ctx context.Context, run *eventv1.RunChanged, now time.Time) (*eventv1.SeriesHistory, error) {
	s := verify.Condition(run.GetIncident()).GetSeries()
	if s == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	a, err := bus.QueryPartition(ctx, r.Bus, bus.Partition(s.GetPartition()%bus.Partitions), &eventv1.Query{Query: &eventv1.Query_History{
		History: &eventv1.HistoryQuery{SeriesId: []uint64{s.GetId()}, From: timestamppb.New(run.GetStartedAt().AsTime().Add(-historyBefore)),
			To: timestamppb.New(now.Add(time.Minute))}}})
	if err != nil {
		return nil, err
	}
	for _, h := range a.GetSeries() {
		if h.GetSeries().GetId() == s.GetId() {
			return h, nil
		}
	}
	return nil, nil
}
