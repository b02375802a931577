package inbound

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/permission"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/command"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/route"
)

// routeCommand says who would be told of what.
func (h *Handler) routeCommand(_ context.Context, a *ask) (chat.Content, error) {
	own, _ := a.Own.(command.RouteOwn)
	if own.Test == nil {
		return h.routes(), nil
	}
	in, at, err := route.Question(own.Test, time.Now().UTC())
	if err != nil {
		return chat.Content{}, refuse("invalid", "%s", message.Cut(err.Error(), 300))
	}
	var lines chat.Lines
	ds := h.Routes().Decide(in, at)
	for _, d := range ds {
		lines = append(lines, chat.Line{chat.B(d.Channel), chat.P(" · " + d.Why)})
		if len(d.Path) > 1 {
			lines = append(lines, chat.Line{chat.P("      by " + strings.Join(d.Path, " › "))})
		}
		for _, t := range d.Timeline() {
			lines = append(lines, chat.Line{chat.P("      • " + t)})
		}
		if len(lines) > 60 {
			break
		}
	}
	text := fmt.Sprintf("%d channels would be told", len(ds))
	if len(ds) == 1 {
		text = ds[0].Channel + " would be told"
	}
	return chat.Content{Text: text, Title: text, Parts: []chat.Part{lines,
		chat.Note{{chat.P("if it opened at "), chat.T(at), chat.P(" and its policy names no channels itself: those win")}}}}, nil
}

// routes lists the routes in force and the subscriptions.
func (h *Handler) routes() chat.Content {
	t := h.Routes()
	var lines chat.Lines
	for i, l := range t.Lines() {
		if i == 2*rows {
			lines = append(lines, chat.Line{chat.P("… and more")})
			break
		}
		lines = append(lines, chat.Line{chat.P(strings.Replace(l, "  ", "      ", -1))})
	}
	subs := t.Subscriptions()
	for i, s := range subs {
		if i == rows {
			lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more subscriptions", len(subs)-i))})
			break
		}
		lines = append(lines, chat.Line{chat.P("🔔 "), chat.C(s.ID), chat.P(" " + message.Cut(s.Words(), 150) + " → " + s.To() + " by " + s.By)})
	}
	return chat.Content{Text: "Who is told of what", Title: "Who is told of what", Parts: []chat.Part{lines,
		chat.Note{{chat.C("/parley route test label=value …"), chat.P(" says what would happen to one")}}}}
}

// mostSubscriptions bounds what is added at run time.
const mostSubscriptions = 500

// subscribe adds a route.
func (h *Handler) subscribe(ctx context.Context, a *ask) (chat.Content, error) {
	own, _ := a.Own.(command.SubscribeOwn)
	s := route.Subscription{ID: "s" + record.RunID(a.in.GetId(), "subscribe", 0)[:11], By: who(a.in).Mention(), At: when(a.in)}
	for _, m := range a.Matchers {
		s.Matchers = append(s.Matchers, m.String())
	}
	var err error
	if s.Channel, err = h.subscribed(ctx, a, own.Me); err != nil {
		return chat.Content{}, err
	}
	subs := h.Routes().Subscriptions()
	if len(subs) >= mostSubscriptions {
		return chat.Content{}, refuse("too_many", "There are %d subscriptions already. /parley unsubscribe ends one.", len(subs))
	}
	for _, o := range subs {
		if o.Channel == s.Channel && o.Words() == s.Words() && o.ID != s.ID {
			return chat.Say("🔔 " + s.To() + " hears of that already: " + o.Words() + " (" + o.ID + ")."), nil
		}
	}
	data, err := json.Marshal(s)
	if err != nil {
		return chat.Content{}, err
	}
	if _, err := bus.Subscriptions.Create(ctx, h.Conn, s.ID, data); err != nil && !errors.Is(err, bus.ErrConflict) { // a conflict is the same again
		return chat.Content{}, err
	}
	h.audit(ctx, a.in, "subscribed", s.ID, "", s.Words()+" to "+s.To())
	return chat.Content{Text: "Subscribed: " + s.Words(), Parts: []chat.Part{chat.Lines{
		{chat.P("🔔 Incidents with "), chat.C(message.Cut(s.Words(), 200)), chat.P(" are told to " + s.To() + " too, from the next one on.")},
		{chat.P("End it with "), chat.C("/parley unsubscribe " + s.ID)}}}}, nil
}

