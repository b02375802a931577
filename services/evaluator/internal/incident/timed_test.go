package incident

import (
	"testing"
	"time"
)

// Samples that come five at a time, as from a source that asks now and then, are
// not missing in between; when they stop they are.
func TestSamplesInBunchesAreNotMissing(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {metric: m, above: 80, datapoints: {hold: 2, of: 3, every: 1m, missing: breaching}}}]`)
	for range 6 {
		s.advance(5 * time.Minute)
		for ago := 6; ago > 1; ago-- {
			s.send("m{host=a}", 50, time.Duration(ago)*time.Minute)
		}
	}
	s.expect()
	s.advance(5 * time.Minute)
	s.expect()
	s.advance(10 * time.Minute)
	s.expect("p{host=a} OPEN BREACHED")
}
