package inbound

import (
	"context"
	"errors"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/explain"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// whyFor bounds the questions behind an explanation.
const whyFor = 4 * time.Second

// why explains an incident and what became of its notification.
func (h *Handler) why(ctx context.Context, a *ask) (chat.Content, error) {
	ctx, cancel := context.WithTimeout(ctx, whyFor)
	defer cancel()
	r, err := h.findAny(ctx, a.Incident)
	if err != nil {
		return chat.Content{}, err
	}
	return h.whyTold(ctx, r)
}

// whyClicked answers the person who asks at the incident's message.
func (h *Handler) whyClicked(ctx context.Context, in *eventv1.Inbound, r *record.Record) error {
	ctx, cancel := context.WithTimeout(ctx, whyFor)
	defer cancel()
	c, err := h.whyTold(ctx, r)
	var no *refusal
	if errors.As(err, &no) {
		return err
	}
	if err != nil {
		h.Log.Warn("why was not answered", "incident", r.ID, "err", err)
		return refuse("no_answer", "That is not known at the moment. Please try again in a minute; /parley why %s asks the same.", message.Short(r.ID))
	}
	h.answer(context.WithoutCancel(ctx), in, c)
	return nil
}

// whyTold explains an incident of which there is a record.
func (h *Handler) whyTold(ctx context.Context, r *record.Record) (chat.Content, error) {
	c := r.Incident()
	if c == nil {
		return chat.Content{}, refuse("unknown", "There is no incident %s.", message.Short(r.ID))
	}
	now := time.Now()
	w, err := explain.Incident(ctx, h.Conn, c, clock(now))
	if err != nil {
		return chat.Content{}, err
	}
	head := chat.Lines{{chat.P(dot(c.GetSeverity()) + " "), chat.C(message.Short(r.ID)), chat.P(" "), chat.B(message.Cut(record.Finding(c), 300)), chat.P(" · policy "), chat.C(message.Cut(c.GetPolicy(), 100))}}
	linked, cancel := context.WithTimeout(ctx, chat.LinkWithin)
	defer cancel()
	if url := h.linkOf(linked, r); url != "" {
		head = append(head, chat.Line{chat.L("Open its message", url)})
	}
	if r.Ack != nil {
		head = append(head, chat.Line{chat.P("👀 " + r.Ack.By.Mention() + " is on it since "), chat.T(r.Ack.At)})
	}
	return chat.Content{Text: "Why " + message.Short(r.ID) + ": " + message.Cut(record.Finding(c), 300),
		Parts: append([]chat.Part{head}, explained(w.Rows(c.GetCombination(), clock(now)))...)}, nil
}

// whynot explains why a policy has no incident.
func (h *Handler) whynot(ctx context.Context, a *ask) (chat.Content, error) {
	ctx, cancel := context.WithTimeout(ctx, whyFor)
	defer cancel()
	n, err := explain.WhyNot(ctx, h.Conn, explain.Question{Policy: a.Policy, Matchers: a.Matchers, Resource: a.Comment, Routing: h.Routes()})
	if errors.Is(err, explain.ErrNoAnswer) {
		return chat.Content{}, refuse("no_answer", noAnswer)
	}
	if err != nil {
		return chat.Content{}, err
	}
	now := time.Now()
	answer := message.Cut(n.Answer, 900)
	return chat.Content{Text: answer, Parts: append([]chat.Part{chat.Lines{{chat.B(answer)}}}, explained(n.Rows(now, clock(now)))...)}, nil
}

// most is how many lines of an explanation a message has.
const mostRows = 40

// explained shows an explanation's lines.
func explained(rows []explain.Row) []chat.Part {
	var lines chat.Lines
	for i, r := range rows {
		if i == mostRows {
			lines = append(lines, chat.Line{chat.P("…")})
			break
		}
		text := message.Cut(r.Text, 400)
		if r.Name == "" {
			lines = append(lines, chat.Line{chat.P("      " + text)})
			continue
		}
		lines = append(lines, chat.Line{chat.B(r.Name), chat.P("  " + text)})
	}
	if len(lines) == 0 {
		return nil
	}
	return []chat.Part{lines}
}

// clock writes times for people of any zone: with the zone, and how long ago.
func clock(now time.Time) explain.Clock {
	return func(t time.Time) string {
		text := t.UTC().Format("15:04 MST")
		if d := now.Sub(t).Abs(); d > 20*time.Hour {
			text = t.UTC().Format("2 Jan 15:04 MST")
		}
		if t.After(now) {
			return text + " (in " + unit.Duration(t.Sub(now)) + ")"
		}
		return text + " (" + unit.Duration(now.Sub(t)) + " ago)"
	}
}
