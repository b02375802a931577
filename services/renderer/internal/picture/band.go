package picture

import (
	"math"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/renderer/internal/chart"
	"github.com/parley-ops/parley/services/renderer/internal/series"
)

// bands returns what was expected of the series of a condition that was judged
// by that; nothing for any other condition.
func (h History) bands(c *eventv1.ConditionState, from, to time.Time) []chart.Band {
	one := h[c.GetSeries().GetId()]
	n := min(len(one.GetTimeUnixMs()), len(one.GetExpected()), len(one.GetLower()), len(one.GetUpper()))
	if !c.GetHasBand() || n == 0 {
		return nil
	}
	b := chart.Band{Name: "usual"}
	for i := range n {
		at := time.UnixMilli(one.GetTimeUnixMs()[i])
		lo, mid, hi := one.GetLower()[i], one.GetExpected()[i], one.GetUpper()[i]
		if at.Before(from) || at.After(to) || math.IsNaN(lo) || math.IsNaN(hi) || math.IsNaN(mid) {
			continue
		}
		b.Lower = append(b.Lower, series.Point{At: at, Value: lo})
		b.Middle = append(b.Middle, series.Point{At: at, Value: mid})
		b.Upper = append(b.Upper, series.Point{At: at, Value: hi})
	}
	if len(b.Lower) < 2 {
		return nil
	}
	return []chart.Band{b}
}
