package notifier

import (
	"cmp"
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// auditQuestion writes down that the owner was asked, and that nobody answered
// and nothing is done; what is asked for instead has its own record.
func (n *notifier) auditQuestion(ctx context.Context, r *record.Record) error {
	if r == nil || r.Question == nil || r.Incident().GetAsk() == nil {
		return nil
	}
	q, ask, did := r.Question, r.Incident().GetAsk(), r.Question.Audited
	write := func(id string, at time.Time, what, reason string) {
		n.rim.Audit(ctx, &eventv1.AuditRecord{Id: "ask/" + r.ID + "/" + id, At: timestamppb.New(at), Actor: parley(), What: what, Target: r.ID, IncidentId: r.ID, Reason: reason})
		did++
	}
	if did == 0 {
		write("asked", q.Asked, "owner asked", ask.GetOwner()+" has until "+q.Asked.Add(ask.GetWithin().AsDuration()).UTC().Format(time.RFC3339)+
			", else: "+cmp.Or(ask.GetOtherwise(), "nothing is done"))
	}
	if did == 1 && !q.Lapsed.IsZero() && q.Run == "" {
		write("kept", q.Lapsed, "default taken", "nobody answered the question to "+ask.GetOwner()+": it is kept as it is")
	}
	if did == q.Audited {
		return nil
	}
	_, err := n.store.Mutate(ctx, r.ID, func(r *record.Record) error {
		if r.Question == nil || r.Question.Audited >= did {
			return record.ErrUnchanged
		}
		r.Question.Audited = did
		return nil
	})
	return err
}
