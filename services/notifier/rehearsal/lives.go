package rehearsal

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Life is the time for which an incident was open; Resolved is zero while it is.
type Life struct {
	Policy           string
	Labels           string // what it is about: "env=prod host=web-1"
	Opened, Resolved time.Time
}

// mostLanes is how many rows a picture has; the last is of all others.
const mostLanes = 14

// Lives returns what to draw of the incidents of a replay until then, in a lane for
// each policy or, of one alone, for what they are about. With those after a change
// it shows what would vanish and appear, if they are compared.
func Lives(before, after []Life, compared bool, until time.Time) []*eventv1.LivesLane {
	type key struct{ policy, labels string }
	sides, one := map[key]*[2][]Life{}, true
	var keys []key
	for side, lives := range [][]Life{before, after} {
		for _, l := range lives {
			k := key{l.Policy, l.Labels}
			if sides[k] == nil {
				sides[k] = &[2][]Life{}
				keys = append(keys, k)
			}
			sides[k][side] = append(sides[k][side], l)
			one = one && l.Policy == keys[0].policy
		}
	}
	lanes := map[string]*lane{}
	for _, k := range keys {
		name := k.policy
		if one {
			name = k.labels
		}
		if lanes[name] == nil {
			lanes[name] = &lane{name: cmp.Or(name, k.policy)}
		}
		l, of := lanes[name], sides[k]
		l.before, l.after = l.before+len(of[0]), l.after+len(of[1])
		if !compared {
			l.lives = append(l.lives, alone(of[0])...)
			continue
		}
		l.lives = append(l.lives, both(of[0], of[1], until)...)
	}
	var sorted []*lane
	for _, l := range lanes {
		sorted = append(sorted, l)
	}
	slices.SortFunc(sorted, func(a, b *lane) int {
		return cmp.Or(cmp.Compare(max(b.before, b.after), max(a.before, a.after)), cmp.Compare(a.name, b.name))
	})
	if len(sorted) > mostLanes {
		rest := &lane{name: fmt.Sprintf("%d others", len(sorted)-mostLanes+1)}
		for _, l := range sorted[mostLanes-1:] {
			rest.before, rest.after, rest.lives = rest.before+l.before, rest.after+l.after, append(rest.lives, l.lives...)
		}
		sorted = append(sorted[:mostLanes-1], rest)
	}
	var out []*eventv1.LivesLane
	for _, l := range sorted {
		note := fmt.Sprint(l.before)
		if compared && l.before != l.after {
			note = fmt.Sprintf("%d to %d", l.before, l.after)
		}
		out = append(out, &eventv1.LivesLane{Name: l.name, Note: note, Lives: l.lives})
	}
	return out
}

type lane struct {
	name          string
	before, after int
	lives         []*eventv1.Life
}

func alone(lives []Life) (out []*eventv1.Life) {
	for _, l := range lives {
		x := &eventv1.Life{From: timestamppb.New(l.Opened)}
		if !l.Resolved.IsZero() {
			x.To = timestamppb.New(l.Resolved)
		}
		out = append(out, x)
	}
	return out
}

// both returns for how long it was open on both sides, and on one alone. On each
// side one ends before the next begins.
func both(before, after []Life, until time.Time) (out []*eventv1.Life) {
	var times []time.Time
	ends := func(l Life) time.Time {
		if l.Resolved.IsZero() {
			return until
		}
		return l.Resolved
	}
	for _, l := range slices.Concat(before, after) {
		times = append(times, l.Opened, ends(l))
	}
	slices.SortFunc(times, time.Time.Compare)
	// open reports whether one is open from then to then, which may be one moment.
	open := func(lives []Life, from, to time.Time) bool {
		return slices.ContainsFunc(lives, func(l Life) bool {
			return !l.Opened.After(from) && !ends(l).Before(to) && (from.Before(to) || l.Opened.Equal(ends(l)))
		})
	}
	for i := range len(times) - 1 {
		from, to := times[i], times[i+1]
		var change eventv1.Life_Change
		switch b, a := open(before, from, to), open(after, from, to); {
		case b && a:
			change = eventv1.Life_CHANGE_SAME
		case b:
			change = eventv1.Life_CHANGE_VANISHES
		case a:
			change = eventv1.Life_CHANGE_APPEARS
		default:
			continue
		}
		if n := len(out); n > 0 && out[n-1].GetChange() == change && out[n-1].GetTo().AsTime().Equal(from) {
			out[n-1].To = timestamppb.New(to)
			continue
		}
		out = append(out, &eventv1.Life{From: timestamppb.New(from), To: timestamppb.New(to), Change: change})
	}
	return out
}
