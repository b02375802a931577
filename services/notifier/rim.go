package notifier

import (
	"context"
	"log/slog"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/audit"
	"github.com/parley-ops/parley/services/internal/bus"
)

// rim is what the notifier does of itself beside telling. A rehearsal's only
// writes down what would have been done.
type rim interface {
	// Run asks the actioner for a run. Asking twice is one run.
	Run(ctx context.Context, request *eventv1.RunRequested) error
	// Plan returns what a run would do; nil if no actioner says so in time.
	Plan(run *eventv1.RunRequested) *eventv1.RunPlan
	// Audit writes down what was done.
	Audit(ctx context.Context, a *eventv1.AuditRecord)
}

// atRim is the service's.
type atRim struct {
	conn *bus.Conn
	log  *slog.Logger
	*planner
}

func (o *atRim) Run(ctx context.Context, request *eventv1.RunRequested) error {
	id := request.GetRunId()
	_, err := bus.Publish(ctx, o.conn, bus.ActionRequests(id), "run/"+id+"/request",
		&eventv1.ActionMessage{Message: &eventv1.ActionMessage_Request{Request: request}})
	return err
}

func (o *atRim) Audit(ctx context.Context, a *eventv1.AuditRecord) {
	if err := audit.Write(ctx, o.conn, bus.Audit("chat", a.GetTarget()), a); err != nil {
		o.log.Error("audit record not stored", "what", a.GetWhat(), "err", err)
	}
}
