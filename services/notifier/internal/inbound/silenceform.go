package inbound

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
)

// previewFor bounds the question what a silence would mute: a chat gives three
// seconds to open a form.
const previewFor = time.Second

// silenceForm opens the form that makes a silence.
func (h *Handler) silenceForm(ctx context.Context, in *eventv1.Inbound, c *eventv1.Click, r *record.Record) error {
	if !r.Open() {
		return refuse("over", "That incident is resolved already.")
	}
	about := message.About{Incident: r.ID, Channel: c.GetChannelId()}
	values := map[string]string{}
	for id, v := range message.Fresh(r.Incident()) {
		values[id+"/"+id] = v
	}
	return h.openForm(ctx, in, c, message.Silence(r, about, values, h.preview(ctx, r, values), time.Now()))
}

// silenceEntered has the form show what would be silenced as it is filled in.
func (h *Handler) silenceEntered(ctx context.Context, in *eventv1.Inbound, c *eventv1.Click) error {
	about := message.ReadAbout(c.GetPrivateMetadata())
	r, err := h.known(ctx, about.Incident)
	if err != nil {
		return err
	}
	b, _ := chat.Named(h.Backend, in.GetBackend())
	a, ok := b.(chat.Asker)
	if !ok {
		return nil
	}
	f := message.Silence(r, about, c.GetValues(), h.preview(ctx, r, c.GetValues()), time.Now())
	if err := a.Reask(ctx, c.GetViewId(), "", f); err != nil { // the form is there, and says what it said
		h.Log.Warn("preview of a silence not shown", "incident", r.ID, "err", err)
	}
	return nil
}

// preview says what the silence that is entered would mute; nil if that cannot
// be told.
func (h *Handler) preview(ctx context.Context, r *record.Record, values map[string]string) *silence.Shown {
	ctx, cancel := context.WithTimeout(ctx, previewFor)
	defer cancel()
	s, _, _ := message.Entered(r.Incident(), values, time.Now())
	known := h.open(ctx)
	if len(known) == 0 && r.Open() {
		return nil
	}
	shown, err := silence.Preview(s, append(known, h.lately(ctx, known)...), time.Now())
	if err != nil {
		return nil
	}
	return &shown
}

// lately returns the incidents that ended within a day, but those given.
func (h *Handler) lately(ctx context.Context, but []*eventv1.IncidentChanged) []*eventv1.IncidentChanged {
	seen := map[string]bool{}
	for _, c := range but {
		seen[c.GetId()] = true
	}
	var out []*eventv1.IncidentChanged
	for _, t := range h.past(ctx) {
		if t.change != nil && !seen[t.id] {
			out = append(out, t.change)
		}
	}
	return out
}

// checkSilence says what is wrong with the form.
func checkSilence(in *eventv1.Inbound, s *eventv1.Submission) chat.Faults {
	_, _, wrong := message.Ending(s.GetValues(), when(in))
	return wrong
}

// silenceSent makes the silence.
func (h *Handler) silenceSent(ctx context.Context, in *eventv1.Inbound, sent *eventv1.Submission) error {
	r, err := h.known(ctx, message.ReadAbout(sent.GetPrivateMetadata()).Incident)
	if err != nil {
		return err
	}
	s, ends, wrong := message.Entered(r.Incident(), sent.GetValues(), when(in))
	for _, text := range wrong {
		return refuse("invalid", "%s", text)
	}
	if s.GetIncidentId() != "" && !r.Open() {
		return refuse("over", "That incident is resolved already: there is nothing to silence.")
	}
	s.EndsAt = timestamppb.New(ends)
	if s, err = h.addSilence(ctx, in, s); err != nil {
		return err
	}
	h.answer(ctx, in, silenced(s))
	return nil
}
