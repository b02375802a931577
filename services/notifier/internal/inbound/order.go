package inbound

import (
	"context"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// order does what the command line asks for.
func (h *Handler) order(ctx context.Context, in *eventv1.Inbound, o *eventv1.Order) error {
	switch o := o.GetOrder().(type) {
	case *eventv1.Order_Acknowledge:
		r, err := h.known(ctx, o.Acknowledge.GetIncidentId())
		if err != nil {
			return err
		}
		return h.acknowledge(ctx, in, r, o.Acknowledge.GetComment())
	case *eventv1.Order_Resolve:
		r, err := h.known(ctx, o.Resolve.GetIncidentId())
		if err != nil {
			return err
		}
		return h.resolve(ctx, in, r, o.Resolve.GetComment())
	case *eventv1.Order_Silence:
		if o.Silence.GetSilence() == nil {
			return refuse("invalid", "There is no silence in the order.")
		}
		_, err := h.addSilence(ctx, in, o.Silence.GetSilence())
		return err
	case *eventv1.Order_ExpireSilence:
		return h.endSilence(ctx, in, o.ExpireSilence.GetSilenceId())
	case *eventv1.Order_Maintenance:
		if o.Maintenance.GetMaintenance() == nil {
			return refuse("invalid", "There is no maintenance window in the order.")
		}
		_, err := h.plan(ctx, in, o.Maintenance.GetMaintenance())
		return err
	case *eventv1.Order_EndMaintenance:
		_, err := h.endMaintenance(ctx, in, o.EndMaintenance.GetMaintenanceId())
		return err
	case *eventv1.Order_ExtendMaintenance:
		_, err := h.extendWindow(ctx, in, o.ExtendMaintenance.GetMaintenanceId(), o.ExtendMaintenance.GetFor().AsDuration())
		return err
	case *eventv1.Order_Run:
		return h.orderRun(ctx, in, o.Run)
	case *eventv1.Order_Freeze:
		return h.freeze(ctx, in, o.Freeze, "")
	case *eventv1.Order_Feedback:
		verdict := record.Verdict(o.Feedback.GetVerdict())
		if verdict != record.Useful && verdict != record.Noise {
			return refuse("invalid", "The verdict %q is none: want useful or noise.", message.Cut(string(verdict), 40))
		}
		r, err := h.known(ctx, o.Feedback.GetIncidentId())
		if err != nil {
			return err
		}
		_, err = h.feedback(ctx, in, r, verdict, o.Feedback.GetComment())
		return err
	case *eventv1.Order_ChatTest:
		return h.test(ctx, in, o.ChatTest)
	}
	return refuse("unknown", "This notifier does not know the order: is it older than the command line?")
}

// orderRun asks for a run, on an incident or with parameters alone.
func (h *Handler) orderRun(ctx context.Context, in *eventv1.Inbound, o *eventv1.RunOrder) error {
	q := &eventv1.RunRequested{RunId: o.GetRunId(), Action: o.GetAction(), Parameters: o.GetParameters(), DryRun: o.GetDryRun()}
	if q.RunId != "" && !idLike(q.RunId) {
		return refuse("invalid", "The run's id %q is none.", q.RunId)
	}
	if o.GetIncidentId() == "" {
		if q.RunId == "" {
			return refuse("invalid", "A run without an incident needs an id.")
		}
		return h.run(ctx, in, record.New(LooseRun(q.RunId)), q)
	}
	r, err := h.known(ctx, o.GetIncidentId())
	if err != nil {
		return err
	}
	if q.RunId == "" {
		q.RunId = r.NextRun(q.Action)
	}
	return h.run(ctx, in, r, q)
}

// LooseRun is the record of a run that belongs to no incident.
func LooseRun(runID string) string { return "run-" + runID }

// resolve asks the incident's evaluator to end it.
func (h *Handler) resolve(ctx context.Context, in *eventv1.Inbound, r *record.Record, comment string) error {
	c := r.Incident()
	if c == nil || !r.Open() {
		return refuse("over", "That incident is resolved already.")
	}
	if c.GetPartition() >= bus.Partitions {
		return refuse("invalid", "Incident %s has no partition.", message.Short(r.ID))
	}
	_, err := bus.Publish(ctx, h.Conn, bus.Control(bus.Partition(c.GetPartition())), in.GetId()+"/resolve", &eventv1.PartitionEntry{
		Entry: &eventv1.PartitionEntry_Resolve{Resolve: &eventv1.IncidentResolveRequested{
			IncidentId: r.ID, By: who(in).Mention(), Comment: comment}}})
	if err != nil {
		return err
	}
	h.audit(ctx, in, "resolved", r.ID, "", comment)
	return nil
}

// askFor bounds questions to evaluators: the person waits for the answer.
const askFor = 1500 * time.Millisecond

// incident asks the evaluators for one incident; nil if none knows it.
func (h *Handler) incident(ctx context.Context, id string) (*eventv1.IncidentChanged, error) {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	answers, err := bus.QueryAll(ctx, h.Conn, &eventv1.Query{Query: &eventv1.Query_Incidents{Incidents: &eventv1.IncidentQuery{Id: id}}})
	for _, a := range answers {
		for _, c := range a.GetIncidents() {
			if c.GetId() == id {
				return c, nil
			}
		}
	}
	if len(answers) == 0 && err != nil {
		return nil, refuse("no_answer", "No evaluator answers at the moment. Please try again in a minute.")
	}
	return nil, nil
}
