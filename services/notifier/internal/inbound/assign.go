package inbound

import (
	"context"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// assign makes an incident somebody's, or with nil nobody's.
func (h *Handler) assign(ctx context.Context, in *eventv1.Inbound, r *record.Record, to *record.Who, comment string) error {
	if !r.Open() {
		return refuse("over", "That incident is resolved already.")
	}
	by, fresh := who(in), false
	r, err := h.Store.Mutate(ctx, r.ID, func(r *record.Record) error {
		if fresh = r.Assign(to, by, when(in), message.Cut(comment, 300)); !fresh {
			return record.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return err
	}
	if fresh {
		name := "nobody"
		if to != nil {
			name = to.Mention()
		}
		h.audit(ctx, in, "assigned", r.ID, "", "to "+name+" "+comment)
	}
	h.show(ctx, r.ID)
	return nil
}

// unacknowledge notes that nobody works on it any more.
func (h *Handler) unacknowledge(ctx context.Context, in *eventv1.Inbound, r *record.Record) error {
	by, fresh := who(in), false
	r, err := h.Store.Mutate(ctx, r.ID, func(r *record.Record) error {
		if fresh = r.Unacknowledge(by, when(in)); !fresh {
			return record.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return err
	}
	switch {
	case fresh:
		h.audit(ctx, in, "unacknowledged", r.ID, "", "")
	case !r.Open():
		return refuse("over", "That incident is resolved already.")
	}
	h.show(ctx, r.ID)
	return nil
}

// person returns the one person with this name or id in the chat that the
// event came from.
func (h *Handler) person(ctx context.Context, in *eventv1.Inbound, called string) (record.Who, error) {
	if called == "me" || called == in.GetPerson().GetId() {
		return who(in), nil
	}
	b, _ := chat.Named(h.Backend, in.GetBackend())
	d, ok := b.(chat.Directory)
	if !ok {
		return record.Who{}, refuse("unknown", "Nobody else's name is known in this chat: only you can take an incident, with me.")
	}
	id, name, err := d.Person(ctx, called)
	if err != nil {
		return record.Who{}, err
	}
	if id == "" {
		return record.Who{}, refuse("unknown", "Nobody, or more than one person, is called %q here.", message.Cut(called, 60))
	}
	return record.Who{Backend: in.GetBackend(), ID: id, Name: name}, nil
}

// assignCommand says whose an incident is.
func (h *Handler) assignCommand(ctx context.Context, a *ask) (chat.Content, error) {
	r, err := h.find(ctx, a.Incident)
	if err != nil {
		return chat.Content{}, err
	}
	finding := record.Finding(r.Incident())
	called := a.Own.(string)
	if called == "nobody" {
		return chat.Say("👤 Nobody's any more: " + finding), h.assign(ctx, a.in, r, nil, a.Comment)
	}
	to, err := h.person(ctx, a.in, called)
	if err != nil {
		return chat.Content{}, err
	}
	return chat.Say("👤 Assigned to " + to.Mention() + ": " + finding), h.assign(ctx, a.in, r, &to, a.Comment)
}

// unackCommand takes an acknowledgement back.
func (h *Handler) unackCommand(ctx context.Context, a *ask) (chat.Content, error) {
	r, err := h.find(ctx, a.Incident)
	if err != nil {
		return chat.Content{}, err
	}
	return chat.Say("↩️ Nobody is on it any more: " + record.Finding(r.Incident())), h.unacknowledge(ctx, a.in, r)
}

// checkAssign says what is wrong with the form of an assignment.
func checkAssign(_ *eventv1.Inbound, s *eventv1.Submission) chat.Faults {
	if chat.Value(s.GetValues(), "who") == "" && chat.Value(s.GetValues(), "nobody") == "" {
		return chat.Faults{"who": "Choose a person."}
	}
	return nil
}

// assignSent assigns as the form says.
func (h *Handler) assignSent(ctx context.Context, in *eventv1.Inbound, s *eventv1.Submission) error {
	r, err := h.known(ctx, message.ReadAbout(s.GetPrivateMetadata()).Incident)
	if err != nil {
		return err
	}
	comment := chat.Value(s.GetValues(), "comment")
	if chat.Value(s.GetValues(), "nobody") != "" {
		return h.assign(ctx, in, r, nil, comment)
	}
	to, err := h.person(ctx, in, chat.Value(s.GetValues(), "who"))
	if err != nil {
		return err
	}
	return h.assign(ctx, in, r, &to, comment)
}

// commentSent acknowledges with what the form says.
func (h *Handler) commentSent(ctx context.Context, in *eventv1.Inbound, s *eventv1.Submission) error {
	r, err := h.known(ctx, message.ReadAbout(s.GetPrivateMetadata()).Incident)
	if err != nil {
		return err
	}
	return h.acknowledge(ctx, in, r, message.Cut(chat.Value(s.GetValues(), "comment"), 500))
}
