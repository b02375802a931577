package record

import (
	"fmt"
	"slices"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/noise"
)

// Flap is how often an incident of the same policy and labels opened of late:
// each record takes it over from the one before and adds itself. While it flaps
// it also takes over the message.
type Flap struct {
	Rule noise.Flap `json:"rule"`
	// Episodes are the newest openings, this one the last.
	Episodes []Episode `json:"episodes"`
	// Since is when it began to flap; zero: it does not. Over is when it had been
	// calm for long enough.
	Since time.Time `json:"since,omitzero"`
	Over  time.Time `json:"over,omitzero"`
	// Before: it flapped before this incident opened, so that this one has no
	// message of its own.
	Before bool `json:"before,omitempty"`
	// First is when the first of the series opened, and Count how often it did.
	First time.Time `json:"first"`
	Count int       `json:"count"`
	// Open is how long it was open in all, Longest the longest, of what ended.
	Open    time.Duration `json:"open,omitempty"`
	Longest time.Duration `json:"longest,omitempty"`
	// Next is the incident that goes on with the series.
	Next string `json:"next,omitempty"`
}

// Episode is one time that it was open.
type Episode struct {
	ID  string    `json:"id"`
	At  time.Time `json:"at"`
	End time.Time `json:"end,omitzero"`
}

// maxEpisodes bounds what is kept of a series; times within which it flaps are
// at most as many.
const maxEpisodes = 50

// Flapping reports whether it comes and goes too often to be told each time.
func (r *Record) Flapping() bool {
	return r.Flap != nil && !r.Flap.Since.IsZero() && r.Flap.Over.IsZero()
}

// Follow begins a new record with what is known of the incident before it on
// the same policy and labels, nil if that is nothing. It comes before Apply.
func (r *Record) Follow(before *Record, c *eventv1.IncidentChanged, rule noise.Flap) {
	if rule.Times <= 0 || before == nil || before.Incident() == nil || r.Flap != nil || r.Incident() != nil {
		return
	}
	opened := stamp(c.GetOpenedAt().AsTime(), c.GetAt().AsTime())
	f := &Flap{Rule: rule}
	if before.Flap != nil {
		*f = *before.Flap
		f.Rule, f.Next, f.Episodes = rule, "", slices.Clone(f.Episodes)
	} else {
		prior := before.Incident()
		f.First, f.Count = stamp(prior.GetOpenedAt().AsTime(), prior.GetAt().AsTime()), 1
		f.Episodes = []Episode{{ID: before.ID, At: f.First}}
		f.end(stamp(prior.GetResolvedAt().AsTime(), opened))
	}
	f.end(opened)
	if !f.Over.IsZero() || opened.Sub(f.lastAt()) > max(rule.Within, rule.Calm) {
		return // calm since then
	}
	f.Before = !f.Since.IsZero()
	f.Count++
	f.Episodes = append(f.Episodes, Episode{ID: r.ID, At: opened})
	f.Episodes = f.Episodes[max(0, len(f.Episodes)-maxEpisodes):]
	r.Flap = f
	if n := f.within(opened); f.Since.IsZero() && n >= rule.Times {
		f.Since = opened
		r.Lines = append(r.Lines, Line{At: opened, Icon: "🔁", Text: fmt.Sprintf("it flaps: opened %d times within %s. From now on this message alone shows it, and when it has been calm for %s the summary comes here",
			n, unit.Duration(opened.Sub(f.Episodes[len(f.Episodes)-n].At)), unit.Duration(rule.Calm))})
	}
}

// within returns how often it opened within the rule's time before at.
func (f *Flap) within(at time.Time) int {
	n := 0
	for _, e := range f.Episodes {
		if at.Sub(e.At) < f.Rule.Within {
			n++
		}
	}
	return n
}

// lastAt is when it opened or ended last.
func (f *Flap) lastAt() time.Time {
	if len(f.Episodes) == 0 {
		return f.First
	}
	e := f.Episodes[len(f.Episodes)-1]
	return later(e.At, e.End)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// end notes that the last episode ended.
func (f *Flap) end(at time.Time) {
	e := &f.Episodes[len(f.Episodes)-1]
	if !e.End.IsZero() {
		return
	}
	e.End = later(e.At, at)
	d := e.End.Sub(e.At)
	f.Open += d
	f.Longest = max(f.Longest, d)
}

// calmAt returns when it will have been calm for long enough; zero if it does
// not flap, or another incident goes on with it.
func (r *Record) calmAt() time.Time {
	if !r.Flapping() || r.Flap.Next != "" || r.Incident() == nil {
		return time.Time{}
	}
	return r.Flap.lastAt().Add(r.Flap.Rule.Calm)
}

// EndFlap notes that it has been calm for long enough, with a summary. It
// reports whether it did.
func (r *Record) EndFlap(now time.Time) bool {
	at := r.calmAt()
	if at.IsZero() || now.Before(at) {
		return false
	}
	f := r.Flap
	f.Over = now
	text := fmt.Sprintf("it flaps no more, calm for %s: opened %d times in %s, was open for %s in all, %s at the longest",
		unit.Duration(f.Rule.Calm), f.Count, unit.Duration(f.lastAt().Sub(f.First)), unit.Duration(f.Open), unit.Duration(f.Longest))
	if r.Open() {
		text = fmt.Sprintf("it flaps no more: it opened %d times in %s, and has stayed open for %s now: %s",
			f.Count, unit.Duration(f.lastAt().Sub(f.First)), unit.Duration(now.Sub(f.lastAt())), finding(r.Incident()))
	}
	r.note(Line{At: now, Icon: "🔁", Text: text, Loud: true})
	for _, p := range r.Places {
		r.Unsuppress(ByFlapping, p.Channel, now)
	}
	return true
}

// Yield lets another incident go on with the flapping in the message at a
// place: from now on this record leaves it alone. It returns the message.
// pending: it is being posted, and cannot be yielded yet.
func (r *Record) Yield(channel, to string) (p Place, pending, ok bool) {
	if r.Flap != nil && r.Flap.Next == "" {
		r.Flap.Next = to
	}
	for _, p := range r.Places {
		if p.Channel != channel || p.Group != "" {
			continue
		}
		switch {
		case p.Moved != "" && p.Moved != to, p.Root.TS == "" && p.Root.Claim == nil:
			return Place{}, false, false
		case p.Root.TS == "":
			return Place{}, true, false
		}
		p.Moved = to
		return *p, false, true
	}
	return Place{}, false, false
}

// Succeed takes over the message of the incident before, which flaps.
func (r *Record) Succeed(from Place, at time.Time) {
	p := r.Place(from.Channel)
	p.ID, p.Note, p.Taken, p.Plan, p.Since = from.ID, from.Note, true, from.Plan, at
	p.Root = Sent{TS: from.Root.TS}
	s := Suppression{Kind: ByFlapping, Channel: p.Channel, At: at, Text: "it flaps: it is told in the message that is there, and nobody is told anew"}
	if f := r.Flap; f != nil && len(f.Episodes) > 1 {
		s.By = f.Episodes[len(f.Episodes)-2].ID
		s.Text = fmt.Sprintf("it flaps, this is the %s time in %s: it is told in the message that is there, and nobody is told anew", Nth(f.Count), unit.Duration(at.Sub(f.First)))
	}
	r.Suppress(s)
}

// Nth returns "7th".
func Nth(n int) string {
	end := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			end = "st"
		case 2:
			end = "nd"
		case 3:
			end = "rd"
		}
	}
	return fmt.Sprint(n) + end
}
