package partition

import (
	"cmp"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/parley-ops/parley/services/internal/bus"
)

// Assign returns who should own each partition. Every caller with the same
// members gets the same answer; nobody gets more than ceil(P/N), and a member
// that comes or goes moves few.
func Assign(members []string) [bus.Partitions]string {
	var out [bus.Partitions]string
	if len(members) == 0 {
		return out
	}
	members = slices.Clone(members)
	slices.Sort(members)
	members = slices.Compact(members)
	limit := (bus.Partitions + len(members) - 1) / len(members)
	load := map[string]int{}
	type choice struct {
		member string
		weight uint64
	}
	choices := make([]choice, len(members))
	for p := range bus.Partition(bus.Partitions) {
		for i, m := range members {
			choices[i] = choice{m, xxhash.Sum64String(p.String() + "/" + m)}
		}
		slices.SortFunc(choices, func(a, b choice) int {
			return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.member, b.member))
		})
		for _, c := range choices {
			if load[c.member] < limit {
				load[c.member]++
				out[p] = c.member
				break
			}
		}
	}
	return out
}
