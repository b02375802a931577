package verify

import (
	"math"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"

	"github.com/parley-ops/parley/services/internal/unit"
)

// Seen is what was found out by looking.
type Seen struct {
	// Incident as its partition's owner knows it now; nil: it knows none such,
	// that is, it is over and forgotten.
	Incident *eventv1.IncidentChanged
	// History of the condition's series; nil if it could not be had.
	History *eventv1.SeriesHistory
	// BetterWhen is lower, higher or "" for the condition's own direction.
	BetterWhen string
}

// Over reports whether the policy's own recovery ended the incident.
func Over(i *eventv1.IncidentChanged) bool {
	if i == nil {
		return true
	}
	switch i.GetReason() {
	case eventv1.IncidentReason_INCIDENT_REASON_RECOVERED, eventv1.IncidentReason_INCIDENT_REASON_WITHDRAWN, eventv1.IncidentReason_INCIDENT_REASON_UNSPECIFIED:
		return i.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED
	}
	return false
}

// Ended reports whether watching on is no use: it is over, by itself or by a
// person's word.
func Ended(i *eventv1.IncidentChanged) bool {
	return i == nil || i.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED
}

// Condition returns the condition that an incident is measured by: the first
// that holds and has a series.
func Condition(i *eventv1.IncidentChanged) *eventv1.ConditionState {
	var second *eventv1.ConditionState
	for _, c := range i.GetConditions() {
		if c.GetSeries() == nil {
			continue
		}
		if c.GetHolds() {
			return c
		}
		if second == nil {
			second = c
		}
	}
	return second
}

// Judge returns the verdict on a run at a time. run.Incident is the incident
// as it was when the run began.
func Judge(run *eventv1.RunChanged, s Seen, now time.Time) *eventv1.Verification {
	c := Condition(run.GetIncident())
	in := c.GetUnit()
	if in == "" {
		in = s.History.GetUnit()
	}
	before, okBefore := valueBefore(s.History, run.GetStartedAt().AsTime())
	if !okBefore && c != nil {
		before, okBefore = c.GetValue(), true
	}
	at := now
	if Over(s.Incident) && s.Incident.GetResolvedAt() != nil {
		at = s.Incident.GetResolvedAt().AsTime()
	}
	after, okAfter := valueAfter(s.History, run.GetFinishedAt().AsTime())
	v := &eventv1.Verification{At: timestamppb.New(now), After: durationpb.New(max(at.Sub(run.GetFinishedAt().AsTime()), 0)), Unit: in}
	change := ""
	if okBefore && okAfter {
		v.Before, v.Now = before, after
		change = ": " + unit.Format(before, in) + " → " + unit.Format(after, in)
	}
	took := unit.Duration(v.GetAfter().AsDuration())
	switch {
	case Over(s.Incident):
		v.Effect, v.Text = eventv1.Effect_EFFECT_RECOVERED, "recovered in "+took+change
	case !okBefore || !okAfter:
		v.Effect, v.Text = eventv1.Effect_EFFECT_NOT_MEASURABLE, "no telling after "+took+": there is no value to compare"
	default:
		v.Effect, v.Text = compare(c, s.BetterWhen, before, after)
		v.Text += " after " + took + change
		if Ended(s.Incident) {
			v.Text += " (the incident was closed meanwhile, not by recovery)"
		}
	}
	return v
}

func compare(c *eventv1.ConditionState, betterWhen string, before, after float64) (eventv1.Effect, string) {
	least := math.Abs(before) / 100
	if c.GetHasThreshold() {
		least = max(least, math.Abs(before-c.GetThreshold())/10)
	}
	gain := after - before
	switch direction(c, betterWhen, before) {
	case "lower":
		gain = -gain
	case "":
		return eventv1.Effect_EFFECT_NOT_MEASURABLE, "no telling which way is better"
	}
	switch {
	case gain >= least && gain > 0:
		return eventv1.Effect_EFFECT_BETTER, "better, but the incident is still open"
	case -gain >= least && gain < 0:
		return eventv1.Effect_EFFECT_WORSE, "worse"
	}
	return eventv1.Effect_EFFECT_NONE, "no effect"
}

// direction returns where better is: lower, higher, or "" if nothing says.
func direction(c *eventv1.ConditionState, betterWhen string, before float64) string {
	switch {
	case betterWhen != "":
		return betterWhen
	case strings.HasPrefix(c.GetKind(), "above"):
		return "lower"
	case strings.HasPrefix(c.GetKind(), "below"):
		return "higher"
	case c.GetHasThreshold() && before > c.GetThreshold():
		return "lower"
	case c.GetHasThreshold() && before < c.GetThreshold():
		return "higher"
	}
	return ""
}

// valueBefore returns the last value at or before t.
func valueBefore(h *eventv1.SeriesHistory, t time.Time) (float64, bool) {
	for i := len(h.GetValues()) - 1; i >= 0; i-- {
		if i < len(h.GetTimeUnixMs()) && h.GetTimeUnixMs()[i] <= t.UnixMilli() {
			return h.GetValues()[i], true
		}
	}
	return 0, false
}

// valueAfter returns the newest value, if it is from after t.
func valueAfter(h *eventv1.SeriesHistory, t time.Time) (float64, bool) {
	i := len(h.GetValues()) - 1
	if i < 0 || i >= len(h.GetTimeUnixMs()) || h.GetTimeUnixMs()[i] <= t.UnixMilli() {
		return 0, false
	}
	return h.GetValues()[i], true
}
