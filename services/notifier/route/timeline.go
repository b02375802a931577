package route

import (
	"fmt"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/unit"
)

// Timeline says in plain words what happens in a delivery's channel to an
// incident that opens now and that nobody acknowledges: so that nobody has to
// compute timers against each other.
func (d Delivery) Timeline() []string {
	out := []string{d.first()}
	for _, s := range d.Escalate {
		text := "after " + unit.Duration(s.After) + " without acknowledgement: "
		var what []string
		if len(s.Mention) > 0 {
			what = append(what, "the thread names "+strings.Join(s.Mention, ", "))
		}
		if len(s.Channels) > 0 {
			what = append(what, "it is told in "+strings.Join(s.Channels, ", ")+" too")
		}
		out = append(out, text+strings.Join(what, "; "))
	}
	if d.Remind > 0 {
		out = append(out, "every "+unit.Duration(d.Remind)+" without acknowledgement: a reminder in the thread")
	} else {
		out = append(out, "no reminders")
	}
	if d.AckExpires > 0 {
		out = append(out, "an acknowledgement holds for "+unit.Duration(d.AckExpires)+", then it all begins anew")
	}
	if q := d.Quiet; q != nil {
		what := "messages name nobody, reminders and escalation wait"
		if q.Hold {
			what = "messages, reminders and escalation wait"
		}
		out = append(out, "quiet "+q.String()+": "+what)
	}
	if l := d.Limit; l != nil {
		out = append(out, fmt.Sprintf("more than %d new messages in %s: the next go into one digest, but for critical ones", l.Messages, unit.Duration(l.Per)))
	}
	return out
}

func (d Delivery) first() string {
	switch {
	case d.Held:
		return "first message when the quiet hours end, " + d.end()
	case !d.QuietUntil.IsZero():
		return "first message at once, naming nobody: quiet hours until " + d.end()
	case len(d.Mentions) > 0:
		return "first message at once, names " + strings.Join(d.Mentions, ", ")
	}
	return "first message at once, names nobody"
}

func (d Delivery) end() string {
	return d.Quiet.Local(d.QuietUntil).Format("Mon 2 Jan 15:04 MST")
}

// Local returns a time by the clocks of the quiet hours' zone.
func (q *Quiet) Local(t time.Time) time.Time { return t.In(location(q.Zone)) }
