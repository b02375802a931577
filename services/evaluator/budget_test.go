package evaluator

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// A team's series are counted over all partitions; what is too much is refused in
// each, by whoever has it, and taken when there is room.
func TestABudgetOverAllPartitions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "policies:\n  - {name: p, when: {metric: m, above: 5}}\n")
		w.budget = 40
		w.start("a")
		w.start("b")
		time.Sleep(10 * time.Second)
		use := func() (series, refused uint64) {
			t.Helper()
			answers, err := bus.QueryAll(t.Context(), w.Conn("operator"), &eventv1.Query{Query: &eventv1.Query_Partition{Partition: &eventv1.PartitionQuery{}}})
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range answers {
				for _, x := range a.GetStatus().GetTeams() {
					series += x.Series
					refused += x.Refused
				}
			}
			return series, refused
		}
		some := func(from, to int, value float64) {
			for i := from; i < to; i++ {
				w.send(one{name: "m", labels: map[string]string{"host": fmt.Sprint(i)}, value: value})
			}
		}
		some(0, 39, 1)
		time.Sleep(10 * time.Second)
		some(39, 41, 1) // within five seconds
		time.Sleep(20 * time.Second)
		some(41, 50, 9)
		time.Sleep(20 * time.Second)
		if series, refused := use(); series != 41 || refused != 9 {
			t.Errorf("%d series, %d refused; want 41 and 9", series, refused)
		}
		want(t, w.story())
		some(0, 1, 9) // what is known goes on
		time.Sleep(2 * time.Second)
		want(t, w.story(), `p{host="0", team="demo"} OPEN BREACHED`)
	})
}
