package evaluator

import (
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// A window of the bucket reaches the partitions through their logs, once, also
// when another evaluator takes over, and its end too.
func TestMaintenanceReachesPartitions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "policies:\n  - {name: p, when: {metric: m, above: baseline}}\n")
		first := w.start("a")
		time.Sleep(5 * time.Second)
		host := map[string]string{"host": "x"}
		w.send(one{name: "m", labels: host, value: 1})
		notLearned := func() string {
			t.Helper()
			time.Sleep(3 * time.Second)
			_, _, p := identity(one{name: "m", labels: host})
			a, err := bus.QueryPartition(t.Context(), w.Conn("operator"), p, &eventv1.Query{Query: &eventv1.Query_Explain{Explain: &eventv1.ExplainQuery{Policy: "p"}}})
			if err != nil || len(a.GetExplanation().GetConditions()) != 1 || len(a.Explanation.Conditions[0].Series) != 1 {
				t.Fatalf("%v: %v", err, a)
			}
			return a.Explanation.Conditions[0].Series[0].NotLearned
		}
		if got := notLearned(); got != "" {
			t.Errorf("without a window: %q", got)
		}
		m := &eventv1.Maintenance{Id: "w1", Name: "reboot", Matchers: []*eventv1.Matcher{{Label: "host", Op: eventv1.Matcher_OP_EQUAL, Value: "x"}},
			StartsAt: timestamppb.New(time.Now().Add(-time.Minute)), EndsAt: timestamppb.New(time.Now().Add(time.Hour))}
		if _, err := bus.Maintenances.Put(t.Context(), w.Conn("notifier"), m.Id, m); err != nil {
			t.Fatal(err)
		}
		if got := notLearned(); got != "reboot" {
			t.Errorf("in the window: %q", got)
		}
		before := w.entries("samples.v1.*.control")
		first.stop()
		w.start("b")
		time.Sleep(30 * time.Second)
		if got := notLearned(); got != "reboot" {
			t.Errorf("after a takeover: %q", got)
		}
		if after := w.entries("samples.v1.*.control"); after != before {
			t.Errorf("a takeover put %d entries into the logs", after-before)
		}
		if err := bus.Maintenances.Delete(t.Context(), w.Conn("notifier"), m.Id, 0); err != nil {
			t.Fatal(err)
		}
		if got := notLearned(); got != "" {
			t.Errorf("after its removal: %q", got)
		}
	})
}
