package target

import (
	"cmp"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// Assign shares the targets among the collectors: equally, to within one, and
// so that few change hands when a collector comes or goes. Whoever calls it
// with the same arguments, in any order, gets the same.
//
// It is rendezvous hashing with a bound on each one's load. Source: Mirrokni,
// Thorup, Zadimoghaddam: Consistent Hashing with Bounded Loads, 2016.
func Assign(targets, collectors []string) map[string]string {
	out := make(map[string]string, len(targets))
	if len(collectors) == 0 {
		return out
	}
	weight := func(t, c string) uint64 { return xxhash.Sum64String(t + "\x00" + c) }
	order := slices.Clone(targets)
	slices.SortFunc(order, func(a, b string) int {
		return cmp.Or(cmp.Compare(xxhash.Sum64String(a), xxhash.Sum64String(b)), cmp.Compare(a, b))
	})
	full := (len(targets) + len(collectors) - 1) / len(collectors)
	load := map[string]int{}
	for _, t := range order {
		best := ""
		for _, c := range collectors {
			if load[c] >= full {
				continue
			}
			if best == "" || cmp.Or(cmp.Compare(weight(t, c), weight(t, best)), cmp.Compare(c, best)) > 0 {
				best = c
			}
		}
		load[best]++
		out[t] = best
	}
	return out
}
