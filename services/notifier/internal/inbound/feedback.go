package inbound

import (
	"context"
	"fmt"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// feedbackCommand notes what a person thinks of an incident.
func (h *Handler) feedbackCommand(ctx context.Context, a *ask) (chat.Content, error) {
	r, err := h.findAny(ctx, a.Incident)
	if err != nil {
		return chat.Content{}, err
	}
	verdict := a.Own.(record.Verdict)
	r, err = h.feedback(ctx, a.in, r, verdict, a.Comment)
	if err != nil {
		return chat.Content{}, err
	}
	return chat.Say("💬 Noted: " + string(verdict) + ". " + feedbackText(r) + " about: " + record.Finding(r.Incident())), nil
}

// feedback notes a verdict: in the record, the audit and the metrics. Said
// again, it is the same.
func (h *Handler) feedback(ctx context.Context, in *eventv1.Inbound, r *record.Record, verdict record.Verdict, comment string) (*record.Record, error) {
	if r.Incident() == nil {
		return nil, refuse("unknown", "There is no incident %s.", message.Short(r.ID))
	}
	fresh := false
	r, err := h.Store.Mutate(ctx, r.ID, func(r *record.Record) error {
		if fresh = r.Judge(record.Feedback{By: who(in), At: when(in), Verdict: verdict, Comment: message.Cut(comment, 300)}); !fresh {
			return record.ErrUnchanged
		}
		return nil
	})
	if err != nil || !fresh {
		return r, err
	}
	h.judged.WithLabelValues(string(verdict)).Inc()
	h.audit(ctx, in, "feedback", r.ID, "", string(verdict)+" "+comment)
	h.show(ctx, r.ID)
	return r, nil
}

// feedbackText counts what people said.
func feedbackText(r *record.Record) string {
	useful, noise := r.Verdicts()
	return fmt.Sprintf("So far %d × useful and %d × noise", useful, noise)
}

// verdictSent notes what a person said in the form.
func (h *Handler) verdictSent(ctx context.Context, in *eventv1.Inbound, s *eventv1.Submission) error {
	verdict := record.Verdict(chat.Value(s.GetValues(), "verdict"))
	if verdict != record.Useful && verdict != record.Noise {
		return refuse("invalid", "Say whether it was useful or noise.")
	}
	r, err := h.known(ctx, message.ReadAbout(s.GetPrivateMetadata()).Incident)
	if err != nil {
		return err
	}
	_, err = h.feedback(ctx, in, r, verdict, chat.Value(s.GetValues(), "comment"))
	return err
}
