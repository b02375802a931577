package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Span is a time as people write it: Go's durations, and days and weeks.
type Span time.Duration

const day = 24 * time.Hour

// UnmarshalText reads 90s, 1h30m, 2d, 1w.
func (s *Span) UnmarshalText(text []byte) error {
	for suffix, unit := range map[string]time.Duration{"d": day, "w": 7 * day} {
		if number, ok := strings.CutSuffix(string(text), suffix); ok {
			if n, err := strconv.ParseFloat(number, 64); err == nil && math.Abs(n) < 10_000 {
				*s = Span(n * float64(unit))
				return nil
			}
		}
	}
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q: want a time such as 90s, 15m, 1h30m or 2d", text)
	}
	*s = Span(d)
	return nil
}

// String writes it as people do, and as policies have it: 90s is 1m30s, an hour 1h,
// whole days 2d.
func (s Span) String() string {
	d := time.Duration(s)
	if d != 0 && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
