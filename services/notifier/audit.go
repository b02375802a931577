package notifier

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/audit"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// audit writes down what the notifier did of itself.
func (n *notifier) audit(ctx context.Context, a *eventv1.AuditRecord) {
	if err := audit.Write(ctx, n.env.Bus, bus.Audit("chat", a.GetTarget()), a); err != nil {
		n.env.Log.Error("audit record not stored", "what", a.GetWhat(), "err", err)
	}
}

// auditQuestion writes down that the owner was asked, and that nobody answered
// and nothing is done; what is asked for instead has its own record.
func (n *notifier) auditQuestion(ctx context.Context, r *record.Record) {
	q, ask := r.Question, r.Incident().GetAsk()
	if q == nil || ask == nil {
		return
	}
	once := func(id string, at time.Time, what, reason string) {
		id = "ask/" + r.ID + "/" + id
		if n.due.first(id) {
			n.audit(ctx, &eventv1.AuditRecord{Id: id, At: timestamppb.New(at), Actor: parley(), What: what, Target: r.ID, IncidentId: r.ID, Reason: reason})
		}
	}
	otherwise := ask.GetOtherwise()
	if otherwise == "" {
		otherwise = "nothing is done"
	}
	once("asked", q.Asked, "owner asked", ask.GetOwner()+" has until "+q.Asked.Add(ask.GetWithin().AsDuration()).UTC().Format(time.RFC3339)+", else: "+otherwise)
	if !q.Lapsed.IsZero() && q.Run == "" {
		once("kept", q.Lapsed, "default taken", "nobody answered the question to "+ask.GetOwner()+": it is kept as it is")
	}
}

// first reports whether this is the first time that it is asked about id. Which
// it was may be forgotten: the id makes a repeat the same record.
func (d *due) first(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, there := d.told[id]; there {
		return false
	}
	if len(d.told) >= 10_000 {
		clear(d.told)
	}
	d.told[id] = struct{}{}
	return true
}
