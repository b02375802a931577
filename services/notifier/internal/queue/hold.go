package queue

import (
	"context"
	"errors"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// cause returns the open incident that this one follows from, or nil.
func (s *Sender) cause(c *eventv1.IncidentChanged, now time.Time) *eventv1.IncidentChanged {
	if s.Causes == nil || s.Dependencies == nil || c == nil {
		return nil
	}
	return s.Dependencies().Cause(c, s.Causes(), now).Cause
}

func (s *Sender) isCause(c *eventv1.IncidentChanged) bool {
	return s.Dependencies != nil && c != nil && s.Dependencies().IsCause(c)
}

// quiet reports whether the incident is not to be told now: it is silenced, in
// maintenance, or follows from another.
func (s *Sender) quiet(c *eventv1.IncidentChanged, now time.Time) bool {
	return s.Silences().Mutes(c, now) != nil || s.cause(c, now) != nil
}

// hold brings up to date whether the record is held back, and why: a silence, a
// maintenance window, or a cause. What is told already shows it instead.
func (s *Sender) hold(r *record.Record, now time.Time) {
	if !r.Open() {
		r.Mute = nil
		return
	}
	c := r.Incident()
	m, cause := s.Silences().Mutes(c, now), s.cause(c, now)
	ended := s.released(r, m, cause, now)
	fresh := untold(r)
	var reasons []record.Suppression
	if m != nil {
		reasons = append(reasons, record.Suppression{Kind: record.BySilence, By: m.GetId(), At: now, Until: m.GetEndsAt().AsTime(), Whose: m.GetAuthor(), Text: "silenced by " + m.GetAuthor()})
		if m.GetMaintenance() != "" {
			reasons[0].Kind, reasons[0].Whose, reasons[0].Text = record.ByMaintenance, m.GetMaintenance(), "in the maintenance window "+m.GetMaintenance()
		}
	}
	if cause != nil && fresh {
		reasons = append(reasons, record.Suppression{Kind: record.ByDependency, By: cause.GetId(), At: now, Text: "it follows from “" + record.Finding(cause) + "”"})
		r.Cause = &record.Cause{ID: cause.GetId(), Text: record.Finding(cause)}
	}
	for _, why := range reasons {
		r.Suppress(why)
	}
	switch {
	case fresh && len(reasons) > 0:
		if !r.Held {
			r.Held = true
			s.met.suppressed.WithLabelValues(string(reasons[0].Kind)).Inc()
		}
		return
	case r.Held:
		r.Held = false
		r.Lines = append(r.Lines, record.Line{At: now, Icon: "🔔", Text: ended + " while it is still open"})
		return
	case m == nil:
		r.SetMute(nil, now)
	default:
		r.SetMute(&record.Mute{ID: m.GetId(), Until: m.GetEndsAt().AsTime(), By: m.GetAuthor(), Maintenance: m.GetMaintenance(),
			UntilResolved: m.GetIncidentId() != "" || m.GetUntilResolved()}, now)
	}
	if cause != nil {
		r.FollowsFrom(cause, now)
	}
}

// released notes which reasons are over, and says in words what ended.
func (s *Sender) released(r *record.Record, m *eventv1.Silence, cause *eventv1.IncidentChanged, now time.Time) string {
	text := "what held it back ended"
	for _, was := range r.Suppressing() {
		over := false
		switch was.Kind {
		case record.BySilence, record.ByMaintenance:
			if over = m == nil || (m.GetMaintenance() != "") != (was.Kind == record.ByMaintenance); over {
				text = endedText(was)
			}
		case record.ByDependency:
			if over = cause == nil; over {
				text = was.Text + ": that is over"
			}
		}
		if over {
			r.Unsuppress(was.Kind, was.Channel, now)
		}
	}
	return text
}

// errNoCause: the cause of what is held back has no record yet.
var errNoCause = errors.New("the cause is not told yet")

// holdBack makes the cause's message count what is held back because of it. A
// cause that a storm's message stands for counts nothing.
func (l *lane) holdBack(ctx context.Context, it *item, r *record.Record) error {
	if r.Cause == nil || !r.Held {
		return nil
	}
	now, there, changed := l.s.Now(), false, false
	cause, err := l.s.Store.Mutate(ctx, r.Cause.ID, func(c *record.Record) error {
		if there = c.Incident() != nil; !there {
			return record.ErrUnchanged
		}
		if changed = c.HoldBack(r, now); !changed {
			return record.ErrUnchanged
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case !there && it.tries < 8 && l.groupOf(r.Cause.ID) == "":
		return errNoCause
	case changed:
		l.s.touch(cause, func(error) {})
	}
	return nil
}

// endedText says that a silence or a maintenance window ended.
func endedText(was record.Suppression) string {
	switch {
	case was.Whose == "": // noted by an older version
		return was.Text + ": that is over"
	case was.Kind == record.ByMaintenance:
		return "maintenance " + was.Whose + " ended"
	}
	return "silence by " + was.Whose + " ended"
}
