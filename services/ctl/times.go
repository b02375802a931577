package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/parley-ops/parley/services/internal/config"
)

// interval is a span of time as people type it: Go's, and days and weeks.
type interval time.Duration

// UnmarshalText reads 90s, 1h30m, 2d, 1w.
func (d *interval) UnmarshalText(text []byte) error {
	return (*config.Span)(d).UnmarshalText(text)
}

func (d interval) span() time.Duration { return time.Duration(d) }

// parseTime reads RFC 3339, epoch milliseconds, or 5m: five minutes ago.
func parseTime(s string, now time.Time) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return at, nil
	}
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil && ms > 0 {
		return time.UnixMilli(ms), nil
	}
	var ago interval
	if err := ago.UnmarshalText([]byte(s)); err == nil {
		return now.Add(-ago.span().Abs()), nil
	}
	return time.Time{}, fmt.Errorf("%q: want RFC 3339, epoch milliseconds, or a time ago such as 5m", s)
}
