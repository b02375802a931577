package inbound

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/maintenance"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/command"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// mostWindows bounds the maintenance windows that are under way or to come.
const mostWindows = 200

// maintenanceCommand lists windows, plans one, or extends or ends one.
func (h *Handler) maintenanceCommand(ctx context.Context, a *ask) (chat.Content, error) {
	own, _ := a.Own.(command.MaintenanceOwn)
	switch own.Sub {
	case "add":
		m, rest, err := maintenance.Parse(own.When, when(a.in))
		if err != nil {
			return chat.Content{}, refuse("invalid", "%s", capital(err.Error()))
		}
		m.Matchers, m.Comment = a.Matchers.Proto(), message.Cut(strings.Join(rest, " "), 300)
		m, err = h.plan(ctx, a.in, m)
		if err != nil {
			return chat.Content{}, err
		}
		return chat.Content{Text: "Maintenance " + maintenance.Name(m) + " is planned", Parts: []chat.Part{chat.Lines{
			window(m, time.Now()), {chat.P("End it with "), chat.C("/parley maintenance end " + m.GetId())}}}}, nil
	case "extend":
		m, err := h.extendWindow(ctx, a.in, own.ID, a.Duration)
		if err != nil {
			return chat.Content{}, err
		}
		return chat.Content{Text: "Maintenance goes on", Parts: []chat.Part{chat.Lines{window(m, time.Now())}}}, nil
	case "end":
		m, err := h.endMaintenance(ctx, a.in, own.ID)
		return chat.Say("🔔 Maintenance " + maintenance.Name(m) + " has ended. What is still open is told now."), err
	}
	return h.windows(ctx)
}

// windows lists what is under way and to come.
func (h *Handler) windows(ctx context.Context) (chat.Content, error) {
	now := time.Now()
	all, err := h.planned(ctx, now)
	if err != nil {
		return chat.Content{}, err
	}
	if len(all) == 0 {
		return chat.Content{Text: "No maintenance is planned.", Parts: []chat.Part{chat.Lines{{chat.P("🔧 No maintenance is planned. "), chat.C("/parley maintenance add service=shop 2h new disks"), chat.P(" plans one.")}}}}, nil
	}
	var lines chat.Lines
	for i, m := range all {
		if i == rows {
			lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more", len(all)-i))})
			break
		}
		lines = append(lines, window(m, now))
	}
	text := "1 maintenance window"
	if len(all) > 1 {
		text = fmt.Sprintf("%d maintenance windows", len(all))
	}
	return chat.Content{Text: text, Parts: []chat.Part{lines}}, nil
}

// planned returns the windows that are under way or to come, the next first.
func (h *Handler) planned(ctx context.Context, now time.Time) ([]*eventv1.Maintenance, error) {
	entries, err := bus.Maintenances.List(ctx, h.Conn)
	if err != nil {
		return nil, err
	}
	var all []*eventv1.Maintenance
	for _, e := range entries {
		if _, ok := maintenance.At(e.Value, now); ok {
			all = append(all, e.Value)
		}
	}
	slices.SortFunc(all, func(a, b *eventv1.Maintenance) int {
		x, _ := maintenance.At(a, now)
		y, _ := maintenance.At(b, now)
		return x.Start.Compare(y.Start)
	})
	return all, nil
}

// window is the line about one.
func window(m *eventv1.Maintenance, now time.Time) chat.Line {
	s, _ := maintenance.At(m, now)
	line := chat.Line{chat.P("🔧 "), chat.C(m.GetId()), chat.P(" "), chat.B(message.Cut(maintenance.Name(m), 80)), chat.P(" ")}
	if now.Before(s.Start) {
		line = append(line, chat.P("from "), chat.T(s.Start), chat.P(" to "), chat.T(s.End))
	} else {
		line = append(line, chat.P("now, until "), chat.T(s.End))
	}
	if every := maintenance.When(m); every != "" {
		line = append(line, chat.P(", "+every))
	}
	return append(line, chat.P(": "), chat.C(message.Cut(aboutWindow(m), 200)), chat.P(" by "+m.GetAuthor()))
}

