package incident

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/parley-ops/parley/services/evaluator/forecast"
	"github.com/parley-ops/parley/services/evaluator/internal/condition"
	"github.com/parley-ops/parley/services/evaluator/internal/memory"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/unit"
)

// memories are what the conditions on a series keep of it; a series that no
// condition asks for any has none.
type memories struct {
	pasts  []memory.Past       // by span, as remembers has them
	counts []memory.Datapoints // one for each slot that counts
	bases  []baseline          // by zone
	given  []explained         // by the metrics that explain it
	fill   *forecast.Filling   // of a series with a forecast
	reach  []reaching          // one for each slot with a forecast
	events *happenings         // of a series with a condition on events
}

// remembers is what the series of a list have to keep.
type remembers struct {
	spans  []time.Duration
	counts int
	zones  []string
	given  [][]string
	reach  int
	events int
}

// counting is how many of the last datapoints have to hold.
type counting struct {
	hold, of int
	every    int64 // ms; 0: each sample
	missing  memory.Missing
}

func countingOf(c *policy.Condition) *counting {
	d := c.Datapoints
	if d == nil {
		return nil
	}
	n := &counting{hold: d.Hold, of: d.Of, every: d.Every.Milliseconds()}
	switch d.Missing {
	case policy.Breaching:
		n.missing = memory.Bad
	case policy.NotBreaching:
		n.missing = memory.Good
	case policy.Ignore:
		n.missing = memory.Ignored
	}
	return n
}

func (n *counting) holds(d *memory.Datapoints, was bool) bool {
	switch d.Judge(n.hold, n.of, n.missing) {
	case memory.Holds:
		return true
	case memory.HoldsNot:
		return false
	}
	return was
}

// lapsed reports whether all that a sample could be judged with was missing for so
// long that it is no longer what was, where silence means that it does not hold.
func (sl *slot) lapsed(d *memory.Datapoints, at int64) bool {
	n := sl.points
	return n.every > 0 && n.missing == memory.Missed && sl.rule.p.NoData == policy.OK && !d.Fresh() && at/n.every-d.Newest()/n.every > int64(n.of)+2
}

// remember notes in the list what a slot needs of its series.
func (l *list) remember(sl *slot, u string) {
	sl.past, sl.count, sl.base, sl.given, sl.reach, sl.event = -1, -1, -1, -1, -1, -1
	l.timed = l.timed || sl.kind.Timed || sl.Event != nil || sl.points != nil && sl.points.every > 0
	l.waits = max(l.waits, sl.Silence.Milliseconds())
	if sl.Past == nil && sl.points == nil && sl.Event == nil && !sl.learns() && (sl.Expr == nil || len(sl.Expr.Spans) == 0) {
		return
	}
	if l.remembers == nil {
		l.remembers = &remembers{}
	}
	if p := sl.Past; p != nil {
		if !p.Share {
			sl.by = p.By.In(u)
		}
		if sl.past = slices.Index(l.remembers.spans, p.Span); sl.past < 0 {
			sl.past = len(l.remembers.spans)
			l.remembers.spans = append(l.remembers.spans, p.Span)
		}
	}
	if sl.Expr != nil {
		for _, name := range slices.Sorted(maps.Keys(sl.Expr.Spans)) {
			l.rememberSpan(sl.Expr.Spans[name])
		}
	}
	if b := sl.Baseline; b != nil {
		sl.by = b.By.In(u)
		l.rememberBaseline(sl)
	}
	if sl.Forecast != nil {
		sl.reach = l.remembers.reach
		l.remembers.reach++
	}
	if sl.Event != nil {
		sl.event = l.remembers.events
		l.remembers.events++
	}
	if sl.points != nil {
		sl.count = l.remembers.counts
		l.remembers.counts++
	}
}

// rememberSpan notes how far back something looks.
func (l *list) rememberSpan(span time.Duration) {
	if l.remembers == nil {
		l.remembers = &remembers{}
	}
	if !slices.Contains(l.remembers.spans, span) {
		l.remembers.spans = append(l.remembers.spans, span)
	}
}

