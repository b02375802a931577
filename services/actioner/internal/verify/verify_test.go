package verify

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

var began = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func at(d time.Duration) *timestamppb.Timestamp { return timestamppb.New(began.Add(d)) }

func TestJudge(t *testing.T) {
	t.Parallel()
	open := &eventv1.IncidentChanged{State: eventv1.IncidentState_INCIDENT_STATE_OPEN}
	ended := func(r eventv1.IncidentReason, after time.Duration) *eventv1.IncidentChanged {
		return &eventv1.IncidentChanged{State: eventv1.IncidentState_INCIDENT_STATE_RESOLVED, Reason: r, ResolvedAt: at(after)}
	}
	recovered := ended(eventv1.IncidentReason_INCIDENT_REASON_RECOVERED, 2*time.Second+3*time.Minute)
	above := &eventv1.ConditionState{Kind: "above", Holds: true, Threshold: 85, HasThreshold: true, Value: 97, Unit: "%", Series: &eventv1.SeriesRef{Id: 1}}
	below := &eventv1.ConditionState{Kind: "below", Holds: true, Threshold: 10, HasThreshold: true, Value: 4, Series: &eventv1.SeriesRef{Id: 1}}
	other := &eventv1.ConditionState{Kind: "missing", Holds: true, Value: 4, Series: &eventv1.SeriesRef{Id: 1}}
	bytes := &eventv1.ConditionState{Kind: "above", Holds: true, Threshold: 1 << 30, HasThreshold: true, Unit: "bytes", Series: &eventv1.SeriesRef{Id: 1}}
	history := func(values ...float64) *eventv1.SeriesHistory { // at -10 s, 0 s, then every 10 s
		h := &eventv1.SeriesHistory{}
		for i, v := range values {
			h.Values, h.TimeUnixMs = append(h.Values, v), append(h.TimeUnixMs, began.Add(time.Duration(i-1)*10*time.Second).UnixMilli())
		}
		return h
	}
	for name, c := range map[string]struct {
		condition *eventv1.ConditionState
		seen      Seen
		want      eventv1.Effect
		text      string
	}{
		"recovered":                      {above, Seen{Incident: recovered, History: history(96, 97, 35)}, eventv1.Effect_EFFECT_RECOVERED, "recovered in 3 min: 97 % → 35 %"},
		"recovered, no history":          {above, Seen{Incident: recovered}, eventv1.Effect_EFFECT_RECOVERED, "recovered in 3 min"},
		"recovered, no condition at all": {nil, Seen{Incident: recovered}, eventv1.Effect_EFFECT_RECOVERED, "recovered in 3 min"},
		"forgotten":                      {above, Seen{History: history(96, 97, 35)}, eventv1.Effect_EFFECT_RECOVERED, "recovered in 5 min: 97 % → 35 %"},
		"closed by a person":             {above, Seen{Incident: ended(eventv1.IncidentReason_INCIDENT_REASON_RESOLVED_BY_PERSON, 0), History: history(96, 97, 97)}, eventv1.Effect_EFFECT_NONE, "no effect after 5 min: 97 % → 97 % (the incident was closed meanwhile, not by recovery)"},
		"policy removed":                 {above, Seen{Incident: ended(eventv1.IncidentReason_INCIDENT_REASON_POLICY_REMOVED, 0)}, eventv1.Effect_EFFECT_NOT_MEASURABLE, "no telling after 5 min: there is no value to compare"},
		"no data is no recovery":         {above, Seen{Incident: ended(eventv1.IncidentReason_INCIDENT_REASON_NO_DATA_OK, 0), History: history(96, 97)}, eventv1.Effect_EFFECT_NOT_MEASURABLE, "no telling after 5 min: there is no value to compare"},
		"none":                           {above, Seen{Incident: open, History: history(96, 97, 96.5)}, eventv1.Effect_EFFECT_NONE, "no effect after 5 min: 97 % → 96.5 %"},
		"better":                         {above, Seen{Incident: open, History: history(96, 97, 91)}, eventv1.Effect_EFFECT_BETTER, "better, but the incident is still open after 5 min: 97 % → 91 %"},
		"worse":                          {above, Seen{Incident: open, History: history(96, 97, 99)}, eventv1.Effect_EFFECT_WORSE, "worse after 5 min: 97 % → 99 %"},
		"below: higher is better":        {below, Seen{Incident: open, History: history(4, 4, 8)}, eventv1.Effect_EFFECT_BETTER, "better, but the incident is still open after 5 min: 4 → 8"},
		"below: lower is worse":          {below, Seen{Incident: open, History: history(4, 4, 2)}, eventv1.Effect_EFFECT_WORSE, "worse after 5 min: 4 → 2"},
		"the action knows better":        {above, Seen{Incident: open, History: history(96, 97, 99), BetterWhen: "higher"}, eventv1.Effect_EFFECT_BETTER, "better, but the incident is still open after 5 min: 97 % → 99 %"},
		"nobody knows the direction":     {other, Seen{Incident: open, History: history(4, 4, 9)}, eventv1.Effect_EFFECT_NOT_MEASURABLE, "no telling which way is better after 5 min: 4 → 9"},
		"nothing after the run":          {above, Seen{Incident: open, History: history(96, 97)}, eventv1.Effect_EFFECT_NOT_MEASURABLE, "no telling after 5 min: there is no value to compare"},
		"nothing before: what was shown": {above, Seen{Incident: open, History: &eventv1.SeriesHistory{TimeUnixMs: []int64{began.Add(time.Minute).UnixMilli()}, Values: []float64{99}}}, eventv1.Effect_EFFECT_WORSE, "worse after 5 min: 97 % → 99 %"},
		"bytes":                          {bytes, Seen{Incident: open, History: history(1, 3<<30, 2<<30)}, eventv1.Effect_EFFECT_BETTER, "better, but the incident is still open after 5 min: 3 GiB → 2 GiB"},
	} {
		run := &eventv1.RunChanged{StartedAt: at(0), FinishedAt: at(2 * time.Second), Incident: &eventv1.IncidentChanged{}}
		if c.condition != nil {
			run.Incident.Conditions = []*eventv1.ConditionState{c.condition}
		}
		v := Judge(run, c.seen, began.Add(5*time.Minute+2*time.Second))
		if v.GetEffect() != c.want || v.GetText() != c.text {
			t.Errorf("%s: got %v %q, want %v %q", name, v.GetEffect(), v.GetText(), c.want, c.text)
		}
	}
}
