package picture

import (
	"math"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/renderer/internal/chart"
	"github.com/parley-ops/parley/services/renderer/internal/series"
)

// bands returns what was expected of the series of a condition that was judged by
// that: by its own past, then by the metrics that explain it; nothing for any other
// condition.
func (h History) bands(c *eventv1.ConditionState, from, to time.Time) []chart.Band {
	one := h[c.GetSeries().GetId()]
	if !c.GetHasBand() {
		return nil
	}
	var out []chart.Band
	add := func(name string, e *eventv1.Expectation) {
		if b := bandOf(one.GetTimeUnixMs(), e, from, to); len(b.Lower) > 1 {
			b.Name = name
			out = append(out, b)
		}
	}
	add("usual", &eventv1.Expectation{Expected: one.GetExpected(), Lower: one.GetLower(), Upper: one.GetUpper()})
	for _, e := range one.GetGiven()[:min(len(one.GetGiven()), 1)] {
		add("given "+strings.Join(e.GetGiven(), " and "), e)
	}
	return out
}

func bandOf(times []int64, e *eventv1.Expectation, from, to time.Time) (b chart.Band) {
	for i := range min(len(times), len(e.GetExpected()), len(e.GetLower()), len(e.GetUpper())) {
		at := time.UnixMilli(times[i])
		lo, mid, hi := e.GetLower()[i], e.GetExpected()[i], e.GetUpper()[i]
		if at.Before(from) || at.After(to) || math.IsNaN(lo) || math.IsNaN(hi) || math.IsNaN(mid) {
			continue
		}
		b.Lower = append(b.Lower, series.Point{At: at, Value: lo})
		b.Middle = append(b.Middle, series.Point{At: at, Value: mid})
		b.Upper = append(b.Upper, series.Point{At: at, Value: hi})
	}
	return b
}
