package picture

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/savings"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/renderer/internal/chart"
	"github.com/parley-ops/parley/services/renderer/internal/series"
)

const (
	// mostLines is how many series a picture that a person asked for shows, and
	// mostPairs how many beside what they were before.
	mostLines = 8
	mostPairs = 3
)

// Drawing is a picture that a person asked for.
type Drawing struct {
	Spec chart.Spec
	Alt  string
	// Note is what was asked for and is not there, in words.
	Note string
}

// graphed is one series of it.
type graphed struct {
	of          *eventv1.SeriesHistory
	now, before []series.Point
	last        float64
}

// GraphAsk returns what to fetch for a picture that a person asked for.
func GraphAsk(q *eventv1.DrawQuery) *eventv1.HistoryQuery {
	from := q.GetFrom().AsTime().Add(-q.GetVersus().AsDuration())
	return &eventv1.HistoryQuery{Name: q.GetName(), Matchers: q.GetMatchers(), From: stamp(from), To: q.GetTo()}
}

// Graph returns the picture of a metric; false if there is nothing to show.
func Graph(q *eventv1.DrawQuery, found []*eventv1.SeriesHistory, look Look) (d Drawing, ok bool) {
	from, to, versus := q.GetFrom().AsTime(), q.GetTo().AsTime(), q.GetVersus().AsDuration()
	all := collect(found, from, to, versus)
	if len(all) == 0 {
		return d, false
	}
	total, shown := len(all), mostLines
	if versus > 0 {
		shown = mostPairs
	}
	all = all[:min(shown, total)]
	what := savings.Words(q.GetName())
	if total == 1 {
		what = title(q.GetName(), nil, all[0].of.GetSeries().GetLabels())
	} else if words := matched(q.GetMatchers()); words != "" {
		what += " · " + words
	}
	var points []series.Point
	for _, g := range all {
		points = append(points, g.now...)
	}
	points = series.Clean(points)
	d.Spec = chart.Spec{Kind: chart.KindBreach, Title: what, Unit: all[0].of.GetUnit(), From: begin(from, to, points), To: to,
		Location: look.Location, Theme: look.Theme}
	names := tellApart(all)
	earlier := 0
	for i, g := range all {
		name := names[i]
		if versus > 0 && total == 1 {
			name = "now"
		}
		d.Spec.Series = append(d.Spec.Series, chart.Series{Name: name, Points: g.now})
		if len(g.before) > 0 {
			earlier++
		}
	}
	if earlier > 0 {
		d.Spec.From = from
		for i, g := range all {
			if len(g.before) == 0 {
				continue
			}
			name := Before(versus)
			if total > 1 {
				name = names[i] + " " + name
			}
			d.Spec.Series = append(d.Spec.Series, chart.Series{Name: name, Points: g.before, Dashed: true})
		}
	}
	d.Spec.Subtitle = graphFinding(all[0], total, d.Spec.Unit)
	d.Alt = what + ": " + d.Spec.Subtitle + ", in the last " + unit.Duration(to.Sub(d.Spec.From))
	if versus > 0 && len(all[0].before) > 0 {
		words := compared(all[0], d.Spec.Unit, versus)
		if total == 1 { // of several there is no room for it
			d.Spec.Subtitle += ", " + words
		}
		d.Alt += "; " + words
	}
	d.Note = graphNote(found, q, earlier, len(all), total)
	return d, true
}

// collect returns the series that have values in the time, the highest first.
func collect(found []*eventv1.SeriesHistory, from, to time.Time, versus time.Duration) []graphed {
	var all []graphed
	for _, h := range found {
		g := graphed{of: h}
		for i := range min(len(h.GetTimeUnixMs()), len(h.GetValues())) {
			at, v := time.UnixMilli(h.GetTimeUnixMs()[i]), h.GetValues()[i]
			if !at.Before(from) && !at.After(to) {
				g.now = append(g.now, series.Point{At: at, Value: v})
			}
			if then := at.Add(versus); versus > 0 && !then.Before(from) && !then.After(to) {
				g.before = append(g.before, series.Point{At: then, Value: v})
			}
		}
		g.now, g.before = series.Clean(g.now), series.Clean(g.before)
		if last, ok := series.Last(g.now); ok {
			g.last = last.Value
			all = append(all, g)
		}
	}
	slices.SortFunc(all, func(a, b graphed) int {
		return cmp.Or(cmp.Compare(b.last, a.last), cmp.Compare(a.of.GetSeries().GetId(), b.of.GetSeries().GetId()))
	})
	return all
}

