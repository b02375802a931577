package evaluator

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

// A person's order and a changed file reach incidents through the log.
func TestHotReload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "policies:\n  - {name: p, when: {metric: m, above: 80}}\n")
		w.start("a")
		w.start("b")
		time.Sleep(5 * time.Second)
		host := map[string]string{"host": "x"}
		w.send(one{name: "m", labels: host, value: 90})
		time.Sleep(time.Second)
		want(t, w.story(), `p{host="x", team="demo"} OPEN BREACHED`)

		w.write("policies.yaml", "policies:\n  - {name: p, when: {metric: m, abov: 95}}\n  - {name: q, when: {metric: m, above: 85}}\n")
		time.Sleep(5 * time.Second)
		want(t, w.story()[1:], `q{host="x", team="demo"} OPEN BREACHED`) // p is wrong now, and stays as it was

		w.write("policies.yaml", "policies:\n  - {name: q, when: {metric: m, above: 85}}\n")
		time.Sleep(5 * time.Second)
		want(t, w.story()[2:], `p{host="x", team="demo"} RESOLVED POLICY_REMOVED`)

		w.write("policies.yaml", "policies: [\n")
		time.Sleep(5 * time.Second)
		if err := putByHand(w, "by-hand", "{name: by-hand, when: {metric: m, above: 10}}"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		want(t, w.story()[3:], `by-hand{host="x", team="demo"} OPEN BREACHED`)

		w.write("policies.yaml", "policies:\n  - {name: p, when: {metric: m, above: 80}}\n")
		time.Sleep(5 * time.Second)
		story := w.story()[4:]
		slices.Sort(story)
		want(t, story, `p{host="x", team="demo"} OPEN BREACHED`, `q{host="x", team="demo"} RESOLVED POLICY_REMOVED`)
		before := w.entries("samples.v1.*.control")
		time.Sleep(time.Minute)
		if after := w.entries("samples.v1.*.control"); after-before > 2 {
			t.Errorf("%d entries in a quiet minute", after-before)
		}
	})
}

func putByHand(w *world, name, yaml string) error {
	_, err := bus.Policies.Create(context.Background(), w.Conn("operator"), name,
		&eventv1.PolicyDocument{Name: name, Yaml: yaml, Origin: "cli"})
	return err
}

func TestQueriesAreAnswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, crossing)
		w.start("a")
		time.Sleep(5 * time.Second)
		for i := range 20 {
			w.send(one{name: "m", labels: map[string]string{"host": "x"}, value: float64(70 + i)})
			time.Sleep(time.Second)
		}
		renderer := w.Conn("renderer")
		c := w.changes()[0]
		ref := c.Conditions[0].Series
		a, err := bus.QueryPartition(context.Background(), renderer, bus.Partition(ref.Partition), &eventv1.Query{
			Query: &eventv1.Query_History{History: &eventv1.HistoryQuery{SeriesId: []uint64{ref.Id}}}})
		if err != nil || len(a.Series) != 1 || len(a.Series[0].Values) != 20 || a.Series[0].Values[19] != 89 {
			t.Errorf("history %v, %v", a, err)
		}
		a, err = bus.QueryPartition(context.Background(), renderer, bus.Partition(c.Partition), &eventv1.Query{
			Query: &eventv1.Query_Incidents{Incidents: &eventv1.IncidentQuery{Id: c.Id}}})
		if err != nil || len(a.Incidents) != 1 || a.Incidents[0].Conditions[0].Value != 89 && c.Policy == "near" {
			t.Errorf("incident %v, %v", a, err)
		}
		// An order of a person.
		if _, err := bus.Publish(context.Background(), w.Conn("notifier"), bus.Control(bus.Partition(c.Partition)), "resolve/1", &eventv1.PartitionEntry{
			Entry: &eventv1.PartitionEntry_Resolve{Resolve: &eventv1.IncidentResolveRequested{IncidentId: c.Id, By: "ann"}}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		last := w.changes()[len(w.changes())-1]
		if last.Id != c.Id || last.Reason != eventv1.IncidentReason_INCIDENT_REASON_RESOLVED_BY_PERSON {
			t.Errorf("%v", last)
		}
	})
}

// A log with nothing due gets no ticks.
func TestNoIdleTicks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot)
		w.start("a")
		time.Sleep(5 * time.Second)
		w.send(one{name: "temperature", labels: map[string]string{"host": "x"}, value: 10})
		before := w.entries("samples.v1.*.control")
		time.Sleep(time.Hour)
		if n := w.entries("samples.v1.*.control") - before; n != 0 {
			t.Errorf("%d ticks in an idle hour", n)
		}
		bustest.WantNone(t, w.Bus, bus.AlertsLog, "alerts.v1.*")
	})
}
