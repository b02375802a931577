package inbound

import (
	"context"
	"fmt"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// homeRows is how many incidents, and how many silences, a home names.
const homeRows = 10

// home shows a person their page of the app: what is open, their own silences,
// what was saved. It is made when they open it and when they used it.
func (h *Handler) home(ctx context.Context, in *eventv1.Inbound) error {
	b, _ := chat.Named(h.Backend, in.GetBackend())
	p, ok := b.(chat.Homer)
	if !ok {
		return nil
	}
	me := who(in)
	if d, ok := b.(chat.Directory); ok && in.GetPerson().GetName() == "" {
		if _, name, err := d.Person(ctx, me.ID); err == nil && name != "" {
			me.Name = name
		}
	}
	if err := p.Publish(ctx, me.ID, h.homeOf(ctx, me)); err != nil { // opening it again makes it anew
		h.Log.Warn("home not shown", "person", me.ID, "err", err)
	}
	return nil
}

func (h *Handler) homeOf(ctx context.Context, me record.Who) chat.Content {
	now := time.Now()
	all := h.open(ctx)
	title := "✅ Nothing is open"
	if len(all) > 0 {
		title = fmt.Sprintf("%s %d open", message.Dot(all[0].GetSeverity()), len(all))
	}
	out := chat.Content{Text: title, Title: title, Parts: []chat.Part{chat.Note{{chat.P("as of "), chat.T(now)}}}}
	for i, c := range all {
		if i == homeRows {
			out.Parts = append(out.Parts, chat.Lines{{chat.P(fmt.Sprintf("… and %d more: ", len(all)-i)), chat.C("/parley incidents")}})
			break
		}
		r, err := h.Store.Get(ctx, c.GetId())
		if err != nil || r == nil || r.Incident() == nil {
			r = record.New(c.GetId())
			r.Apply(c)
		}
		out.Parts = append(out.Parts, message.Row(r)...)
	}
	n := 0
	for _, s := range h.Silences().Active(now) {
		if s.GetAuthorId() != me.ID && s.GetAuthor() != me.Mention() {
			continue
		}
		if n++; n == 1 {
			out.Parts = append(out.Parts, chat.Lines{{chat.B("Your silences")}})
		}
		if n > homeRows {
			continue
		}
		out.Parts = append(out.Parts, chat.Lines{{chat.P("🔕 "), chat.C(message.Cut(Scope(s), 200)), chat.P(" until "), chat.T(s.GetEndsAt().AsTime())}},
			chat.Buttons{chat.Button{ID: message.UnsilenceButton, Text: "End it", Value: s.GetId()}})
	}
	if d, err := h.Digest(ctx, now); err == nil {
		out.Parts = append(out.Parts, message.SavedLines(d.Month, d.Ever, d.At))
	}
	out.Parts = append(out.Parts, chat.Note{{chat.C("/parley approvals"), chat.P(" lists what waits for a yes, "), chat.C("/parley help"), chat.P(" says what else can be done")}})
	return out
}
