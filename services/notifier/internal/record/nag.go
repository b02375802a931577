package record

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/route"
)

// Ping is a message in the thread that is to disturb people: a reminder, a step
// of an escalation.
type Ping struct {
	// Part names the message.
	Part string    `json:"part"`
	At   time.Time `json:"at"`
	Icon string    `json:"icon,omitempty"`
	Text string    `json:"text"`
	// Mention is whom it names, as routes write them.
	Mention []string `json:"mention,omitempty"`
	// Who is a person it names beside.
	Who *Who `json:"who,omitempty"`
	// Loud ones are shown in the channel too, where a chat can.
	Loud bool `json:"loud,omitempty"`
	// Acked: it is told although somebody acknowledged.
	Acked bool `json:"acked,omitempty"`
}

// IsPing reports whether a message's part is a ping's.
func IsPing(part string) bool {
	kind, _, _ := strings.Cut(part, "-")
	return slices.Contains([]string{"remind", "escalate", "unacked", "raised"}, kind)
}

// maxPings bounds how many of an incident's pings a place remembers; it goes on
// reminding.
const maxPings = 100

// Hush decides about quiet hours and mentions before the first message at a
// place: whom it names, or that it waits. It reports whether that changed the
// record.
func (r *Record) Hush(p *Place, now time.Time) bool {
	if p.Plan == nil || !p.Since.IsZero() || p.Root.TS != "" || p.Root.Claim != nil || p.Group != "" || !r.Open() || r.Held {
		return false
	}
	word := SeverityWord(r.Incident().GetSeverity())
	until, quiet := p.Plan.QuietAt(now, word)
	if !quiet {
		changed := !p.Waits.IsZero() || !slices.Equal(p.Told, p.Plan.Mentions(word))
		if !p.Waits.IsZero() {
			r.Unsuppress(ByQuiet, p.Channel, now)
			r.note(Line{At: now, Icon: "🌙", Text: "the message waited for the end of quiet hours in " + p.Channel})
		}
		p.Waits, p.Told = time.Time{}, slices.Clone(p.Plan.Mentions(word))
		return changed
	}
	text := "quiet hours (" + p.Plan.Quiet.String() + "): "
	if p.Plan.Quiet.Hold {
		text += "the message waits for their end"
	} else {
		text += "the message names nobody, reminders wait"
	}
	changed := r.Suppress(Suppression{Kind: ByQuiet, Channel: p.Channel, By: p.Plan.Route, At: now, Until: until, Text: text})
	if p.Plan.Quiet.Hold && !p.Waits.Equal(until) {
		p.Waits, changed = until, true
	}
	p.Told = nil
	return changed
}

// due returns when something is due at a place while nobody acknowledges, and
// whether it is the next step of the escalation; zero if never.
func (r *Record) due(p *Place) (at time.Time, step bool) {
	if p.Plan == nil || !r.Open() || r.Held || r.Mute != nil {
		return time.Time{}, false
	}
	if !p.Waits.IsZero() {
		return p.Waits, false
	}
	if r.Ack != nil || p.Since.IsZero() || p.Root.TS == "" || p.Moved != "" {
		return time.Time{}, false
	}
	if p.Plan.Remind > 0 {
		at = later(p.Since, p.Reminded).Add(p.Plan.Remind)
	}
	if p.Steps < len(p.Plan.Escalate) {
		after := p.Plan.Escalate[p.Steps].After
		t := p.Since.Add(after)
		if p.Steps > 0 { // what waited for the morning does not come all at once
			t = later(t, p.Stepped.Add(after-p.Plan.Escalate[p.Steps-1].After))
		}
		if at.IsZero() || !t.After(at) {
			at, step = t, true
		}
	}
	if at.IsZero() {
		return at, false
	}
	if until, quiet := p.Plan.QuietAt(at, SeverityWord(r.Incident().GetSeverity())); quiet {
		at = until
	}
	return at, step
}

