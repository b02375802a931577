package queue

import (
	"maps"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// A channel's approvals name people askMost times within askSpan; more are told
// without.
const (
	askMost = 5
	askSpan = 10 * time.Minute
)

// deciders returns whom the first message about a run that waits for a second
// person names: also in quiet hours, for somebody who is there asked for it
// now, and it expires.
func (l *lane) deciders(p prepared, now time.Time) []chat.Span {
	run := p.step.Run
	if run == nil && p.r.Incident() == nil && len(p.r.Runs) > 0 {
		run = p.r.Runs[0]
	}
	if run == nil || !p.step.Kind.Posts() || p.step.Picture {
		return nil
	}
	c := run.State()
	if c.GetState() != eventv1.RunState_RUN_STATE_AWAITING_APPROVAL || !now.Before(c.GetExpiresAt().AsTime()) && c.GetExpiresAt() != nil {
		return nil
	}
	maps.DeleteFunc(l.asked, func(_ string, at time.Time) bool { return now.Sub(at) > askSpan })
	if _, again := l.asked[run.ID]; !again && len(l.asked) >= askMost {
		return nil
	}
	names := l.approvers(c, run)
	spans := l.mentions(p.r, names)
	if len(spans) > 0 {
		l.asked[run.ID] = now
	}
	return spans
}

// approvers returns who may decide and can be named in this channel's chat,
// without the one who asked.
func (l *lane) approvers(c *eventv1.RunChanged, run *record.Run) []string {
	here := l.s.Backend.Name()
	if prefix, _, ok := strings.Cut(l.channel, ":"); ok {
		if b, is := chat.Named(l.s.Backend, prefix); is {
			here = b.Name()
		}
	}
	var out []string
	for _, entry := range c.GetApprovers() {
		if backend, person, ok := strings.Cut(entry, ":"); ok && !strings.HasPrefix(entry, "@") {
			if backend != here && !named(l.s.Backend, backend, here) {
				continue
			}
			entry = person
		}
		if entry != "" && entry != run.By.ID && entry != run.By.Name && len(out) < mostTold {
			out = append(out, entry)
		}
	}
	return out
}

// named reports whether a backend's name means the one that is called here.
func named(all chat.Backend, name, here string) bool {
	b, ok := chat.Named(all, name)
	return ok && b.Name() == here
}
