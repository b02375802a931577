package picture

import (
	"math"
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// What was judged by its past is shown with what was usual, and without a limit
// that stands still.
func TestBand(t *testing.T) {
	t.Parallel()
	change, history := slow(), slowHistory()
	h := history[1]
	for i := range h.Values {
		mid := 250.0
		if i < 100 {
			mid = math.NaN()
		}
		h.Expected, h.Lower, h.Upper = append(h.Expected, mid), append(h.Lower, mid-50), append(h.Upper, mid+50)
	}
	spec, _, ok := Incident(change, history, Look{})
	if !ok || len(spec.Bands) != 0 || len(spec.Thresholds) != 1 {
		t.Errorf("a policy that has nothing to do with it: %d bands, %d thresholds", len(spec.Bands), len(spec.Thresholds))
	}
	c := change.Conditions[1]
	c.HasBand, c.Expected, c.Lower, c.Upper, c.Threshold = true, 250, 200, 300, 300
	spec, alt, ok := Incident(change, history, Look{})
	if !ok || len(spec.Bands) != 1 || len(spec.Thresholds) != 0 || alt == "" {
		t.Fatalf("%d bands, %d thresholds, %q", len(spec.Bands), len(spec.Thresholds), alt)
	}
	b := spec.Bands[0]
	if n := len(b.Middle); n < 25 || n > 80 || len(b.Lower) != n || len(b.Upper) != n || b.Lower[0].Value != 200 || b.Upper[n-1].Value != 300 {
		t.Errorf("%d points", n)
	}
	h.Given = []*eventv1.Expectation{{Given: []string{"bytes", "requests"}, Expected: h.Expected, Lower: h.Lower, Upper: h.Upper}, {Given: []string{"other"}}}
	if spec, _, _ := Incident(change, history, Look{}); len(spec.Bands) != 2 || spec.Bands[1].Name != "given bytes and requests" {
		t.Errorf("bands %v", spec.Bands)
	}
	h.Lower, h.Given = nil, nil
	if bands := history.bands(&eventv1.ConditionState{HasBand: true, Series: c.Series}, noon.Add(-time.Hour), noon); bands != nil {
		t.Error("a band of which a part is missing")
	}
}