// aboutWindow says in words what a window is about.
func aboutWindow(m *eventv1.Maintenance) string {
	return Scope(&eventv1.Silence{Matchers: m.GetMatchers()})
}

// plan stores a window. Its id comes from the event, so that a second delivery
// finds it there.
func (h *Handler) plan(ctx context.Context, in *eventv1.Inbound, m *eventv1.Maintenance) (*eventv1.Maintenance, error) {
	if m.GetId() == "" {
		m.Id = "m" + record.RunID(in.GetId(), "maintenance", 0)[:11]
	}
	if !idLike(m.GetId()) || len(m.GetMatchers()) > 20 {
		return nil, refuse("invalid", "The order names no id that can be, or more than 20 labels.")
	}
	m.Comment = message.Cut(m.GetComment(), 300)
	if m.Name = message.Cut(m.GetName(), 60); m.GetName() == "" {
		m.Name = message.Cut(or(m.GetComment(), aboutWindow(m)), 60)
	}
	m.Author, m.AuthorId, m.AuthorBackend = or(m.GetAuthor(), who(in).Mention()), in.GetPerson().GetId(), in.GetBackend()
	m.EndedAt, m.EndedBy = nil, ""
	if m.GetStartsAt() == nil {
		m.StartsAt = now(in) // no span begins before it was asked for
	}
	if err := maintenance.Check(m); err != nil {
		return nil, refuse("invalid", "%s.", capital(err.Error()))
	}
	if _, ok := maintenance.At(m, when(in)); !ok {
		return nil, refuse("invalid", "That is over already: give a later end.")
	}
	all, err := h.planned(ctx, time.Now())
	if err != nil {
		return nil, err
	}
	if len(all) >= mostWindows && !slices.ContainsFunc(all, func(o *eventv1.Maintenance) bool { return o.GetId() == m.GetId() }) {
		return nil, refuse("too_many", "There are %d maintenance windows already. /parley maintenance end ends one.", len(all))
	}
	if _, err := bus.Maintenances.Create(ctx, h.Conn, bus.Token(m.GetId()), m); err != nil && !errors.Is(err, bus.ErrConflict) {
		return nil, err
	}
	s, _ := maintenance.At(m, when(in))
	h.audit(ctx, in, "maintenance planned", m.GetId(), "", aboutWindow(m)+" from "+s.Start.UTC().Format(time.RFC3339)+" until "+s.End.UTC().Format(time.RFC3339)+" "+maintenance.When(m)+" "+m.GetComment())
	if !s.Start.After(when(in)) {
		h.heard(ctx, maintenance.SpanID(m, s))
		return m, nil // that it has begun is told, and enough
	}
	n := &record.Notice{At: when(in), Icon: "🔧", Text: m.GetAuthor() + " planned maintenance: " + maintenance.Name(m) + ", from " + s.Start.UTC().Format("Mon 2 Jan 15:04 MST"), Until: s.End,
		More: []string{"What matches " + aboutWindow(m) + " is not told then."}}
	if every := maintenance.When(m); every != "" {
		n.More = append(n.More, "It comes "+every+".")
	}
	return m, h.Notify(ctx, record.NoticeID(m.GetId(), "created"), n, m)
}

