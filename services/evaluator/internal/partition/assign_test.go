package partition

import (
	"fmt"
	"testing"

	"github.com/parley-ops/parley/services/internal/bus"
)

func TestAssignIsFairAndMovesLittle(t *testing.T) {
	t.Parallel()
	var members []string
	var before [bus.Partitions]string
	for n := 1; n <= 9; n++ {
		members = append(members, fmt.Sprintf("evaluator-%d", n*7919))
		after := Assign(members)
		load := map[string]int{}
		moved := 0
		for p, m := range after {
			load[m]++
			if m != before[p] {
				moved++
			}
		}
		limit := (bus.Partitions + n - 1) / n
		for m, l := range load {
			if l > limit {
				t.Errorf("%d members: %s has %d, more than %d", n, m, l, limit)
			}
		}
		// A fair share moves to the new one; the limit moves some more.
		if n > 1 && moved > 2*limit+4 {
			t.Errorf("%d members: %d partitions moved", n, moved)
		}
		before = after
		// The order in which members are known makes no difference.
		if shuffled := append(append([]string{}, members[n/2:]...), members[:n/2]...); Assign(shuffled) != after {
			t.Error("another order, another assignment")
		}
	}
	if Assign(nil) != [bus.Partitions]string{} {
		t.Error("nobody owns something")
	}
}
