package picture

import (
	"fmt"
	"math"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/savings"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/renderer/internal/chart"
	"github.com/parley-ops/parley/services/renderer/internal/series"
)

// Wanted reports whether people are shown a picture of this change: not while
// an incident is pending, and not of one that never opened.
func Wanted(change *eventv1.IncidentChanged) bool {
	switch change.GetState() {
	case eventv1.IncidentState_INCIDENT_STATE_OPEN:
		return true
	case eventv1.IncidentState_INCIDENT_STATE_RESOLVED:
		return change.GetOpenedAt() != nil && change.GetReason() != eventv1.IncidentReason_INCIDENT_REASON_WITHDRAWN
	}
	return false
}

// Incident returns the picture of an incident and its text for those who
// cannot see it; false if there is nothing to show.
func Incident(change *eventv1.IncidentChanged, history History, look Look) (spec chart.Spec, alt string, ok bool) {
	conditions := history.adopt(change)
	about := subject(change, conditions)
	resolved := change.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED
	from, to := Window(change)
	breach := chart.Span{From: instant(change.GetBeganAt())}
	if since := instant(about.GetSince()); (about.GetHolds() || resolved) && !since.IsZero() {
		breach.From = since
	}
	if breach.From.IsZero() {
		breach.From = to
	}
	reach, _ := Reach(change)
	from = widen(from, to, &breach, limit(about, tone(change.GetSeverity())), history.points(about, reach, to))
	points := history.points(about, from, to)
	if !telling(points) {
		return chart.Spec{}, "", false
	}
	spec = chart.Spec{
		Kind:  chart.KindBreach,
		Title: title(about.GetMetric(), change.GetLabels(), about.GetSeries().GetLabels()),
		Unit:  history.unit(about), From: begin(from, to, points), To: to, Location: look.Location, Theme: look.Theme,
		Tone: tone(change.GetSeverity()),
	}
	spec.Series, spec.Thresholds = lines(conditions, about, points, history, spec)
	if spec.Bands = history.bands(about, spec.From, to); spec.Bands != nil {
		spec.Thresholds = nil // the band is the limit, and it moves
	}

	mark := limit(about, spec.Tone)
	if resolved {
		breach.To = ended(change, mark, points, breach.From)
	}
	spec.Breaches = []chart.Span{breach}

	f := finding(change, about, mark, points, breach)
	f.What, f.Unit = spec.Title, spec.Unit
	alt = f.String()
	spec.Subtitle = subtitle(change, f)
	for _, c := range others(conditions, about) {
		if panel, what, ok := also(change, c, history, spec); ok {
			spec.More = append(spec.More, panel)
			alt += "; " + what
		}
	}
	if resolved {
		spec.Tone = chart.ToneGood // what was bad keeps the colour of its threshold
		alt = "Resolved: " + alt
	}
	return spec, alt, true
}

// others returns one condition for each further metric that has a series, those
// that hold first.
func others(conditions []*eventv1.ConditionState, about *eventv1.ConditionState) []*eventv1.ConditionState {
	seen := map[string]bool{about.GetMetric(): true}
	var out []*eventv1.ConditionState
	for _, holds := range []bool{true, false} {
		for _, c := range conditions {
			if c.GetHolds() == holds && shown(c) && !seen[c.GetMetric()] {
				seen[c.GetMetric()] = true
				out = append(out, c)
			}
		}
	}
	return out
}

// also returns another condition's metric over the same time, and what it says.
func also(change *eventv1.IncidentChanged, c *eventv1.ConditionState, history History, spec chart.Spec) (chart.Panel, string, bool) {
	points := history.points(c, spec.From, spec.To)
	if !telling(points) {
		return chart.Panel{}, "", false
	}
	p := chart.Panel{Title: savings.Words(c.GetMetric()), Unit: history.unit(c), Breaches: spec.Breaches, Series: []chart.Series{{Points: points}}}
	mark := limit(c, spec.Tone)
	if p.Bands = history.bands(c, spec.From, spec.To); mark != nil && p.Bands == nil {
		p.Thresholds = []chart.Threshold{*mark}
	}
	if !c.GetHolds() {
		p.Breaches = nil
	} else if since := instant(c.GetSince()); !since.IsZero() {
		p.Breaches = []chart.Span{{From: since}}
		widen(spec.From, spec.To, &p.Breaches[0], mark, points)
	}
	span := spec.Breaches[0]
	if since := instant(c.GetSince()); !since.IsZero() && (c.GetHolds() || !span.To.IsZero()) {
		span.From = since
		widen(spec.From, spec.To, &span, mark, points)
	}
	f := finding(change, c, mark, points, span)
	f.What, f.Unit, f.Was, f.Over = p.Title, p.Unit, math.NaN(), false
	if !f.Bounded {
		f.For = 0
	}
	return p, f.String(), true
}

