package command

import (
	"strings"
	"time"
)

// Duration reads "90s", "10m", "1h30m", "2d", "1w".
func Duration(s string) (time.Duration, error) {
	bad := wrong("%q is no length of time: write 30m, 4h, 2d or 1w.", s)
	var total time.Duration
	rest := s
	for rest != "" {
		i := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if i <= 0 || i > 6 {
			return 0, bad
		}
		n := 0
		for _, d := range rest[:i] {
			n = n*10 + int(d-'0')
		}
		unit := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[rest[i]]
		if unit == 0 {
			return 0, bad
		}
		total, rest = total+time.Duration(n)*unit, rest[i+1:]
	}
	if total <= 0 {
		return 0, bad
	}
	return total, nil
}
