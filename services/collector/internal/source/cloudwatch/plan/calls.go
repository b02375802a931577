package plan

import (
	"cmp"
	"slices"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
)

// MaxQueries is how many metrics one call may ask for.
const MaxQueries = 500

// Ask is a query and the time that is asked about.
type Ask struct {
	Query *Query
	// From and To are multiples of the query's period; To is exclusive.
	From, To time.Time
}

// Call is what is asked in one call.
type Call struct {
	From, To time.Time
	Asks     []Ask
}

// window is what asks must have in common to share calls.
type window struct {
	align time.Duration // to which the beginning is rounded down
	span  int           // doublings of an hour
}

// Calls fills calls: ceil(N/500) for the N asks of each window, unless they
// would have more points than a call may. Every ask keeps its own From and To;
// what a call brings beside them is for nobody.
func Calls(asks []Ask) []Call {
	groups := map[window][]Ask{}
	for _, a := range asks {
		w := window{align: max(a.Query.Period, 5*time.Minute)}
		for d := time.Hour; d < a.To.Sub(a.From); d *= 2 {
			w.span++
		}
		groups[w] = append(groups[w], a)
	}
	var out []Call
	for w, g := range groups {
		slices.SortFunc(g, func(a, b Ask) int { return cmp.Compare(a.Query.Key, b.Query.Key) })
		c := Call{From: g[0].From, To: g[0].To}
		for _, a := range g {
			if a.From.Before(c.From) {
				c.From = a.From
			}
			if a.To.After(c.To) {
				c.To = a.To
			}
		}
		c.From = c.From.Truncate(w.align)
		points := 0
		for _, a := range g {
			n := int((c.To.Sub(c.From) + a.Query.Period - 1) / a.Query.Period)
			if len(c.Asks) == MaxQueries || points+n > target.MaxPoints && len(c.Asks) > 0 {
				out = append(out, c)
				c.Asks, points = nil, 0
			}
			c.Asks, points = append(c.Asks, a), points+n
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Call) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Asks[0].Query.Key, b.Asks[0].Query.Key))
	})
	return out
}
