package inbound

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/audit"
	"github.com/parley-ops/parley/services/internal/bus"
)

// audit writes down who did what to what. What was done stays done if that
// cannot be stored: the log says so.
func (h *Handler) audit(ctx context.Context, in *eventv1.Inbound, what, target, runID, reason string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	a := &eventv1.AuditRecord{Id: in.GetId() + "/" + what, At: in.GetAt(), What: what, Target: target, RunId: runID, Reason: reason,
		Actor: &eventv1.Actor{Person: in.GetPerson(), Backend: in.GetBackend()}}
	if a.At == nil {
		a.At = timestamppb.Now()
	}
	if h.Store.Known(target) {
		a.IncidentId = target
	}
	if err := audit.Write(ctx, h.Conn, bus.Audit("chat", target), a); err != nil {
		h.Log.Error("audit record not stored", "what", what, "err", err)
	}
}
