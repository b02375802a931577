package queue

import (
	"testing"
	"time"
)

func TestBucket(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b := newBucket(1, 3)
	sent := 0
	for end := now.Add(10 * time.Second); now.Before(end); now = now.Add(100 * time.Millisecond) {
		for b.wait(now, 1) == 0 {
			b.take(now)
			sent++
		}
	}
	if sent < 12 || sent > 13 {
		t.Errorf("%d in ten seconds, want a burst of 3 and one a second", sent)
	}
	b.block(now, 30*time.Second)
	if w := b.wait(now, 1); w != 30*time.Second {
		t.Errorf("wait %s, told 30 s", w)
	}
	if w := b.wait(now.Add(30*time.Second), 1); w > time.Second {
		t.Errorf("wait %s after the block", w)
	}
}
