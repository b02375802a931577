package inbound

import (
	"context"
	"errors"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// form is what becomes of a form that Parley opens.
type form struct {
	// check says at once what is wrong with it. It looks at nothing else, and is
	// quick: the person waits, and it is not stored yet. May be nil.
	check func(in *eventv1.Inbound, s *eventv1.Submission) chat.Faults
	// do does what was sent.
	do func(h *Handler, ctx context.Context, in *eventv1.Inbound, s *eventv1.Submission) error
	// live follows what is entered in a live field. May be nil.
	live func(h *Handler, ctx context.Context, in *eventv1.Inbound, c *eventv1.Click) error
}

// forms are all, by their callbacks.
func forms() map[string]form {
	return map[string]form{
		message.AssignForm:   {do: (*Handler).assignSent, check: checkAssign},
		message.CommentForm:  {do: (*Handler).commentSent},
		message.RejectForm:   {do: (*Handler).rejectSent},
		message.VerdictForm:  {do: (*Handler).verdictSent},
		message.SilenceForms: {do: (*Handler).silenceSent, check: checkSilence, live: (*Handler).silenceEntered},
	}
}

// faulty returns what is wrong with a form that was sent, before it is taken.
func faulty(in *eventv1.Inbound) error {
	s := in.GetSubmission()
	if s == nil {
		return nil
	}
	if f, ok := forms()[s.GetCallbackId()]; ok && f.check != nil {
		if wrong := f.check(in, s); len(wrong) > 0 {
			return wrong
		}
	}
	return nil
}

// submit does what a form that was sent asks for.
func (h *Handler) submit(ctx context.Context, in *eventv1.Inbound, s *eventv1.Submission) error {
	f, ok := forms()[s.GetCallbackId()]
	if !ok {
		return refuse("unknown", "Parley has no form %q.", message.Cut(s.GetCallbackId(), 40))
	}
	return f.do(h, ctx, in, s)
}

// entered follows what is entered in a form.
func (h *Handler) entered(ctx context.Context, in *eventv1.Inbound, c *eventv1.Click) error {
	if f, ok := forms()[c.GetCallbackId()]; ok && f.live != nil {
		return f.live(h, ctx, in, c)
	}
	return nil
}

// openForm shows the person a form. It is too late for that when the click was
// handled late: Slack gives three seconds.
func (h *Handler) openForm(ctx context.Context, in *eventv1.Inbound, c *eventv1.Click, f chat.Form) error {
	a, ok := h.Backend.(chat.Asker)
	if b, named := chat.Named(h.Backend, in.GetBackend()); named && ok {
		a, ok = b.(chat.Asker)
	}
	if !ok {
		return refuse("no_form", "There are no forms in this chat. /parley help says how to write it.")
	}
	err := a.Ask(ctx, c.GetTriggerId(), f)
	if errors.Is(err, context.Canceled) {
		return err
	}
	if err != nil {
		h.Log.Warn("form not opened", "form", f.Callback, "person", in.GetPerson().GetId(), "err", err)
		return refuse("form", "The form could not be opened in time. Please click once more.")
	}
	return nil
}

// toForm is where the one who sent a form is answered: where it was opened, if
// that is known.
func toForm(in *eventv1.Inbound, metadata string) chat.To {
	to := chat.To{UserID: in.GetPerson().GetId(), ChannelID: message.ReadAbout(metadata).Channel}
	if to.ChannelID == "" {
		to.ChannelID = chat.HomeOf(to.UserID)
	}
	return to
}
