package picture

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/savings"
	"github.com/parley-ops/parley/services/renderer/internal/chart"
	"github.com/parley-ops/parley/services/renderer/internal/series"
)

// Look is how all charts of an installation look.
type Look struct {
	Theme    chart.Theme
	Location *time.Location
}

// History is the recent samples of series, by their id.
type History map[uint64]*eventv1.SeriesHistory

// Ask is what to fetch from the owner of one partition.
type Ask struct {
	Partition uint32
	Query     *eventv1.HistoryQuery
}

// Asks returns what is needed for a picture of an incident over a time: one
// query per partition for the conditions' series and, for a condition that
// comes without one because it holds no more, one by the incident's labels.
func Asks(change *eventv1.IncidentChanged, from, to time.Time) []Ask {
	ids := map[uint32][]uint64{}
	for _, c := range change.GetConditions() {
		s := c.GetSeries()
		if s.GetId() != 0 && !slices.Contains(ids[s.GetPartition()], s.GetId()) {
			ids[s.GetPartition()] = append(ids[s.GetPartition()], s.GetId())
		}
	}
	var asks []Ask
	for p, list := range ids {
		asks = append(asks, Ask{p, &eventv1.HistoryQuery{SeriesId: list, From: stamp(from), To: stamp(to), MaxSeries: uint32(len(list))}})
	}
	slices.SortFunc(asks, func(a, b Ask) int { return cmp.Compare(a.Partition, b.Partition) })
	if subject(change, change.GetConditions()) == nil {
		for _, c := range change.GetConditions() {
			if !savings.Drawn(c.GetMetric()) {
				continue
			}
			asks = append(asks, Ask{change.GetPartition(), &eventv1.HistoryQuery{
				Name: c.GetMetric(), Matchers: equal(change.GetLabels()), From: stamp(from), To: stamp(to), MaxSeries: 4,
			}})
		}
	}
	return asks
}

// equal matches the labels that have a value.
func equal(labels []*eventv1.Label) []*eventv1.Matcher {
	var ms []*eventv1.Matcher
	for _, l := range labels {
		if l.GetValue() != "" {
			ms = append(ms, &eventv1.Matcher{Label: l.GetName(), Op: eventv1.Matcher_OP_EQUAL, Value: l.GetValue()})
		}
	}
	return ms
}

// adopt gives the conditions that came without a series the one that was found
// for them, and returns all of them.
func (h History) adopt(change *eventv1.IncidentChanged) []*eventv1.ConditionState {
	conditions := change.GetConditions()
	if subject(change, conditions) != nil {
		return conditions
	}
	out := make([]*eventv1.ConditionState, len(conditions))
	for i, c := range conditions {
		c = proto.CloneOf(c)
		for id, one := range h { // the lowest id, so that the choice is always the same
			if one.GetSeries().GetName() == c.GetMetric() && (c.GetSeries().GetId() == 0 || id < c.GetSeries().GetId()) {
				c.Series = one.GetSeries()
			}
		}
		out[i] = c
	}
	return out
}

// points returns the samples of a condition's series that are within the time.
func (h History) points(c *eventv1.ConditionState, from, to time.Time) []series.Point {
	one := h[c.GetSeries().GetId()]
	n := min(len(one.GetTimeUnixMs()), len(one.GetValues()))
	points := make([]series.Point, 0, n)
	for i := range n {
		if at := time.UnixMilli(one.GetTimeUnixMs()[i]); !at.Before(from) && !at.After(to) {
			points = append(points, series.Point{At: at, Value: one.GetValues()[i]})
		}
	}
	return series.Clean(points)
}

// unit returns the condition's unit, or that of its series.
func (h History) unit(c *eventv1.ConditionState) string {
	return cmp.Or(c.GetUnit(), h[c.GetSeries().GetId()].GetUnit())
}

