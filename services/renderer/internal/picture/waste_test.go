package picture

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

const days = 24 * time.Hour

// idle is an instance that idles since nine days, told now.
func idle() *eventv1.IncidentChanged {
	return &eventv1.IncidentChanged{
		Id: "abc", Version: 1, State: eventv1.IncidentState_INCIDENT_STATE_OPEN, Reason: eventv1.IncidentReason_INCIDENT_REASON_BREACHED,
		At: ago(0), BeganAt: ago(0), OpenedAt: ago(0), Severity: eventv1.Severity_SEVERITY_WARNING, Partition: 3,
		Labels: labels("account", "111122223333", "account_name", "shop", "env", "staging", "instance_id", "i-1", "name", "batch-report", "resource", "i-1", "resource_type", "instance"),
		Conditions: []*eventv1.ConditionState{
			{Metric: "aws.waste.idle_instance.usd_month", Kind: "above", Holds: true, Since: ago(0), Unit: "USD", HasThreshold: true, Threshold: 1,
				Series: &eventv1.SeriesRef{Id: 2}, Value: 312, ValueAt: ago(0)},
			{Metric: "aws.waste.idle_instance.cpu_max_percent", Kind: "below", Holds: true, Since: ago(9 * days), Unit: "%", HasThreshold: true, Threshold: 5,
				Series: &eventv1.SeriesRef{Id: 1}, Value: 1.9, ValueAt: ago(time.Hour), HasBefore: true, Before: 45},
		},
	}
}

// hours is a sample for every hour of a fortnight.
func hours(id uint64, unit string, f func(ago int) float64) *eventv1.SeriesHistory {
	h := &eventv1.SeriesHistory{Series: &eventv1.SeriesRef{Id: id}, Unit: unit}
	for i := 14*24 - 1; i > 0; i-- {
		h.TimeUnixMs = append(h.TimeUnixMs, noon.Add(-time.Duration(i)*time.Hour).UnixMilli())
		h.Values = append(h.Values, f(i))
	}
	return h
}

func TestWhatIdlesIsShownByItsHours(t *testing.T) {
	t.Parallel()
	history := History{1: hours(1, "%", func(ago int) float64 {
		switch {
		case ago > 9*24:
			return 45
		case ago == 100:
			return 2.1
		}
		return 1.9
	}), 2: hours(2, "USD", func(int) float64 { return 312 })}
	f := func(c *eventv1.IncidentChanged, title, subtitle, alt string) {
		t.Helper()
		spec, text, ok := Incident(c, history, Look{})
		if !ok || spec.Title != title || spec.Subtitle != subtitle || text != alt {
			t.Errorf("%v\n%q\n%q\n%q", ok, spec.Title, spec.Subtitle, text)
		}
		if len(spec.More) != 0 || spec.To.Sub(spec.From) < 13*days {
			t.Errorf("%d more pictures, from %s to %s", len(spec.More), spec.From, spec.To)
		}
	}
	const title = "CPU, each hour's most · batch-report · shop · staging"
	f(idle(), title, "At most 2.1 % for 9 d, limit 5 %, was 45 %", title+" 1.9 %, at most 2.1 for 9 d, limit 5, was 45")
	over := idle()
	over.State, over.Reason, over.ResolvedAt = eventv1.IncidentState_INCIDENT_STATE_RESOLVED, eventv1.IncidentReason_INCIDENT_REASON_RECOVERED, ago(0)
	for _, c := range over.GetConditions() {
		c.Holds = false
	}
	f(over, title, "Resolved, was at most 2.1 % for 8 d 23 h, limit 5 %", "Resolved: "+title+" 1.9 %, was at most 2.1 for 8 d 23 h, limit 5")

	late := idle() // the policy is new: it looked at the last hour only
	late.Conditions[1].Since = ago(time.Hour)
	f(late, title, "At most 2.1 % for 9 d, limit 5 %, was 45 %", title+" 1.9 %, at most 2.1 for 9 d, limit 5, was 45")

	spec, _, ok := Incident(idle(), History{2: hours(2, "USD", func(int) float64 { return 312 })}, Look{})
	if ok {
		t.Errorf("a picture of what it costs: %+v", spec)
	}
	history[1].TimeUnixMs = history[1].TimeUnixMs[:2]
	if spec, _, ok := Incident(idle(), history, Look{}); ok {
		t.Errorf("a picture of two samples: %+v", spec)
	}
}

func TestWhatIsDrawnAnew(t *testing.T) {
	t.Parallel()
	f := func(want bool, change func(c *eventv1.IncidentChanged)) {
		t.Helper()
		next := proto.CloneOf(idle())
		change(next)
		if got := GistOf(next, 0).Outdates(GistOf(idle(), 14*days)); got != want {
			t.Errorf("drawn anew: %v, want %v", got, want)
		}
	}
	later := func(d time.Duration) func(c *eventv1.IncidentChanged) {
		return func(c *eventv1.IncidentChanged) { c.At = ago(-d) }
	}
	f(false, later(5*time.Minute))
	f(false, later(5*time.Hour))
	f(true, later(6*time.Hour))
	f(true, func(c *eventv1.IncidentChanged) { c.Severity = eventv1.Severity_SEVERITY_CRITICAL })
	f(true, func(c *eventv1.IncidentChanged) { c.State = eventv1.IncidentState_INCIDENT_STATE_RESOLVED })
	f(true, func(c *eventv1.IncidentChanged) { c.Reason = eventv1.IncidentReason_INCIDENT_REASON_NO_DATA })
	f(true, func(c *eventv1.IncidentChanged) { c.Conditions[1].Holds = false })
	f(false, func(c *eventv1.IncidentChanged) { c.Conditions[1].Value = 1.8 })
}