// lines returns the series of every condition on the subject's metric, the
// subject's first, with their thresholds.
func lines(conditions []*eventv1.ConditionState, about *eventv1.ConditionState, points []series.Point, history History, spec chart.Spec) ([]chart.Series, []chart.Threshold) {
	all := []chart.Series{{Name: name(about), Points: points}}
	seen := map[uint64]bool{about.GetSeries().GetId(): true}
	var limits []chart.Threshold
	add := func(c *eventv1.ConditionState) {
		t := limit(c, spec.Tone)
		if t == nil {
			return
		}
		for _, have := range limits {
			if have.Value == t.Value && have.Below == t.Below {
				return
			}
		}
		limits = append(limits, *t)
	}
	add(about)
	for _, c := range conditions {
		if c.GetMetric() != about.GetMetric() || history.unit(c) != history.unit(about) {
			continue
		}
		add(c)
		if id := c.GetSeries().GetId(); id != 0 && !seen[id] {
			seen[id] = true
			if more := history.points(c, spec.From, spec.To); len(more) > 0 {
				all = append(all, chart.Series{Name: name(c), Points: more})
			}
		}
	}
	return all, limits
}

// name returns what tells a series from others of its metric.
func name(c *eventv1.ConditionState) string {
	return strings.Join(where(nil, c.GetSeries().GetLabels()), " · ")
}

// lasting is from how long on what is below its limit is told by the most that
// it came to.
const lasting = 24 * time.Hour

// finding returns what the numbers say.
func finding(change *eventv1.IncidentChanged, about *eventv1.ConditionState, mark *chart.Threshold, points []series.Point, breach chart.Span) chart.Finding {
	last, _ := series.Last(points)
	f := chart.Finding{
		Value: last.Value, Limit: mark, Was: nanUnless(about.GetHasBefore(), about.GetBefore()), Peak: math.NaN(),
		Over: change.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED,
	}
	if since := instant(about.GetSince()); about.GetHolds() && breach.From.Before(since) { // nobody looked when it began
		f.Was = series.Median(series.Between(points, time.Time{}, breach.From))
	}
	until := instant(change.GetAt())
	if f.Over {
		until = breach.To
	} else if about.GetHolds() && about.GetValueAt() != nil {
		f.Value = about.GetValue()
	}
	f.For = until.Sub(breach.From)
	worst, ok := series.Worst(series.Between(points, breach.From, until.Add(1)), mark != nil && mark.Below)
	if ok && mark != nil {
		f.Peak = worst.Value
	}
	if ok && mark != nil && mark.Below && f.For >= lasting {
		most, _ := series.Worst(series.Between(points, breach.From, until.Add(1)), false)
		f.Most, f.Bounded = most.Value, true
	}
	return f
}

// ended returns when the values stopped to be beyond the limit, which is
// before the incident was resolved by as long as recovery has to last.
func ended(change *eventv1.IncidentChanged, mark *chart.Threshold, points []series.Point, began time.Time) time.Time {
	end := instant(change.GetResolvedAt())
	if end.IsZero() {
		end = instant(change.GetAt())
	}
	if mark == nil {
		return end
	}
	last := time.Time{}
	for _, p := range series.Between(points, began, end) {
		if (mark.Below && p.Value < mark.Value) || (!mark.Below && p.Value > mark.Value) {
			last = p.At
		}
	}
	if last.IsZero() {
		return end
	}
	return last
}

// subtitle says in one line what happened.
func subtitle(change *eventv1.IncidentChanged, f chart.Finding) string {
	switch words := f.Words(); {
	case change.GetReason() == eventv1.IncidentReason_INCIDENT_REASON_NO_DATA:
		return "No data: nothing came any more"
	case change.GetReason() == eventv1.IncidentReason_INCIDENT_REASON_GONE:
		return "Gone, not recovered: " + change.GetDetail()
	case f.Over && f.Limit == nil:
		return "Resolved after " + unit.Duration(f.For)
	case f.Over:
		return "Resolved, " + words
	case words == "" && f.For < time.Second:
		return "Now " + unit.Format(f.Value, f.Unit)
	case words == "":
		return fmt.Sprintf("For %s, now %s", unit.Duration(f.For), unit.Format(f.Value, f.Unit))
	default:
		return capital(words)
	}
}