// tellApart names each series by the labels in which they differ.
func tellApart(all []graphed) []string {
	values := map[string]map[string]bool{}
	for _, g := range all {
		for _, l := range g.of.GetSeries().GetLabels() {
			if values[l.GetName()] == nil {
				values[l.GetName()] = map[string]bool{}
			}
			values[l.GetName()][l.GetValue()] = true
		}
	}
	names := make([]string, len(all))
	for i, g := range all {
		var differing []*eventv1.Label
		for _, l := range g.of.GetSeries().GetLabels() {
			if len(values[l.GetName()]) > 1 || len(all) == 1 {
				differing = append(differing, l)
			}
		}
		names[i] = strings.Join(where(differing, g.of.GetSeries().GetLabels()), " · ")
	}
	return names
}

// matched writes the matchers that were asked for.
func matched(in []*eventv1.Matcher) string {
	ms, err := label.MatchersFromProto(in)
	if err != nil {
		return ""
	}
	return ms.String()
}

// graphFinding says what the picture shows: of one series how it was, of
// several how far they are apart.
func graphFinding(first graphed, total int, u string) string {
	text := "now " + unit.Format(first.last, u)
	if total > 1 {
		text = fmt.Sprintf("%d series, the highest now %s", total, unit.Format(first.last, u))
	}
	lo, hi, ok := series.Bounds(first.now)
	if ok && lo < hi {
		text += fmt.Sprintf(" (%s to %s)", unit.Format(lo, u), unit.Format(hi, u))
	}
	return text
}

// compared says how the time shown differs from the one before, by the medians.
func compared(g graphed, u string, versus time.Duration) string {
	now, then := series.Median(g.now), series.Median(g.before)
	text := fmt.Sprintf("usually %s against %s %s", unit.Format(now, u), unit.Format(then, u), Before(versus))
	change := 100 * (now - then) / math.Abs(then)
	switch {
	case then == 0 || math.IsNaN(change) || math.IsInf(change, 0):
		return text
	case math.Abs(change) < 1:
		return text + ": the same"
	case change > 0:
		return text + fmt.Sprintf(": %.0f %% more", change)
	}
	return text + fmt.Sprintf(": %.0f %% less", -change)
}

// Before says how much earlier, in words: "a week before".
func Before(d time.Duration) string {
	switch d {
	case time.Hour:
		return "an hour before"
	case 24 * time.Hour:
		return "a day before"
	case 7 * 24 * time.Hour:
		return "a week before"
	}
	return unit.Duration(d) + " before"
}

// graphNote says what was asked for and is not in the picture.
func graphNote(found []*eventv1.SeriesHistory, q *eventv1.DrawQuery, earlier, shown, total int) string {
	var notes []string
	if shown < total {
		notes = append(notes, fmt.Sprintf("shown are the %d highest of %d series", shown, total))
	}
	if versus := q.GetVersus().AsDuration(); versus > 0 && earlier == 0 {
		oldest := int64(math.MaxInt64)
		for _, h := range found {
			if t := h.GetTimeUnixMs(); len(t) > 0 {
				oldest = min(oldest, t[0])
			}
		}
		text := "there is no history of " + Before(versus) + " to compare with"
		if oldest < math.MaxInt64 {
			text += ": it begins " + unit.Duration(q.GetTo().AsTime().Sub(time.UnixMilli(oldest))) + " ago"
		}
		notes = append(notes, text)
	}
	return strings.Join(notes, "; ")
}
