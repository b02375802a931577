package queue

import (
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// plan gives a place what its route asks for, and decides about quiet hours
// before the first message. It reports whether that changed the record.
func (l *lane) plan(r *record.Record, p *record.Place, now time.Time) bool {
	c := r.Incident()
	if c == nil || p.Group != "" {
		return false
	}
	changed := false
	if p.Plan == nil && p.Root == (record.Sent{}) && l.s.Plan != nil {
		p.Plan = l.s.Plan(c, l.channel)
		changed = p.Plan != nil
	}
	if p.Taken && p.Since.IsZero() {
		p.Since, changed = now, true
	}
	waited := !p.Waits.IsZero()
	if r.Hush(p, now) {
		changed = true
		if !p.Waits.IsZero() && !waited {
			l.s.met.suppressed.WithLabelValues(string(record.ByQuiet)).Inc()
		}
	}
	return changed
}

// waits reports whether the item's first message waits for quiet hours to end:
// it belongs into no storm. mu is held.
func (l *lane) waits(it *item) bool {
	if l.s.Plan == nil || it.change == nil {
		return false
	}
	p := l.s.Plan(it.change, l.channel)
	if p == nil || p.Quiet == nil || !p.Quiet.Hold {
		return false
	}
	_, quiet := p.QuietAt(l.s.Now(), record.SeverityWord(it.change.GetSeverity()))
	return quiet
}

// mentions returns the spans that name people and groups, as the channel's chat
// knows them.
func (l *lane) mentions(r *record.Record, names []string) []chat.Span {
	if len(names) == 0 || l.s.Mention == nil {
		return nil
	}
	return l.s.Mention(names, r.Incident(), l.channel)
}
