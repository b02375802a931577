package inbound

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

const (
	// homeRows is how many of each kind a home names.
	homeRows = 10
	// homeFor bounds the making of one.
	homeFor = 15 * time.Second
)

// home shows a person their page of the app. It is made when they open it and
// when they used it; [Handler.Homes] makes it again when something changed.
func (h *Handler) home(ctx context.Context, in *eventv1.Inbound) error {
	b, _ := chat.Named(h.Backend, in.GetBackend())
	p, ok := b.(chat.Homer)
	if !ok {
		return nil
	}
	v := h.pages.looks(in, time.Now())
	if err := h.publish(ctx, p, v); err != nil { // opening it again makes it anew
		h.Log.Warn("home not shown", "person", in.GetPerson().GetId(), "err", err)
	}
	return nil
}

// publish makes a viewer's page say what is so now, unless it says that already
// and nobody asked.
func (h *Handler) publish(ctx context.Context, p chat.Homer, v viewing) error {
	ctx, cancel := context.WithTimeout(ctx, homeFor)
	defer cancel()
	c, whole := h.homeOf(ctx, v.in)
	said := gist(c)
	if v.said == said && !v.asked {
		return nil
	}
	c.Parts = append([]chat.Part{chat.Note{{chat.P("as of "), chat.T(time.Now())}}}, c.Parts...)
	if err := p.Publish(ctx, v.in.GetPerson().GetId(), c); err != nil {
		return err
	}
	h.pages.shown(v.in, said, whole)
	return nil
}

// homeOf returns what a person's page says; whole is false if something of it is
// still being counted.
func (h *Handler) homeOf(ctx context.Context, in *eventv1.Inbound) (out chat.Content, whole bool) {
	now, me := time.Now(), who(in)
	b, _ := chat.Named(h.Backend, in.GetBackend())
	if d, ok := b.(chat.Directory); ok && in.GetPerson().GetName() == "" {
		if _, name, err := d.Person(ctx, me.ID); err == nil && name != "" {
			me.Name = name
		}
	}
	all := h.open(ctx)
	out.Title = "✅ Nothing is open"
	if len(all) > 0 {
		worst := slices.MaxFunc(all, func(a, b *eventv1.IncidentChanged) int { return cmp.Compare(a.GetSeverity(), b.GetSeverity()) })
		out.Title = fmt.Sprintf("%s %d open", message.Dot(worst.GetSeverity()), len(all))
	}
	out.Text = out.Title
	out.Parts = append(out.Parts, h.homeApprovals(ctx, in, now)...)
	linked, cancel := context.WithTimeout(ctx, chat.LinkWithin)
	defer cancel()
	for i, c := range all {
		if i == homeRows {
			out.Parts = append(out.Parts, chat.Lines{{chat.P(fmt.Sprintf("… and %d more: ", len(all)-i)), chat.C("/parley incidents")}})
			break
		}
		r, err := h.Store.Fresh(ctx, c.GetId())
		if err != nil || r == nil || r.Incident() == nil {
			r = record.New(c.GetId())
			r.Apply(c)
		}
		out.Parts = append(out.Parts, message.Row(r, h.linkOf(linked, r), h.importance(r.Incident(), now))...)
	}
	out.Parts = append(out.Parts, h.homeSilences(me, now)...)
	out.Parts = append(out.Parts, h.homeChanges(ctx, now)...)
	noise, whole := h.homeNoise(ctx, now)
	out.Parts = append(out.Parts, noise...)
	if d, err := h.Digest(ctx, now); err == nil {
		out.Parts = append(out.Parts, message.SavedLines(d.Month, d.Ever, d.At))
	}
	out.Parts = append(out.Parts, chat.Note{{chat.C("/parley help"), chat.P(" says what else can be done")}})
	return out, whole
}

// linkOf returns where an incident's message can be read; "" if nobody knows in
// time.
func (h *Handler) linkOf(ctx context.Context, r *record.Record) string {
	l, ok := h.Backend.(chat.Linker)
	if !ok {
		return ""
	}
	for _, p := range r.Places {
		if p.Root.TS == "" || p.ID == "" {
			continue
		}
		if url, err := l.Link(ctx, p.ID, p.Root.TS); err == nil && url != "" {
			return url
		}
	}
	return ""
}

// gist is equal of pages that say and offer the same: values of buttons are
// signed anew each time, so that they do not count.
func gist(c chat.Content) string {
	var b strings.Builder
	b.WriteString(c.Title)
	for _, p := range c.Parts {
		row, ok := p.(chat.Buttons)
		if !ok {
			fmt.Fprintf(&b, "\n%v", p)
			continue
		}
		for _, one := range row {
			switch one := one.(type) {
			case chat.Button:
				fmt.Fprintf(&b, "\n%s %s", one.ID, one.Text)
			case chat.Menu:
				fmt.Fprintf(&b, "\n%s %v", one.ID, one.Options)
			}
		}
	}
	return b.String()
}
