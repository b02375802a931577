package picture

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/renderer/internal/chart"
)

// drawn returns the history of a series: one value a minute up to the end.
func drawn(id uint64, host string, end time.Time, n int, f func(ago int) float64) *eventv1.SeriesHistory {
	h := &eventv1.SeriesHistory{Unit: "ms", Series: &eventv1.SeriesRef{Id: id, Name: "latency.p99",
		Labels: []*eventv1.Label{{Name: "env", Value: "prod"}, {Name: "host", Value: host}, {Name: "team", Value: "demo"}}}}
	for ago := n; ago >= 0; ago-- {
		h.TimeUnixMs = append(h.TimeUnixMs, end.Add(-time.Duration(ago)*time.Minute).UnixMilli())
		h.Values = append(h.Values, f(ago))
	}
	return h
}

func TestGraph(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	ask := func(since, versus time.Duration) *eventv1.DrawQuery {
		return &eventv1.DrawQuery{Name: "latency.p99", From: stamp(end.Add(-since)), To: stamp(end), Versus: durationpb.New(versus)}
	}
	day := func(ago int) float64 {
		v := 400 + 100*math.Sin(float64(ago)/40)
		if ago < 120 {
			v += 200
		}
		return v
	}
	var many []*eventv1.SeriesHistory
	for i := range 12 {
		many = append(many, drawn(uint64(i), fmt.Sprintf("web-%d", i), end, 60, func(ago int) float64 { return float64(100*i + ago%7) }))
	}
	for name, c := range map[string]struct {
		ask   *eventv1.DrawQuery
		found []*eventv1.SeriesHistory
		alt   string
		note  string
		lines int
	}{
		"one":       {ask(time.Hour, 0), []*eventv1.SeriesHistory{drawn(1, "web-1", end, 60, day)}, "latency.p99 · web-1 · prod: now 600 ms (", "", 1},
		"versus":    {ask(6*time.Hour, 24*time.Hour), []*eventv1.SeriesHistory{drawn(1, "web-1", end, 30*60, day)}, "a day before: ", "", 2},
		"too-young": {ask(time.Hour, 7*24*time.Hour), []*eventv1.SeriesHistory{drawn(1, "web-1", end, 90, day)}, "web-1", "no history of a week before to compare with: it begins 90 min ago", 1},
		"many":      {ask(time.Hour, 0), many, "12 series, the highest now 1.1 s", "shown are the 8 highest of 12 series", 8},
		"many-vs":   {ask(20*time.Minute, 30*time.Minute), many, "30 min before", "shown are the 3 highest", 6},
	} {
		d, ok := Graph(c.ask, c.found, Look{})
		if !ok || !strings.Contains(d.Alt, c.alt) || !strings.Contains(d.Note, c.note) || c.note == "" && d.Note != "" || len(d.Spec.Series) != c.lines {
			t.Errorf("%s: %v %q %q, %d lines", name, ok, d.Alt, d.Note, len(d.Spec.Series))
		}
		png, err := chart.Render(d.Spec)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if dir := os.Getenv("PICTURES"); dir != "" {
			_ = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
		}
	}
	if _, ok := Graph(ask(time.Minute, 0), []*eventv1.SeriesHistory{drawn(1, "a", end.Add(-time.Hour), 5, day)}, Look{}); ok {
		t.Error("a picture of nothing")
	}
}
