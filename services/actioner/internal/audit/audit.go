package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/audit"
	"github.com/parley-ops/parley/services/internal/bus"
)

// Of returns the record of a run's newest change.
func Of(rec *eventv1.RunRecord) *eventv1.AuditRecord {
	run := rec.GetRun()
	what, actor := words(run)
	target := run.GetAction()
	if rec.GetTarget() != "" {
		target += " on " + rec.GetTarget()
	}
	result := run.GetResult()
	if v := run.GetVerification(); v != nil {
		result = v.GetText()
	}
	switch {
	case run.GetUndoneBy() != "":
		result = "by the run " + run.GetUndoneBy()
	case result == "":
		result = run.GetPlan()
	}
	labels := make([]*eventv1.Label, 0, len(run.GetParameters()))
	for _, n := range slices.Sorted(maps.Keys(run.GetParameters())) {
		labels = append(labels, &eventv1.Label{Name: n, Value: run.GetParameters()[n]})
	}
	return &eventv1.AuditRecord{Id: fmt.Sprintf("%s/%d", run.GetRunId(), run.GetVersion()), At: run.GetAt(), Actor: actor, What: what,
		Target: target, RunId: run.GetRunId(), IncidentId: run.GetIncident().GetId(), Reason: why(run), Result: result, Labels: labels}
}

// words returns what happened and who did it.
func words(run *eventv1.RunChanged) (string, *eventv1.Actor) {
	by := run.GetRequestedBy()
	if run.GetUndoneBy() != "" {
		return "undone", nil
	}
	if run.GetVerification() != nil {
		return "verified", nil
	}
	if run.GetDryRun() && run.GetState() == eventv1.RunState_RUN_STATE_DONE {
		return "dry run", by
	}
	switch run.GetState() {
	case eventv1.RunState_RUN_STATE_REFUSED:
		return "refused", by
	case eventv1.RunState_RUN_STATE_AWAITING_APPROVAL:
		return "requested", by
	case eventv1.RunState_RUN_STATE_REJECTED:
		return "rejected", run.GetDecidedBy()
	case eventv1.RunState_RUN_STATE_STARTED:
		if run.GetDecidedBy() != nil {
			return "approved and started", run.GetDecidedBy()
		}
		return "started", by
	}
	return strings.ToLower(strings.TrimPrefix(run.GetState().String(), "RUN_STATE_")), by
}

func why(run *eventv1.RunChanged) string {
	if run.GetState() == eventv1.RunState_RUN_STATE_REFUSED {
		return run.GetResult()
	}
	if run.GetUndoOf() != "" {
		return "undoes the run " + run.GetUndoOf()
	}
	if i := run.GetIncident(); i.GetId() != "" {
		return "incident of " + i.GetPolicy() + ": " + i.GetSummary()
	}
	return "asked for by a person, without an incident"
}

// Refusal returns the record of a decision that did not count. sequence is
// the decision's in its stream.
func Refusal(rec *eventv1.RunRecord, d *eventv1.RunDecided, sequence uint64, reason, text string, at time.Time) *eventv1.AuditRecord {
	run := rec.GetRun()
	what := "approval refused"
	if !d.GetApproved() {
		what = "rejection refused"
	}
	return &eventv1.AuditRecord{Id: fmt.Sprintf("%s/decision/%d", d.GetRunId(), sequence), At: timestamppb.New(at), Actor: d.GetActor(),
		What: what, Target: run.GetAction(), RunId: d.GetRunId(), IncidentId: run.GetIncident().GetId(), Reason: reason, Result: text}
}

// Scheduled returns the record of a run that is to be asked for later.
func Scheduled(by *eventv1.RunChanged, s *eventv1.Schedule, at time.Time) *eventv1.AuditRecord {
	return &eventv1.AuditRecord{Id: fmt.Sprintf("%s/scheduled", by.GetRunId()), At: timestamppb.New(at), Actor: by.GetRequestedBy(), What: "scheduled",
		Target: s.GetRequest().GetAction() + " on " + by.GetResource(), RunId: by.GetRunId(), IncidentId: by.GetIncident().GetId(),
		Reason: "stated by " + by.GetAction(), Result: s.GetText() + ", due " + s.GetDue().AsTime().UTC().Format(time.RFC3339)}
}

// Takeover returns the record of a run going on in another actioner's hands.
func Takeover(rec *eventv1.RunRecord, from string, at time.Time) *eventv1.AuditRecord {
	r := Of(rec)
	r.Id = fmt.Sprintf("%s/%d/takeover/%s", rec.GetRun().GetRunId(), rec.GetRun().GetVersion(), rec.GetExecutor())
	r.At, r.What = timestamppb.New(at), "taken over"
	r.Reason = "the actioner " + from + " did not finish it; the call is repeated with the same token"
	return r
}

// Write stores a record in the audit's chain.
func Write(ctx context.Context, conn *bus.Conn, r *eventv1.AuditRecord) error {
	return audit.Write(ctx, conn, bus.Audit("action", r.GetRunId()), r)
}
