package message

import (
	"strings"
	"testing"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// What was measured is said where the value alone does not say it, and a band is
// no threshold.
func TestNoteOfACondition(t *testing.T) {
	t.Parallel()
	k := &eventv1.ConditionState{Metric: "latency.p99", Kind: "above", Text: "above the baseline", Holds: true, Value: 400, Peak: 400, Unit: "ms",
		HasThreshold: true, Threshold: 210, HasBand: true, Note: "180 ms expected, 150 ms to 210 ms is usual"}
	if got, want := extras(k, false, true), " (180 ms expected, 150 ms to 210 ms is usual)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	k.HasBand, k.Note = false, ""
	if got := extras(k, false, true); !strings.Contains(got, "threshold 210 ms") {
		t.Errorf("%q", got)
	}
}

// The number that is asked for has the unit of the value, whether it counts itself or not.
func TestAskedHasTheUnit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"above 300 for 5 min": "above 300 ms for 5 min", "at least 300 for 5 min": "at least 300 ms for 5 min", "at least 300": "at least 300 ms",
		"above 300 in 3 of the last 5 datapoints for 5 min": "above 300 ms in 3 of the last 5 datapoints for 5 min"} {
		if got, said := asked(&eventv1.ConditionState{Kind: "above", Text: text, Threshold: 300, HasThreshold: true, Unit: "ms"}); got != want || !said {
			t.Errorf("%s: %q %v", text, got, said)
		}
	}
}
