package incident

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/evaluator/internal/memory"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/unit"
)

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

// note says how many of the last datapoints held.
func (n *counting) note(d *memory.Datapoints) string {
	return fmt.Sprintf("%d of the last %d datapoints", d.Count(n.of), n.of)
}

// pastNote says how the newest value differs from the past.
func (sl *slot) pastNote(x *series) string {
	past, u := &x.mem.pasts[sl.past], unitOf(x)
	ago := func(at int64) string { return unit.Duration(time.Duration(x.at-at) * time.Millisecond) }
	if sl.Past.Form == policy.Jump {
		lo, hi, ok := past.Range(x.at)
		if !ok {
			return ""
		}
		return fmt.Sprintf("between %s and %s within %s", unit.Format(lo, u), unit.Format(hi, u), unit.Duration(past.Span()))
	}
	then, ok := past.Ago(x.at, past.Span().Milliseconds()/2)
	if !ok || then.At >= x.at {
		return ""
	}
	if sl.Past.Form == policy.Rate {
		per := map[time.Duration]string{time.Second: "second", time.Minute: "minute", time.Hour: "hour", 24 * time.Hour: "day"}[sl.Past.Per]
		rate := (x.last - then.Value) * float64(sl.Past.Per.Milliseconds()) / float64(x.at-then.At)
		verb := "rises"
		if rate < 0 {
			verb = "falls"
		}
		return fmt.Sprintf("%s by %s a %s since %s ago", verb, unit.Format(math.Abs(rate), u), per, ago(then.At))
	}
	text := "it was " + unit.Format(then.Mean, u) + " " + ago(then.At) + " ago"
	if then.Mean != 0 {
		text += fmt.Sprintf(" (%+.0f %%)", 100*(x.last-then.Mean)/math.Abs(then.Mean))
	}
	return text
}

// learnedNote says what was expected, and how sure that is.
func (sl *slot) learnedNote(x *series) string {
	if sl.Forecast != nil {
		r := &x.mem.reach[sl.reach]
		switch {
		case x.mem.fill.Learning():
			return "still learning"
		case !r.ok:
			return "not within two weeks"
		}
		in := time.Duration(r.full.Hours * float64(time.Hour)).Truncate(time.Minute)
		return fmt.Sprintf("in about %s, %.0f %% sure", unit.Duration(in), 100*r.full.Confidence)
	}
	o, u, by := outlookOf(x, sl), unitOf(x), ""
	if sl.given >= 0 {
		by = " given " + strings.Join(sl.Baseline.Given, " and ")
	}
	switch {
	case o.learning:
		return "still learning"
	case !o.known:
		return "nothing is expected" + by + ": no value of the same time"
	}
	text := fmt.Sprintf("%s expected%s, %s to %s is usual", unit.Format(o.expected, u), by, unit.Format(o.lower, u), unit.Format(o.upper, u))
	if sl.Rarity > 0 && x.mem.bases[sl.base].onset > 0 {
		text += fmt.Sprintf(", a false alert about once in %.0f days", x.mem.bases[sl.base].onset)
	}
	return text
}
