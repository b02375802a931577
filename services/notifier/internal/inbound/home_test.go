package inbound

import (
	"testing"
	"time"
)

func TestMonthOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	var all []told
	add := func(n int, policy string, messages, useful, noise int, at time.Time) {
		for range n {
			all = append(all, told{policy: policy, messages: messages, useful: useful, noise: noise, opened: at})
		}
	}
	add(9, "loud", 5, 0, 0, now)
	add(9, "useful", 50, 1, 0, now)
	add(1, "once", 9, 0, 0, now)
	add(1, "noise", 2, 0, 1, now)
	add(5, "silenced", 0, 0, 0, now)
	add(99, "last month", 9, 0, 0, now.AddDate(0, -1, 0))
	m := monthOf(all, now)
	if m.incidents != 25 || m.messages != 45+450+9+2 || m.useful != 9 || m.noise != 1 {
		t.Errorf("%+v", m.loudness)
	}
	if len(m.noisy) != 2 || m.noisy[0].policy != "loud" || m.noisy[1].policy != "noise" {
		t.Errorf("noisy: %+v", m.noisy)
	}
}