// subject returns the condition that a picture is about: the first that holds
// and has a series, else the first that has one. It is nil if none has. When all
// is over it is the first, whichever recovered: the one that was shown before.
func subject(change *eventv1.IncidentChanged, conditions []*eventv1.ConditionState) *eventv1.ConditionState {
	over := change.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED
	var any *eventv1.ConditionState
	for _, c := range conditions {
		switch {
		case !shown(c):
		case c.GetHolds() && !over:
			return c
		case any == nil:
			any = c
		}
	}
	return any
}

// shown reports whether a condition has something to be drawn.
func shown(c *eventv1.ConditionState) bool {
	return c.GetSeries().GetId() != 0 && savings.Drawn(c.GetMetric())
}

// fewest is from how many samples on a picture says more than their values do.
const fewest = 3

// telling reports whether points are worth a picture.
func telling(points []series.Point) bool {
	n := 0
	for _, p := range points {
		if p.Valid() {
			n++
		}
	}
	return n >= fewest
}

// limit returns the condition's threshold; nil if it has no number to draw.
func limit(c *eventv1.ConditionState, tone chart.Tone) *chart.Threshold {
	if !c.GetHasThreshold() {
		return nil
	}
	t := chart.Threshold{Value: c.GetThreshold()}
	if tone == chart.ToneWarning {
		t.Tone = tone
	}
	switch c.GetKind() {
	case "above":
		t.Equal = strings.HasPrefix(c.GetText(), "at least ")
	case "below":
		t.Below, t.Equal = true, strings.HasPrefix(c.GetText(), "at most ")
	case "outside", "anomaly": // the end of the range that the value passed
		t.Below = c.GetValue() < c.GetThreshold()
	default: // being there is bad, neither side is
		t.Neutral = true
		t.Label, _, _ = strings.Cut(c.GetText(), " for ")
	}
	return &t
}

// best are the labels that say best which resource it is.
var best = []string{"service", "instance", "host", "name", "queue", "pod", "device", "mount", "path"}

// title returns what and where: "latency.p99 · checkout-1".
func title(metric string, group, own []*eventv1.Label) string {
	if words := savings.Words(metric); words != metric {
		metric = capital(words)
	}
	return strings.Join(append([]string{metric}, where(group, own)...), " · ")
}

// where returns the values of up to three labels of the group, or of the series
// if the group has none.
func where(group, own []*eventv1.Label) []string {
	labels := label.FromProto(group).Map()
	delete(labels, label.Team)
	if len(labels) == 0 {
		labels = label.FromProto(own).Map()
		delete(labels, label.Team)
	}
	if labels["account_name"] != "" { // people know it by that
		delete(labels, "account")
	}
	if labels["name"] != "" && labels["account_name"] != "" { // and the resource by this
		for _, l := range []string{"resource", "resource_type", "instance_id", "instance_type", "db_instance_identifier", "db_instance_class"} {
			delete(labels, l)
		}
	}
	var parts []string
	names := slices.Concat(best, slices.Sorted(maps.Keys(labels)))
	for _, name := range names {
		v, n := labels[name], len(parts)
		delete(labels, name)
		switch {
		case v == "" || n == 3 || slices.Contains(parts, v):
		case n > 0 && strings.HasPrefix(v, parts[n-1]): // "checkout-1" says "checkout" too
			parts[n-1] = v
		default:
			parts = append(parts, v)
		}
	}
	return parts
}

// tone returns the colour of a severity.
func tone(s eventv1.Severity) chart.Tone {
	switch s {
	case eventv1.Severity_SEVERITY_CRITICAL:
		return chart.ToneCritical
	case eventv1.Severity_SEVERITY_WARNING:
		return chart.ToneWarning
	case eventv1.Severity_SEVERITY_INFO:
		return chart.ToneInfo
	}
	return chart.ToneNone
}

// nanUnless returns v if it is known, else NaN.
func nanUnless(known bool, v float64) float64 {
	if !known {
		return math.NaN()
	}
	return v
}

// capital makes the first letter a capital one.
func capital(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}