// rememberBaseline notes what it is expected by: its own past, or other metrics.
func (l *list) rememberBaseline(sl *slot) {
	b := sl.Baseline
	if len(b.Given) == 0 {
		if sl.base = slices.Index(l.remembers.zones, b.Zone); sl.base < 0 {
			sl.base = len(l.remembers.zones)
			l.remembers.zones = append(l.remembers.zones, b.Zone)
		}
		return
	}
	sl.given = slices.IndexFunc(l.remembers.given, func(names []string) bool { return slices.Equal(names, b.Given) })
	if sl.given < 0 {
		sl.given = len(l.remembers.given)
		l.remembers.given = append(l.remembers.given, b.Given)
	}
}

// numbers returns what a condition compares the newest value with, where that is
// not a number of the policy; false if it is not known, or stale.
func (s *State) numbers(x *series, sl *slot) (condition.Params, bool) {
	if sl.Other != nil {
		return s.against(x, sl)
	}
	switch {
	case sl.Past != nil:
		return sl.then(x)
	case sl.Baseline != nil:
		return sl.bounds(outlookOf(x, sl))
	}
	if sl.Expr != nil {
		return sl.params, true
	}
	return sl.params, !x.mem.fill.Learning()
}

// against returns the numbers of a condition that compares with another
// metric of the same resource; false if that has no value, or a stale one.
func (s *State) against(x *series, sl *slot) (p condition.Params, ok bool) {
	for _, j := range x.res.series {
		y := &s.series[j]
		if y.name == sl.Other.Metric && y.at > 0 && s.time-y.seen <= sl.window(y.interval) {
			p = sl.params
			p.At = y.last*sl.Other.Times + sl.Other.Plus
			return p, true
		}
	}
	return p, false
}

// then returns the numbers of a condition that compares with the series' past,
// as values that the newest one would have to pass.
func (sl *slot) then(x *series) (p condition.Params, ok bool) {
	past := &x.mem.pasts[sl.past]
	p = sl.params
	if sl.Past.Form == policy.Jump {
		lo, hi, ok := past.Range(x.at)
		p.At, p.To = hi-sl.away(hi), lo+sl.away(lo)
		if sl.Kind == "above" {
			p.At = p.To
		}
		return p, ok
	}
	span := past.Span().Milliseconds()
	if sl.Past.Form == policy.Rate {
		then, ok := past.Ago(x.at, span/2)
		per := float64(x.at-then.At) / float64(sl.Past.Per.Milliseconds())
		for _, n := range []*float64{&p.At, &p.To, &p.Until, &p.UntilTo} {
			*n = then.Value + *n*per
		}
		return p, ok && then.At < x.at
	}
	then, ok := past.Ago(x.at, min(span/4, 3*int64(x.interval)/2))
	switch by := sl.away(then.Mean); sl.Kind {
	case "above":
		p.At = then.Mean + by
	case "below":
		p.At = then.Mean - by
	default:
		p.At, p.To = then.Mean-by, then.Mean+by
	}
	return p, ok && then.At < x.at
}

// away returns how far from a past value the threshold is.
func (sl *slot) away(v float64) float64 {
	if sl.Past.Share {
		return math.Abs(v) * sl.Past.By.Value
	}
	return sl.by
}

// noteOf says what was measured, where the value alone does not say it.
func (s *State) noteOf(x *series, sl *slot) string {
	text := ""
	if x.mem != nil && sl.Past != nil && x.at > 0 {
		text = sl.pastNote(x)
	}
	if sl.learns() && x.mem != nil {
		text = sl.learnedNote(x)
		if name := s.unlearned(x); name != "" {
			text = join(text, "not learned: maintenance "+name)
		}
	}
	switch {
	case sl.Event != nil && x.mem != nil:
		text = x.mem.events.of[sl.event].note()
	case sl.count >= 0 && x.mem != nil:
		text = join(text, sl.points.note(&x.mem.counts[sl.count]))
	case sl.kind.Timed && x.at > 0:
		text = "the newest value is " + unit.Duration(time.Duration(s.time-x.at)*time.Millisecond) + " old"
	}
	return text
}
