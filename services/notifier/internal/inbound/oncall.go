package inbound

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/nearest"
	"github.com/parley-ops/parley/services/internal/permission"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/command"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/oncall"
)

// oncall says who is on call, or lets somebody stand in.
func (h *Handler) oncall(ctx context.Context, a *ask) (chat.Content, error) {
	own, _ := a.Own.(command.OncallOwn)
	all := h.Rotations()
	if len(all) == 0 {
		return chat.Say("📟 Nobody is on call: the routes file has no oncall rotation."), nil
	}
	r, ok := oncall.Named(all, own.Rotation)
	if !ok {
		var names []string
		for _, o := range all {
			names = append(names, o.Name)
		}
		text := "There are: " + strings.Join(names, ", ") + "."
		if near := nearest.To(own.Rotation, names); near != "" {
			text = "Did you mean " + near + "? " + text
		}
		return chat.Content{}, refuse("unknown", "There is no rotation %q. %s", message.Cut(own.Rotation, 40), text)
	}
	if own.Who != "" {
		return h.standIn(ctx, a, r, own)
	}
	if own.Rotation != "" {
		all = []oncall.Rotation{r}
	}
	var lines chat.Lines
	text := ""
	for _, r := range all {
		name, then := r.Words(time.Now())
		lines = append(lines, chat.Line{chat.P("📟 " + r.Name + ": "), chat.B(name), chat.P(" " + then)})
		if text == "" {
			text = "On call (" + r.Name + "): " + name + " " + then
		}
	}
	return chat.Content{Text: text, Parts: []chat.Part{lines}}, nil
}

// standIn lets somebody stand in from now on.
func (h *Handler) standIn(ctx context.Context, a *ask, r oncall.Rotation, own command.OncallOwn) (chat.Content, error) {
	actor, err := h.actor(ctx, a.in)
	if err != nil {
		return chat.Content{}, err
	}
	now := when(a.in)
	on := strings.TrimPrefix(r.At(now).Who, "@")
	if allowed := h.Routes().Subscribers; !permission.Allows(append([]string{on}, allowed...), actor) {
		return chat.Content{}, refuse("not_allowed", "Who stands in may say who is on call, and %s (who_may_subscribe in the routes file).", people(allowed))
	}
	name := "@" + strings.TrimPrefix(own.Who, "@")
	if strings.EqualFold(own.Who, "me") {
		name = "@" + who(a.in).Mention()
	}
	if id, ok := mentioned(own.Who); ok {
		name = "@" + id
	}
	until, err := untilTime(own.Until, now, r.Zone)
	if err != nil {
		return chat.Content{}, err
	}
	if strings.ContainsAny(name, " \t<>#") || len(name) > 100 || name == "@" {
		return chat.Content{}, refuse("invalid", "%q names no person: write @name, or me.", message.Cut(own.Who, 40))
	}
	id := "o" + record.RunID(a.in.GetId(), "oncall", 0)[:11]
	s := oncall.StandIn{Rotation: r.Name, At: now, Override: oncall.Override{ID: id, Who: name, From: now, Until: until, By: who(a.in).Mention()}}
	data, err := json.Marshal(s)
	if err != nil {
		return chat.Content{}, err
	}
	if _, err := bus.OncallOverrides.Create(ctx, h.Conn, id, data); err != nil && !errors.Is(err, bus.ErrConflict) {
		return chat.Content{}, err
	}
	h.audit(ctx, a.in, "on-call override", r.Name, "", name+" until "+until.UTC().Format(time.RFC3339))
	return chat.Content{Text: name + " is on call now", Parts: []chat.Part{chat.Lines{
		{chat.P("📟 "), chat.B(name), chat.P(" is on call for " + r.Name + " until "), chat.T(until), chat.P(", in place of " + or(on, "nobody") + ".")}}}}, nil
}

// mentioned returns the id in "<@U0123|anna>": how some chats write a name that
// was picked.
func mentioned(text string) (string, bool) {
	id, ok := strings.CutPrefix(text, "<@")
	id, _, _ = strings.Cut(strings.TrimSuffix(id, ">"), "|")
	return id, ok && idLike(id)
}

// untilTime reads 18:00 or 2026-12-24 09:00 by a zone's clocks, or 4h from now.
func untilTime(text string, now time.Time, zone *time.Location) (time.Time, error) {
	local := now.In(zone)
	t, err := time.Parse("15:04", text)
	until := time.Date(local.Year(), local.Month(), local.Day(), t.Hour(), t.Minute(), 0, 0, zone)
	if err == nil && !until.After(now) {
		until = time.Date(local.Year(), local.Month(), local.Day()+1, t.Hour(), t.Minute(), 0, 0, zone)
	}
	for _, form := range []string{"2006-01-02 15:04", "2006-01-02T15:04"} {
		if err != nil {
			until, err = time.ParseInLocation(form, text, zone)
		}
	}
	if err != nil {
		var d time.Duration
		if d, err = command.Duration(text); err == nil {
			until = now.Add(d)
		}
	}
	switch {
	case err != nil:
		return until, refuse("invalid", "%q is no time: write 18:00, 2026-12-24 09:00, or 4h.", message.Cut(text, 40))
	case !until.After(now), until.Sub(now) > 60*24*time.Hour:
		return until, refuse("invalid", "That is not in the next 60 days: %s.", message.Cut(text, 40))
	}
	return until, nil
}