// extendWindow makes what is under way of a window last d from when it was asked.
func (h *Handler) extendWindow(ctx context.Context, in *eventv1.Inbound, id string, d time.Duration) (*eventv1.Maintenance, error) {
	if err := maintenance.Extends(d); err != nil {
		return nil, refuse("invalid", "%s.", capital(err.Error()))
	}
	until := when(in).Add(d)
	m, err := h.change(ctx, id, func(m *eventv1.Maintenance) error {
		_, open := maintenance.Open(m, when(in))
		switch {
		case m.GetRecurrence() != nil:
			return refuse("invalid", "It comes %s, and only what is once can be extended. Plan one more: /parley maintenance add", maintenance.When(m))
		case !open:
			return refuse("over", "Maintenance %s is not under way.", maintenance.Name(m))
		case until.Equal(m.GetEndsAt().AsTime()):
			return errSame // delivered again
		case until.Before(m.GetEndsAt().AsTime()):
			return refuse("invalid", "It lasts longer than that already, until %s.", m.GetEndsAt().AsTime().UTC().Format("2 Jan 15:04 MST"))
		}
		m.EndsAt = timestamppb.New(until)
		if err := maintenance.Check(m); err != nil {
			return refuse("invalid", "%s.", capital(err.Error()))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	h.audit(ctx, in, "maintenance extended", m.GetId(), "", "until "+until.UTC().Format(time.RFC3339))
	n := &record.Notice{At: when(in), Icon: "🔧", Text: who(in).Mention() + " extended maintenance " + maintenance.Name(m), Until: until}
	return m, h.Notify(ctx, record.NoticeID(m.GetId(), "extended-"+until.UTC().Format("20060102T150405")), n, m)
}

// endMaintenance ends a window: what is under way of it, and what is to come.
func (h *Handler) endMaintenance(ctx context.Context, in *eventv1.Inbound, id string) (*eventv1.Maintenance, error) {
	m, err := h.change(ctx, id, func(m *eventv1.Maintenance) error {
		if m.GetEndedAt() != nil && m.GetEndedAt().AsTime().Equal(when(in)) {
			return errSame // delivered again
		}
		if _, ok := maintenance.At(m, when(in)); !ok {
			return refuse("over", "Maintenance %s has ended already.", maintenance.Name(m))
		}
		m.EndedAt, m.EndedBy = now(in), who(in).Mention()
		return nil
	})
	if err != nil {
		return nil, err
	}
	h.audit(ctx, in, "maintenance ended", m.GetId(), "", aboutWindow(m))
	if s, ok := maintenance.Last(m, time.Now()); ok && s.End.Equal(m.GetEndedAt().AsTime()) {
		return m, nil // what was under way has ended, which is told
	}
	return m, h.Notify(ctx, record.NoticeID(m.GetId(), "cancelled"), &record.Notice{At: when(in), Icon: "🔧", Text: m.GetEndedBy() + " cancelled maintenance " + maintenance.Name(m) + ": it comes no more"}, m)
}

// errSame: the change is there already.
var errSame = errors.New("unchanged")

// change changes a window, whose id may be the beginning of one.
func (h *Handler) change(ctx context.Context, id string, do func(*eventv1.Maintenance) error) (*eventv1.Maintenance, error) {
	id = strings.Trim(id, "`<>., ")
	for range 10 {
		entries, err := bus.Maintenances.List(ctx, h.Conn)
		if err != nil {
			return nil, err
		}
		entries = slices.DeleteFunc(entries, func(e bus.Entry[*eventv1.Maintenance]) bool {
			return e.Value.GetId() != id && (len(id) < 4 || !strings.HasPrefix(e.Value.GetId(), id))
		})
		if len(entries) != 1 {
			return nil, refuse("unknown", "There is no one maintenance %q. /parley maintenance lists them.", message.Cut(id, 40))
		}
		e := entries[0]
		if err := do(e.Value); errors.Is(err, errSame) {
			return e.Value, nil
		} else if err != nil {
			return nil, err
		}
		if _, err = bus.Maintenances.Update(ctx, h.Conn, e.Key, e.Value, e.Revision); !errors.Is(err, bus.ErrConflict) {
			return e.Value, err
		}
	}
	return nil, fmt.Errorf("maintenance %s: %w", id, bus.ErrConflict)
}