// subscribed returns the channel of a subscription, if the person may have it.
func (h *Handler) subscribed(ctx context.Context, a *ask, me bool) (string, error) {
	b, ok := chat.Named(h.Backend, a.in.GetBackend())
	if !ok {
		return "", refuse("no_chat", "Only in a chat can channels be subscribed.")
	}
	prefix := ""
	if b.Name() != h.Backend.Name() || a.in.GetBackend() != h.Backend.Name() {
		prefix = a.in.GetBackend() + ":"
	}
	if me {
		if _, ok := b.(chat.Direct); !ok {
			return "", refuse("no_direct", "Parley cannot send direct messages in this chat.")
		}
		return prefix + "@" + a.in.GetPerson().GetId(), nil
	}
	actor, err := h.actor(ctx, a.in)
	if err != nil {
		return "", err
	}
	if allowed := h.Routes().Subscribers; !permission.Allows(allowed, actor) {
		return "", refuse("not_allowed", "Channels may be subscribed by %s (who_may_subscribe in the routes file). /parley subscribe … me tells you alone.", people(allowed))
	}
	id := a.from.GetChannelId()
	n, ok := b.(chat.Namer)
	if !ok {
		return id, nil
	}
	name, err := n.ChannelName(ctx, strings.TrimPrefix(id, prefix))
	if err != nil {
		return "", err
	}
	if name == "" {
		return "", refuse("no_channel", "Parley is not in this channel: invite it first, or write me at the end for direct messages.")
	}
	return prefix + name, nil
}

// unsubscribe ends a subscription: one's own, or as who may subscribe channels.
func (h *Handler) unsubscribe(ctx context.Context, a *ask) (chat.Content, error) {
	id := strings.Trim(a.Comment, "`<>. ")
	if !idLike(id) {
		return chat.Content{}, refuse("unknown", "%q is no subscription. /parley route show lists them.", message.Cut(id, 40))
	}
	e, err := bus.Subscriptions.Get(ctx, h.Conn, id)
	if errors.Is(err, bus.ErrNotFound) {
		if a.again {
			return chat.Say("🔕 The subscription has ended."), nil
		}
		return chat.Content{}, refuse("unknown", "There is no subscription %s. /parley route show lists them.", message.Cut(id, 40))
	}
	if err != nil {
		return chat.Content{}, err
	}
	var s route.Subscription
	if err := json.Unmarshal(e.Value, &s); err != nil {
		return chat.Content{}, err
	}
	actor, err := h.actor(ctx, a.in)
	if err != nil {
		return chat.Content{}, err
	}
	mine := s.Channel == "@"+a.in.GetPerson().GetId() || s.Channel == a.in.GetBackend()+":@"+a.in.GetPerson().GetId()
	if allowed := h.Routes().Subscribers; !mine && !permission.Allows(allowed, actor) {
		return chat.Content{}, refuse("not_allowed", "That may %s (who_may_subscribe in the routes file).", people(allowed))
	}
	if err := bus.Subscriptions.Delete(ctx, h.Conn, id, e.Revision); err != nil && !errors.Is(err, bus.ErrNotFound) {
		return chat.Content{}, err
	}
	h.audit(ctx, a.in, "unsubscribed", s.ID, "", s.Words()+" from "+s.To())
	return chat.Say("🔕 " + s.To() + " does not hear of that any more: " + s.Words() + "."), nil
}
