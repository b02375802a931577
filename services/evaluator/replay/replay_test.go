package replay

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/label"
)

func policies(t testing.TB, text string) []policy.Policy {
	t.Helper()
	f := policy.Parse("test", []byte("policies:\n "+strings.ReplaceAll(text, "\n", "\n ")))
	if len(f.Problems) > 0 {
		t.Fatal(f.Problems)
	}
	return f.Policies
}

func series(t testing.TB, name, values string, interval time.Duration) Series {
	t.Helper()
	metric, labels, err := parseSeries(name)
	if err != nil {
		t.Fatal(err)
	}
	vs, err := parseValues(values, "")
	if err != nil {
		t.Fatal(err)
	}
	return Series{Name: metric, Labels: labels, Start: start, Interval: interval, Values: vs}
}

func TestAnIncidentsLife(t *testing.T) {
	t.Parallel()
	ps := policies(t, `[{name: hot, severity: critical, when: {metric: cpu_percent, above: 90%, until: 80%, for: 10m}, recover: {after: 5m}, channels: ["#ops"], actions: [stop], summary: "{{ labels.host }} at {{ value }}"}]`)
	got, err := Run(ps, []Series{series(t, `cpu_percent{host=a}`, "10x5 97x20 85x5 40x10", time.Minute), series(t, `cpu_percent{host=b}`, "97x9 20 97x9 20", time.Minute)}, start.Add(time.Hour))
	if err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	in := got[0]
	if in.Policy != "hot" || in.Severity != eventv1.Severity_SEVERITY_CRITICAL || in.Labels.Get("host") != "a" || in.Summary != "a at 97 %" ||
		in.Value != 97 || in.Unit != "%" || in.Threshold != 90 || in.Channels[0] != "#ops" || in.Actions[0] != "stop" {
		t.Errorf("%+v", in)
	}
	if !in.Began.Equal(start.Add(5*time.Minute)) || !in.Opened.Equal(start.Add(15*time.Minute)) || !in.Resolved.Equal(start.Add(35*time.Minute)) {
		t.Errorf("began %s, opened %s, resolved %s", in.Began, in.Opened, in.Resolved)
	}
}

// A policy over many resources goes through partials of several partitions.
func TestAWidePolicy(t *testing.T) {
	t.Parallel()
	ps := policies(t, `[{name: w, by: [service], when: {metric: m, above: 1}, summary: "{{ series_count }}"}, {name: quiet, enabled: false, when: {metric: m, above: 0}}]`)
	var all []Series
	for _, host := range []string{"a", "b", "c", "d", "e"} {
		all = append(all, series(t, "m{service=x, host="+host+"}", "0x3 5x3 0x3", time.Minute))
	}
	got, err := Run(ps, all, start.Add(time.Hour))
	if err != nil || len(got) != 1 || got[0].Labels.String() != `{service="x"}` || !got[0].Resolved.Equal(start.Add(6*time.Minute)) {
		t.Errorf("%+v, %v", got, err)
	}
	again, _ := Run(ps, all, start.Add(time.Hour))
	if !reflect.DeepEqual(got, again) {
		t.Errorf("another run is another life:\n%+v\n%+v", got, again)
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	ps := policies(t, `[{name: gone, no_data: alert, when: {metric: m, above: 1000, no_data_after: 15m}}]`)
	got, err := Run(ps, []Series{series(t, "m{a=b}", "1x10 _x20 1x5", time.Minute)}, start.Add(35*time.Minute))
	if err != nil || len(got) != 1 || !got[0].Opened.Equal(start.Add(24*time.Minute)) || !got[0].Resolved.Equal(start.Add(30*time.Minute)) {
		t.Errorf("%+v, %v", got, err)
	}
}

// A series that comes every six hours, or again after a night, is not forgotten.
func TestRareValues(t *testing.T) {
	t.Parallel()
	ps := policies(t, `[{name: p, when: {metric: m, above: 10}}]`)
	got, err := Run(ps, []Series{series(t, "m{h=a}", "5 20 20 5 20", 6*time.Hour), series(t, "m{h=b}", "5 _x600 20", time.Minute)}, start.Add(48*time.Hour))
	if err != nil || len(got) != 3 || !got[0].Resolved.Equal(start.Add(18*time.Hour)) {
		t.Errorf("%+v, %v", got, err)
	}
}

// Days of minutes take no time to speak of, and the end is the end.
func TestDaysOfMinutes(t *testing.T) {
	t.Parallel()
	ps := policies(t, `[{name: hot, when: {metric: m, above: 90, for: 10m}}]`)
	values := make([]float64, 14*24*60)
	for i := range values {
		values[i] = 50 + 45*math.Sin(2*math.Pi*float64(i)/(24*60))
	}
	s := Series{Name: "m", Labels: label.FromMap(map[string]string{"h": "a"}), Start: start, Interval: time.Minute, Values: values}
	got, err := Run(ps, []Series{s}, start.Add(14*24*time.Hour))
	if err != nil || len(got) != 14 {
		t.Errorf("%d incidents, %v", len(got), err)
	}
	if got, _ := Run(ps, []Series{s}, start.Add(24*time.Hour)); len(got) != 1 {
		t.Errorf("%d incidents in a day", len(got))
	}
}

func TestWhatCannotBeReplayed(t *testing.T) {
	t.Parallel()
	if _, err := Run(nil, []Series{{Name: "m", Values: []float64{1}}}, start); !errors.Is(err, ErrInterval) {
		t.Error(err)
	}
	if _, err := Run(nil, []Series{{Name: "m", Interval: 1, Values: make([]float64, MaxSamples+1)}}, start); !errors.Is(err, ErrTooMany) {
		t.Error(err)
	}
	if got, err := Run(nil, nil, start); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func BenchmarkADayOfMinutes(b *testing.B) {
	ps := policies(b, `[{name: hot, when: {metric: m, above: 90, for: 10m}}]`)
	s := series(b, "m{h=a}", "10x600 97x30 10x810", time.Minute)
	for b.Loop() {
		if _, err := Run(ps, []Series{s}, start.Add(24*time.Hour)); err != nil {
			b.Fatal(err)
		}
	}
}
