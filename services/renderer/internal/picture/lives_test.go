package picture

import (
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/renderer/internal/chart"
)

func TestLives(t *testing.T) {
	t.Parallel()
	q := &eventv1.DrawQuery{From: ago(time.Hour), To: ago(0), Lives: &eventv1.Lives{Title: "Policies", Subtitle: "2 would be 1", Lanes: []*eventv1.LivesLane{
		{Name: "cpu", Note: "2 to 1", Lives: []*eventv1.Life{
			{From: ago(50 * time.Minute), To: ago(40 * time.Minute), Change: eventv1.Life_CHANGE_VANISHES}, {From: ago(30 * time.Minute), Change: eventv1.Life_CHANGE_SAME}}},
		{Name: "disk", Note: "0"}}}}
	d := Lives(q, Look{})
	if d.Alt != "Policies: 2 would be 1. cpu 2 to 1, disk 0" {
		t.Errorf("alt %q", d.Alt)
	}
	lives := d.Spec.Lanes[0].Lives
	if len(d.Spec.Lanes) != 2 || lives[0].Tone != chart.ToneGood || lives[1].Tone != chart.ToneNone || !lives[1].To.IsZero() || lives[0].To.Sub(lives[0].From) != 10*time.Minute {
		t.Errorf("lanes %+v", d.Spec.Lanes)
	}
	if _, err := chart.Render(d.Spec); err != nil {
		t.Error(err)
	}
}
