package record

import (
	"fmt"
	"testing"
	"time"
)

func TestSuppress(t *testing.T) {
	t.Parallel()
	r, now := New("i"), time.Date(2026, 11, 30, 1, 0, 0, 0, time.UTC)
	s := Suppression{Kind: BySilence, By: "s1", At: now, Until: now.Add(time.Hour), Text: "silenced by ada"}
	if !r.Suppress(s) || r.Suppress(s) {
		t.Error("the same is noted once")
	}
	s.Until = now.Add(2 * time.Hour)
	if !r.Suppress(s) || len(r.Suppressed) != 1 || !r.Suppressed[0].Until.Equal(s.Until) {
		t.Errorf("a longer one replaces it: %+v", r.Suppressed)
	}
	if r.Unsuppress(BySilence, "#ops", now) || !r.Unsuppress(BySilence, "", now.Add(time.Minute)) || len(r.Suppressing()) != 0 {
		t.Errorf("it ended: %+v", r.Suppressed)
	}
	if !r.Suppress(s) || len(r.Suppressed) != 2 || len(r.Suppressing()) != 1 {
		t.Errorf("one that comes again is another: %+v", r.Suppressed)
	}
	for i := range 100 {
		r.Suppress(Suppression{Kind: ByChannel, By: fmt.Sprint(i), At: now})
	}
	if len(r.Suppressed) != maxSuppressions || r.Suppressed[0].By != "s1" || r.Suppressed[maxSuppressions-1].By != "99" {
		t.Errorf("%d kept, the first and the newest: %+v", len(r.Suppressed), r.Suppressed)
	}
}
