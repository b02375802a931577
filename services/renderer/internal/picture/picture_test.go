package picture

import (
	"math"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/renderer/internal/chart"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) *timestamppb.Timestamp { return timestamppb.New(noon.Add(-d)) }

func labels(pairs ...string) []*eventv1.Label {
	var ls []*eventv1.Label
	for i := 0; i+1 < len(pairs); i += 2 {
		ls = append(ls, &eventv1.Label{Name: pairs[i], Value: pairs[i+1]})
	}
	return ls
}

// slow is an incident on two metrics, open since 12 minutes.
func slow() *eventv1.IncidentChanged {
	return &eventv1.IncidentChanged{
		Id: "abc", Version: 2, State: eventv1.IncidentState_INCIDENT_STATE_OPEN, Reason: eventv1.IncidentReason_INCIDENT_REASON_HELD,
		At: ago(0), BeganAt: ago(12 * time.Minute), OpenedAt: ago(7 * time.Minute), Severity: eventv1.Severity_SEVERITY_CRITICAL,
		Labels: labels("service", "checkout", "team", "demo"), Partition: 3,
		Conditions: []*eventv1.ConditionState{
			{Metric: "errors.rate", Kind: "above", Series: &eventv1.SeriesRef{Id: 3, Partition: 9}, HasThreshold: true, Threshold: 5},
			{Metric: "latency.p99", Kind: "above", Holds: true, Since: ago(12 * time.Minute), Unit: "ms", HasThreshold: true, Threshold: 800,
				Series: &eventv1.SeriesRef{Id: 1, Name: "latency.p99", Partition: 3}, Value: 1150, ValueAt: ago(0), HasBefore: true, Before: 240},
			{Metric: "requests.rate", Kind: "above", Holds: true, Since: ago(20 * time.Minute), HasThreshold: true, Threshold: 500,
				Series: &eventv1.SeriesRef{Id: 2, Name: "requests.rate", Partition: 3}, Value: 595, ValueAt: ago(0)},
		},
	}
}

// past is n samples, one a minute, up to noon.
func past(id uint64, name, unit string, n int, f func(minutesAgo int) float64) *eventv1.SeriesHistory {
	h := &eventv1.SeriesHistory{Series: &eventv1.SeriesRef{Id: id, Name: name}, Unit: unit}
	for i := n - 1; i >= 0; i-- {
		h.TimeUnixMs = append(h.TimeUnixMs, noon.Add(-time.Duration(i)*time.Minute).UnixMilli())
		h.Values = append(h.Values, f(i))
	}
	return h
}

func slowHistory() History {
	return History{
		1: past(1, "latency.p99", "ms", 180, func(i int) float64 {
			if i <= 12 && i > 0 {
				return 1200
			}
			return 240
		}),
		2: past(2, "requests.rate", "/s", 180, func(i int) float64 { return 595 }),
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	f := func(began time.Duration, want time.Duration) {
		t.Helper()
		from, to := Window(&eventv1.IncidentChanged{At: ago(0), BeganAt: ago(began)})
		if got := to.Sub(from); got != want || !to.Equal(noon) {
			t.Errorf("began %s ago: %s to %s, want %s to noon", began, got, to, want)
		}
	}
	f(0, 30*time.Minute)
	f(-time.Hour, 30*time.Minute)
	f(12*time.Minute, 30*time.Minute)
	f(16*time.Minute, time.Hour)
	f(5*time.Hour, 12*time.Hour)
	f(6*24*time.Hour, 14*24*time.Hour)
	f(300*24*time.Hour, 14*24*time.Hour)
}

func TestAsks(t *testing.T) {
	t.Parallel()
	change := slow()
	got := Asks(change, noon.Add(-time.Hour), noon)
	if len(got) != 2 || got[0].Partition != 3 || !slices.Equal(got[0].Query.GetSeriesId(), []uint64{1, 2}) || got[1].Partition != 9 {
		t.Errorf("got %v, want series 1 and 2 of partition 3, and 3 of 9", got)
	}
	for _, c := range change.GetConditions() {
		c.Series, c.Holds = nil, false
	}
	got = Asks(change, noon.Add(-time.Hour), noon)
	if len(got) != 3 || got[1].Query.GetName() != "latency.p99" || got[1].Partition != 3 || len(got[1].Query.GetMatchers()) != 2 {
		t.Errorf("got %v, want each metric by the incident's labels", got)
	}
}

func TestIncident(t *testing.T) {
	t.Parallel()
	look := Look{Theme: chart.Light, Location: time.UTC}
	spec, alt, ok := Incident(slow(), slowHistory(), look)
	if !ok {
		t.Fatal("no picture")
	}
	if want := "latency.p99 · checkout 1.15 s, above 800 ms for 12 min, was 240 ms; requests.rate 595/s, above 500"; alt != want {
		t.Errorf("got  %q\nwant %q", alt, want)
	}
	if spec.Title != "latency.p99 · checkout" || spec.Subtitle != "Above 800 ms for 12 min, was 240 ms" || spec.Theme != chart.Light || spec.Tone != chart.ToneCritical {
		t.Errorf("got %q, %q, theme %d, tone %d", spec.Title, spec.Subtitle, spec.Theme, spec.Tone)
	}
	if len(spec.Series) != 1 || len(spec.Series[0].Points) != 61 || len(spec.Thresholds) != 1 {
		t.Errorf("got %d series of %d points, %d thresholds", len(spec.Series), len(spec.Series[0].Points), len(spec.Thresholds))
	}
	if len(spec.More) != 1 || spec.More[0].Title != "requests.rate" || spec.More[0].Unit != "/s" {
		t.Errorf("below it %+v, want the requests, and not what has no history", spec.More)
	}
	if b := spec.Breaches; len(b) != 1 || !b[0].From.Equal(noon.Add(-12*time.Minute)) || !b[0].To.IsZero() {
		t.Errorf("breaches %v", b)
	}
	if _, err := chart.Render(spec); err != nil {
		t.Error(err)
	}
}

func TestResolved(t *testing.T) {
	t.Parallel()
	change := slow()
	change.State, change.Reason, change.ResolvedAt = eventv1.IncidentState_INCIDENT_STATE_RESOLVED, eventv1.IncidentReason_INCIDENT_REASON_RECOVERED, ago(0)
	for _, c := range change.GetConditions() {
		c.Series, c.Holds = nil, false
	}
	spec, alt, ok := Incident(change, slowHistory(), Look{Location: time.UTC})
	if !ok {
		t.Fatal("no picture")
	}
	if want := "Resolved, was above 800 ms for 11 min, peak 1.2 s"; spec.Subtitle != want {
		t.Errorf("got %q, want %q", spec.Subtitle, want)
	}
	if want := "Resolved: latency.p99 · checkout 240 ms, was above 800 for 11 min, peak 1.2 s; requests.rate 595/s, above 500"; alt != want {
		t.Errorf("got  %q\nwant %q", alt, want)
	}
	if spec.Tone != chart.ToneGood || !spec.Breaches[0].To.Equal(noon.Add(-time.Minute)) {
		t.Errorf("tone %d, breach until %s, want good and a minute ago", spec.Tone, spec.Breaches[0].To)
	}
}

func TestAYoungSeriesFillsItsPicture(t *testing.T) {
	t.Parallel()
	history := History{1: past(1, "latency.p99", "ms", 5, func(int) float64 { return 900 })}
	spec, _, ok := Incident(slow(), history, Look{Location: time.UTC})
	if !ok || !spec.From.Equal(noon.Add(-4*time.Minute)) {
		t.Errorf("from %s, want that of the first sample", spec.From)
	}
}

func TestNothingToShow(t *testing.T) {
	t.Parallel()
	f := func(change *eventv1.IncidentChanged, history History) {
		t.Helper()
		if spec, _, ok := Incident(change, history, Look{}); ok {
			t.Errorf("a picture %+v", spec)
		}
	}
	f(&eventv1.IncidentChanged{}, nil)
	f(slow(), nil)
	f(slow(), History{1: past(1, "latency.p99", "ms", 30, func(int) float64 { return math.NaN() })})
	uneven := past(1, "latency.p99", "ms", 30, func(int) float64 { return 1 })
	uneven.Values = nil
	f(slow(), History{1: uneven})
}

func TestLimit(t *testing.T) {
	t.Parallel()
	f := func(kind string, value float64, below, neutral bool) {
		t.Helper()
		got := limit(&eventv1.ConditionState{Kind: kind, Text: kind + " 5 for 5 min", HasThreshold: true, Threshold: 5, Value: value}, chart.ToneCritical)
		if got.Below != below || got.Neutral != neutral {
			t.Errorf("%s at %g: %+v", kind, value, got)
		}
		if neutral && got.Label != kind+" 5" {
			t.Errorf("%s: label %q", kind, got.Label)
		}
	}
	f("above", 9, false, false)
	f("below", 1, true, false)
	f("outside", 9, false, false)
	f("outside", 1, true, false)
	f("inside", 5, false, true)
	f("equals", 5, false, true)
	for kind, text := range map[string]string{"above": "at least 5", "below": "at most 5 for 2 min"} {
		got := limit(&eventv1.ConditionState{Kind: kind, Text: text, HasThreshold: true, Threshold: 5}, chart.ToneCritical)
		if !got.Equal || got.Below != (kind == "below") {
			t.Errorf("%s: %+v", text, got)
		}
	}
	if limit(&eventv1.ConditionState{Kind: "changed"}, chart.ToneNone) != nil {
		t.Error("a limit for a condition without a number")
	}
}

func TestTitle(t *testing.T) {
	t.Parallel()
	f := func(group, own []*eventv1.Label, want string) {
		t.Helper()
		if got := title("cpu", group, own); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(nil, nil, "cpu")
	f(labels("host", "web-1", "team", "demo"), nil, "cpu · web-1")
	f(labels("team", "demo"), labels("host", "web-1", "team", "demo"), "cpu · web-1")
	f(labels("env", "prod", "instance", "checkout-1", "service", "checkout"), nil, "cpu · checkout-1 · prod")
	f(labels("a", "1", "b", "2", "c", "3", "d", "4"), nil, "cpu · 1 · 2 · 3")
	f(labels("host", ""), nil, "cpu")
}

func TestRun(t *testing.T) {
	t.Parallel()
	run := &eventv1.RunChanged{
		RunId: "r", Action: "restart_checkout", Incident: slow(), FinishedAt: ago(4 * time.Minute),
		Verification: &eventv1.Verification{Effect: eventv1.Effect_EFFECT_RECOVERED, At: ago(0), Before: 1200, Now: 240, Text: "recovered in 4 min: 1200 ms → 240 ms"},
	}
	if !RunWanted(run) || RunWanted(&eventv1.RunChanged{Incident: slow()}) {
		t.Error("a picture is wanted when the effect was looked at, and only then")
	}
	spec, alt, ok := Run(run, slowHistory(), Look{Location: time.UTC})
	if !ok {
		t.Fatal("no picture")
	}
	if want := "latency.p99 · checkout 240 ms, was 1.2 s before Restart checkout. Recovered in 4 min: 1200 ms → 240 ms"; alt != want {
		t.Errorf("got  %q\nwant %q", alt, want)
	}
	if spec.Kind != chart.KindVerify || spec.Tone != chart.ToneGood || !spec.From.Equal(noon.Add(-9*time.Minute)) || spec.Marks[0].Label != "Restart checkout" {
		t.Errorf("got %+v", spec)
	}
	run = proto.CloneOf(run)
	run.Verification.Effect, run.Verification.Text = eventv1.Effect_EFFECT_NOT_MEASURABLE, ""
	if spec, _, _ := Run(run, slowHistory(), Look{}); !math.IsNaN(spec.Compare.Before) || spec.Tone != chart.ToneInfo {
		t.Errorf("not measurable: %+v", spec.Compare)
	}
}

func TestRunOfWhatWasStopped(t *testing.T) {
	t.Parallel()
	ref := &eventv1.SeriesRef{Id: 7, Name: "aws.ec2.cpu_utilization", Labels: labels("name", "batch-report"), Partition: 9}
	run := &eventv1.RunChanged{
		RunId: "r", Action: "stop-instance", Incident: slow(), FinishedAt: ago(12 * time.Minute),
		Verification: &eventv1.Verification{Effect: eventv1.Effect_EFFECT_RECOVERED, At: ago(0), Unit: "%", Text: "stopped: no cpu utilization samples for 12 min", Silent: ref},
	}
	from, _, to := RunWindow(run)
	if got := RunAsks(run, from, to); len(got) != 1 || got[0].Partition != 9 || got[0].Query.GetSeriesId()[0] != 7 || to.Sub(from) < time.Hour {
		t.Errorf("asks %v from %s", got, from)
	}
	h := &eventv1.SeriesHistory{Series: ref, Unit: "%"}
	for m := 80; m >= 15; m -= 5 {
		h.TimeUnixMs, h.Values = append(h.TimeUnixMs, noon.Add(-time.Duration(m)*time.Minute).UnixMilli()), append(h.Values, 2)
	}
	spec, alt, ok := Run(run, History{7: h}, Look{Location: time.UTC})
	if !ok || !spec.Stopped || len(spec.Thresholds) > 0 || !math.IsNaN(spec.Compare.After) || spec.Tone != chart.ToneGood {
		t.Errorf("%v %+v", ok, spec)
	}
	if want := "aws.ec2.cpu_utilization · checkout: no data, was 2 % before Stop instance. Stopped: no cpu utilization samples for 12 min"; alt != want {
		t.Errorf("got  %q\nwant %q", alt, want)
	}
	run = proto.CloneOf(run)
	run.Verification.Silent, run.Verification.Unit = nil, ""
	if spec, _, _ := Run(run, slowHistory(), Look{}); !math.IsNaN(spec.Compare.Before) {
		t.Errorf("figures that nobody measured are compared: %+v", spec.Compare)
	}
}
