package evaluator

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// The samples' log is lost and made anew, as after a restore of an older
// backup: sequences are used again.
func TestTheLogIsCut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "policies:\n  - {name: p, when: {metric: m, above: 80}}\n")
		a := w.start("a")
		time.Sleep(5 * time.Second)
		host := map[string]string{"host": "x"}
		for _, v := range []float64{10, 90, 10, 90} {
			w.send(one{name: "m", labels: host, value: v})
			time.Sleep(20 * time.Second)
		}
		a.stop()
		before := len(w.changes())

		admin := w.Conn("admin")
		if err := admin.JetStream().DeleteStream(context.Background(), bus.SamplesLog.Name); err != nil {
			t.Fatal(err)
		}
		if err := bus.Setup(context.Background(), admin, bus.SetupOptions{Memory: true}); err != nil {
			t.Fatal(err)
		}
		b := w.start("b")
		time.Sleep(5 * time.Second)
		w.send(one{name: "m", labels: host, value: 10})
		time.Sleep(20 * time.Second)
		b.kill()
		w.start("c")
		time.Sleep(10 * time.Second)
		w.send(one{name: "m", labels: host, value: 95})
		time.Sleep(5 * time.Second)
		want(t, w.story()[before:], `p{host="x", team="demo"} RESOLVED RECOVERED`, `p{host="x", team="demo"} OPEN BREACHED`)
	})
}

// After an outage longer than the log lasts, what is left is read.
func TestTheLogBeginsLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "policies:\n  - {name: p, no_data: alert, when: {metric: m, above: 80}}\n")
		a := w.start("a")
		time.Sleep(5 * time.Second)
		host := map[string]string{"host": "x"}
		for range 6 {
			w.send(one{name: "m", labels: host, value: 10})
			time.Sleep(10 * time.Second)
		}
		a.stop()
		stream, err := w.Conn("admin").JetStream().Stream(context.Background(), bus.SamplesLog.Name)
		if err != nil {
			t.Fatal(err)
		}
		w.send(one{name: "m", labels: host, value: 99}) // missed
		if err := stream.Purge(context.Background()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		w.send(one{name: "m", labels: host, value: 12})
		w.start("b")
		time.Sleep(10 * time.Second)
		w.send(one{name: "m", labels: host, value: 99})
		time.Sleep(5 * time.Second)
		story := w.story()
		if len(story) == 0 || story[len(story)-1] != `p{host="x", team="demo"} OPEN BREACHED` {
			t.Errorf("%q", story)
		}
	})
}

// A state too large for a key is in the object store, and comes from there.
func TestLargeState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "policies:\n  - {name: p, when: {metric: m, above: 80}}\n")
		a := w.start("a")
		time.Sleep(5 * time.Second)
		host := map[string]string{"host": "x"}
		for round := range 3 {
			var samples []one
			for i := range 4000 {
				samples = append(samples, one{name: fmt.Sprintf("long.%s.%d", strings.Repeat("name", 40), i), labels: host, value: float64(i)})
				if len(samples) == 500 {
					w.send(samples...)
					samples = nil
				}
			}
			w.send(one{name: "m", labels: host, value: float64(85 + round)})
			time.Sleep(time.Minute)
		}
		objects := func() int {
			store, err := w.Conn("admin").JetStream().ObjectStore(context.Background(), bus.EvaluatorSnapshots.Name)
			if err != nil {
				t.Fatal(err)
			}
			list, err := store.List(context.Background())
			if err != nil && err != jetstream.ErrNoObjectsFound {
				t.Fatal(err)
			}
			return len(list)
		}
		if n := objects(); n != 1 {
			t.Errorf("%d objects", n)
		}
		a.kill()
		w.start("b")
		time.Sleep(15 * time.Second)
		_, _, p := identity(one{name: "m", labels: host})
		got, err := bus.QueryPartition(context.Background(), w.Conn("renderer"), p, &eventv1.Query{
			Query: &eventv1.Query_History{History: &eventv1.HistoryQuery{Name: "m"}}})
		if err != nil || len(got.Series) != 1 || len(got.Series[0].Values) != 3 {
			t.Errorf("%v, %v", got, err)
		}
		w.send(one{name: "m", labels: host, value: 1})
		time.Sleep(time.Minute)
		want(t, w.story(), `p{host="x", team="demo"} OPEN BREACHED`, `p{host="x", team="demo"} RESOLVED RECOVERED`)
		if n := objects(); n != 1 {
			t.Errorf("%d objects at the end", n)
		}
	})
}