// nagDue returns when the next reminder, step, or end of an acknowledgement is
// due; zero: never.
func (r *Record) nagDue() time.Time {
	next := r.ackEnds()
	for _, p := range r.Places {
		if at, _ := r.due(p); !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// Timed reports whether a route lets something come by time alone.
func (r *Record) Timed() bool {
	return slices.ContainsFunc(r.Places, func(p *Place) bool { return p.Plan != nil && (p.Plan.Timed() || !p.Waits.IsZero()) })
}

// ackEnds returns when the acknowledgement expires; zero: never.
func (r *Record) ackEnds() time.Time {
	if r.Ack == nil || !r.Open() {
		return time.Time{}
	}
	var end time.Time
	for _, p := range r.Places {
		if p.Plan != nil && p.Plan.AckExpires > 0 {
			if t := r.Ack.At.Add(p.Plan.AckExpires); end.IsZero() || t.Before(end) {
				end = t
			}
		}
	}
	return end
}

// Nag does what is due while nobody acknowledges: reminders, steps of an
// escalation, acknowledgements that expire, messages that waited for the end of
// quiet hours. It reports whether something was.
func (r *Record) Nag(now time.Time) bool {
	did := r.unack(now)
	for _, p := range slices.Clone(r.Places) {
		if !p.Waits.IsZero() && !now.Before(p.Waits) {
			did = r.Hush(p, now) || did
			continue
		}
		for range 12 { // an escalation has ten steps at most
			at, step := r.due(p)
			if at.IsZero() || now.Before(at) || !p.Waits.IsZero() {
				break
			}
			did = true
			if step {
				r.escalate(p, now)
			} else {
				r.remind(p, now)
			}
		}
	}
	return did
}

func (r *Record) remind(p *Place, now time.Time) {
	since := now.Sub(p.Since).Round(time.Minute)
	p.Reminded = now
	p.Nags++
	r.ping(p, Ping{Part: fmt.Sprintf("remind-%d", p.Nags), At: now, Icon: "⏰",
		Text:    "still open, and nobody acknowledged it for " + unit.Duration(since) + ": " + finding(r.Incident()),
		Mention: r.once(p, p.Plan.Mentions(SeverityWord(r.Incident().GetSeverity()))), Loud: r.loud()})
}

func (r *Record) escalate(p *Place, now time.Time) {
	s := p.Plan.Escalate[p.Steps]
	p.Steps++
	p.Stepped = now
	p.Nags++
	if r.first(p) != p {
		return // the first channel of the route does it
	}
	text := "nobody acknowledged this within " + unit.Duration(now.Sub(p.Since).Round(time.Minute))
	if len(s.Channels) > 0 {
		text += "; it is told in " + strings.Join(s.Channels, ", ") + " too"
	}
	text += ": " + finding(r.Incident())
	r.ping(p, Ping{Part: fmt.Sprintf("escalate-%d", p.Nags), At: now, Icon: "⏫", Text: text, Mention: s.Mention, Loud: r.loud()})
	for _, ch := range s.Channels {
		if there := r.Place(ch); there.Plan == nil && there.Root == (Sent{}) && there.Group == "" {
			there.Plan = &route.Plan{Route: p.Plan.Route + ", escalated", Mention: map[string][]string{"info": s.Mention, "warning": s.Mention, "critical": s.Mention}}
			there.Why = "told here because nobody acknowledged it in " + p.Channel + " within " + unit.Duration(now.Sub(p.Since).Round(time.Minute))
		}
	}
}

// unack ends an acknowledgement that has expired: everything begins anew.
func (r *Record) unack(now time.Time) bool {
	end := r.ackEnds()
	if end.IsZero() || now.Before(end) {
		return false
	}
	by, held := r.Ack.By, unit.Duration(now.Sub(r.Ack.At).Round(time.Minute))
	r.Ack = nil
	r.Rev++
	for _, p := range r.Places {
		if p.Since.IsZero() {
			continue
		}
		p.Since, p.Reminded, p.Stepped, p.Steps = now, time.Time{}, time.Time{}, 0
		p.Nags++
		ping := Ping{Part: fmt.Sprintf("unacked-%d", p.Nags), At: now, Icon: "👀",
			Text: "the acknowledgement has ended after " + held + ", and it is still open: " + finding(r.Incident()) + ". Acknowledge it again if you are on it", Who: &by}
		if _, quiet := p.Plan.QuietAt(now, SeverityWord(r.Incident().GetSeverity())); quiet {
			ping.Who = nil
			ping.Text = by.Mention() + ": " + ping.Text
		}
		r.ping(p, ping)
	}
	return true
}

// raised names those that a higher severity concerns and who were not named.
func (r *Record) raised(now time.Time) {
	word := SeverityWord(r.Incident().GetSeverity())
	for _, p := range r.Places {
		if p.Plan == nil || p.Root.TS == "" || p.Moved != "" {
			continue
		}
		if _, quiet := p.Plan.QuietAt(now, word); quiet {
			continue
		}
		names := slices.DeleteFunc(slices.Clone(p.Plan.Mentions(word)), func(n string) bool { return slices.Contains(p.Told, n) })
		if len(names) == 0 {
			continue
		}
		p.Told = append(slices.Clone(p.Told), names...)
		r.ping(p, Ping{Part: fmt.Sprintf("raised-%d", r.Version), At: now, Icon: "⬆️", Text: "now " + word + ": " + finding(r.Incident()), Mention: names, Loud: r.loud(), Acked: true})
	}
}

func (r *Record) ping(p *Place, ping Ping) {
	if len(p.Pings) >= maxPings {
		p.Pings = p.Pings[1:]
	}
	p.Pings = append(p.Pings, ping)
}

// wanted reports whether a ping is still to be posted.
func (r *Record) wanted(p Ping) bool {
	return r.Open() && r.Mute == nil && !r.Held && (p.Acked || r.Ack == nil)
}

func (r *Record) loud() bool { return SeverityWord(r.Incident().GetSeverity()) == "critical" }

// first returns the first place that the same route leads to: it alone names
// people in its thread, so that nobody is disturbed twice.
func (r *Record) first(p *Place) *Place {
	for _, o := range r.Places {
		if o.Plan != nil && o.Plan.Route == p.Plan.Route && !o.Since.IsZero() && o.Group == "" && o.Moved == "" {
			return o
		}
	}
	return p
}

func (r *Record) once(p *Place, names []string) []string {
	if r.first(p) != p {
		return nil
	}
	return names
}
