package notifier

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// proposals is when changes of noisy policies are proposed.
func (c *Config) proposals() (clockTime, error) {
	if c.Proposals == "" {
		return clockTime{}, nil
	}
	wrong := fmt.Errorf("--notifier-proposals: %q is no day and time: write Mon 09:00, or nothing for never", c.Proposals)
	day, clock, ok := strings.Cut(c.Proposals, " ")
	at, err := time.Parse("15:04", strings.TrimSpace(clock))
	if !ok || err != nil || len(day) < 3 {
		return clockTime{}, wrong
	}
	zone, err := time.LoadLocation(c.DigestZone)
	if err != nil {
		return clockTime{}, fmt.Errorf("--notifier-digest-zone: %q is no zone: write UTC or Europe/Berlin", c.DigestZone)
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.HasPrefix(strings.ToLower(d.String()), strings.ToLower(day)) {
			return clockTime{weekday: d, weekly: true, hour: at.Hour(), minute: at.Minute(), zone: zone}, nil
		}
	}
	return clockTime{}, wrong
}

// tellProposals tells what was due at a time.
func (n *notifier) tellProposals(ctx context.Context, at time.Time) error {
	return n.people.ProposeWeekly(ctx, at, n.routing.Table().Default())
}
