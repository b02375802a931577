package replay

import (
	"slices"
	"time"
)

// Change is what becomes of an incident when policies change.
type Change int

// The changes.
const (
	// Same: nothing.
	Same Change = iota
	// Other: it opens or ends at another time, or with another severity.
	Other
	// Vanished: it would not open any more.
	Vanished
	// Appeared: it would open now.
	Appeared
)

// Difference is an incident under two sets of policies: Before is nil for one
// that appears, After for one that vanishes.
type Difference struct {
	Change        Change
	Before, After *Incident
}

// Diff pairs the incidents of two replays of the same log: incidents of one
// policy and the same labels that were open at the same time are one, the first
// with the first. They come by the time when they opened.
func Diff(before, after []Incident, end time.Time) []Difference {
	type key struct{ policy, labels string }
	of := func(in *Incident) key { return key{in.Policy, in.Labels.String()} }
	waiting := map[key][]*Incident{}
	for i := range after {
		k := of(&after[i])
		waiting[k] = append(waiting[k], &after[i])
	}
	paired := map[*Incident]bool{}
	var out []Difference
	for i := range before {
		b := &before[i]
		d := Difference{Change: Vanished, Before: b}
		rest := waiting[of(b)]
		for len(rest) > 0 && !until(rest[0], end).After(b.Opened) && !rest[0].Opened.Equal(b.Opened) {
			rest = rest[1:] // it was over before this one opened
		}
		if len(rest) > 0 && (rest[0].Opened.Before(until(b, end)) || rest[0].Opened.Equal(b.Opened)) {
			a := rest[0]
			d.Change, d.After = Same, a
			if !a.Opened.Equal(b.Opened) || !a.Resolved.Equal(b.Resolved) || a.Severity != b.Severity {
				d.Change = Other
			}
			paired[a], rest = true, rest[1:]
		}
		waiting[of(b)] = rest
		out = append(out, d)
	}
	for i := range after {
		if a := &after[i]; !paired[a] {
			out = append(out, Difference{Change: Appeared, After: a})
		}
	}
	slices.SortStableFunc(out, func(a, b Difference) int { return a.opened().Compare(b.opened()) })
	return out
}

func (d *Difference) opened() time.Time {
	if d.Before != nil {
		return d.Before.Opened
	}
	return d.After.Opened
}

// until returns when an incident ended, or the end of what is known.
func until(in *Incident, end time.Time) time.Time {
	if in.Resolved.IsZero() {
		return end
	}
	return in.Resolved
}
