package oncall

import (
	"slices"
	"time"
)

// StandIn is an override that somebody made at run time.
type StandIn struct {
	Override
	// Rotation it is of.
	Rotation string    `json:"rotation"`
	At       time.Time `json:"at"`
}

// With returns the rotations with those who stand in, the newest last.
func With(rotations []Rotation, all []StandIn) []Rotation {
	out := slices.Clone(rotations)
	for i := range out {
		var mine []Override
		for _, s := range all {
			if s.Rotation == out[i].Name {
				mine = append(mine, s.Override)
			}
		}
		out[i] = out[i].With(mine)
	}
	return out
}

// Named returns the rotation of this name; of none, the first.
func Named(rotations []Rotation, name string) (Rotation, bool) {
	for _, r := range rotations {
		if name == "" || r.Name == name {
			return r, true
		}
	}
	return Rotation{}, false
}

// Words says who is on call now and next, by the rotation's clocks.
func (r Rotation) Words(now time.Time) (who, then string) {
	s, n := r.At(now), r.Next(now)
	clock := func(t time.Time) string { return t.In(r.Zone).Format("Mon 2 Jan 15:04 MST") }
	who = s.Who
	if who == "" {
		who = "nobody"
	}
	if s.Override != nil {
		who += " (stands in)"
	}
	if n.Who == s.Who {
		return who, "nobody else in the next weeks"
	}
	next := n.Who
	if next == "" {
		next = "nobody"
	}
	return who, "until " + clock(s.Until) + ", then " + next
}
