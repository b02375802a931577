package evaluator

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

// load is samples whose incidents can be counted without an evaluator: each
// host goes over the threshold and back, a number of times of its own.
type load struct {
	r     *rand.Rand
	over  map[string]bool
	flips map[string]int // how often it went over
}

const crossing = `
policies:
  - name: near
    when: {metric: m, above: 80}
  - name: wide
    by: [host]
    when: {metric: m, above: 80}
`

func newLoad(seed uint64) *load {
	return &load{r: rand.New(rand.NewPCG(seed, 1)), over: map[string]bool{}, flips: map[string]int{}}
}

// step sends one value of each of n hosts.
func (l *load) step(w *world, n int) {
	samples := make([]one, 0, n)
	for i := range n {
		h := fmt.Sprintf("h%02d", i)
		if l.r.IntN(10) == 0 {
			l.over[h] = !l.over[h]
			if l.over[h] {
				l.flips[h]++
			}
		}
		v := 10 + 60*l.r.Float64()
		if l.over[h] {
			v = 81 + 19*l.r.Float64()
		}
		samples = append(samples, one{name: "m", labels: map[string]string{"host": h}, value: v})
	}
	w.send(samples...)
}

// check compares the incidents' stream with what was sent: nothing missing,
// nothing doubled, all in order.
func (l *load) check(t *testing.T, w *world) {
	t.Helper()
	opened := map[string]int{}
	open := map[string]string{}
	last := map[string]uint32{}
	position := map[string]uint64{}
	for _, m := range w.alerts() {
		source, err := strconv.ParseUint(m.Header.Get(bus.HeaderSource), 10, 64)
		if err != nil || source != m.Event.SourceSequence {
			t.Errorf("header %q of entry %d", m.Header.Get(bus.HeaderSource), m.Event.SourceSequence)
		}
		at := source<<8 | uint64(m.Event.Part)
		if at <= position[m.Subject] {
			t.Errorf("%s: entry %d after %d", m.Subject, source, position[m.Subject]>>8)
		}
		position[m.Subject] = at
		for _, c := range m.Event.Changes {
			host := c.Labels[slices.IndexFunc(c.Labels, func(l *eventv1.Label) bool { return l.Name == "host" })].Value
			key := c.Policy + "/" + host
			if c.Reason == eventv1.IncidentReason_INCIDENT_REASON_UPDATED {
				continue
			}
			switch c.State {
			case eventv1.IncidentState_INCIDENT_STATE_OPEN:
				if open[key] != "" {
					t.Errorf("%s opened while %s is open", key, open[key])
				}
				open[key] = c.Id
				opened[key]++
			case eventv1.IncidentState_INCIDENT_STATE_RESOLVED:
				if open[key] != c.Id {
					t.Errorf("%s: %s resolved, %q is open", key, c.Id, open[key])
				}
				delete(open, key)
			}
			if c.Version <= last[c.Id] {
				t.Errorf("%s: version %d after %d", key, c.Version, last[c.Id])
			}
			last[c.Id] = c.Version
		}
	}
	for _, policy := range []string{"near", "wide"} {
		for h, n := range l.flips {
			if got := opened[policy+"/"+h]; got != n {
				t.Errorf("%s/%s: opened %d times, want %d", policy, h, got, n)
			}
			if is := open[policy+"/"+h] != ""; is != l.over[h] {
				t.Errorf("%s/%s: open is %v, want %v", policy, h, is, l.over[h])
			}
		}
	}
}

// owners returns how many partitions each instance has.
func (w *world) owners() map[string]int {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	answers, err := bus.QueryAll(ctx, w.Conn("operator"), &eventv1.Query{Query: &eventv1.Query_Partition{Partition: &eventv1.PartitionQuery{}}})
	if err != nil {
		w.t.Logf("not all answer: %v", err)
	}
	out := map[string]int{}
	for _, a := range answers {
		out[a.Status.Owner]++
	}
	return out
}

func TestStartsWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, crossing)
		start := time.Now()
		w.start("a")
		for w.owners()["a"] < bus.Partitions {
			if time.Since(start) > 5*time.Second {
				t.Fatalf("owns %v after %s", w.owners(), time.Since(start))
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Logf("all partitions after %s", time.Since(start))
	})
}

// One evaluator, then three, then two, while samples come.
func TestRescale(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, l := newWorld(t, crossing), newLoad(11)
		w.start("a")
		time.Sleep(5 * time.Second)
		run := func(steps int) {
			for range steps {
				l.step(w, 24)
				time.Sleep(time.Second)
			}
		}
		run(15)
		b := w.start("b")
		w.start("c")
		run(25)
		if got := w.owners(); got["a"] < 20 || got["b"] < 20 || got["c"] < 20 {
			t.Errorf("with three: %v", got)
		}
		b.stop()
		run(15)
		if got := w.owners(); got["a"] != 32 || got["c"] != 32 {
			t.Errorf("with two: %v", got)
		}
		l.check(t, w)
	})
}

// Evaluators die without a word, again and again.
func TestKills(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, l := newWorld(t, crossing), newLoad(12)
		a, b := w.start("a"), w.start("b")
		time.Sleep(5 * time.Second)
		step := func(n int) {
			for range n {
				l.step(w, 24)
				time.Sleep(700 * time.Millisecond)
			}
		}
		step(30)
		a.kill()
		step(20)
		c := w.start("c")
		step(20)
		b.kill()
		step(3)
		c.kill()
		step(10) // nobody is there
		w.start("d")
		step(10)
		time.Sleep(30 * time.Second)
		if got := w.owners(); got["d"] != bus.Partitions {
			t.Errorf("owners %v", got)
		}
		l.check(t, w)
	})
}

// An owner that was frozen, and does not know that it lost its partitions, is
// refused.
func TestAStaleOwnerIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, l := newWorld(t, crossing), newLoad(13)
		w.start("a")
		time.Sleep(5 * time.Second)
		for range 10 {
			l.step(w, 12)
			time.Sleep(time.Second)
		}
		// Somebody else takes every lease, as if "a" were gone, and says nothing.
		thief := w.Conn("evaluator")
		leases, err := bus.Leases.List(context.Background(), thief)
		if err != nil || len(leases) != bus.Partitions {
			t.Fatalf("%d leases, %v", len(leases), err)
		}
		for _, e := range leases[:20] {
			p, _ := bus.ParsePartition(e.Key)
			rev, err := bus.Leases.Update(context.Background(), thief, e.Key, []byte("thief"), e.Revision)
			if err != nil {
				t.Fatal(err)
			}
			// It fences by writing the snapshot and an alert of its own.
			s, err := bus.Snapshots.Get(context.Background(), thief, p.String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := bus.Snapshots.Update(context.Background(), thief, p.String(), s.Value, s.Revision); err != nil {
				t.Fatal(err)
			}
			_ = rev
		}
		for range 40 { // "a" finds out, and claims again what a dead thief has
			l.step(w, 12)
			time.Sleep(time.Second)
		}
		if got := w.owners(); got["a"] != bus.Partitions {
			t.Errorf("owners %v", got)
		}
		l.check(t, w)
	})
}

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
		before := w.entries("control.v1.*")
		time.Sleep(time.Minute)
		if after := w.entries("control.v1.*"); after-before > 2 {
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
		before := w.entries("control.v1.*")
		time.Sleep(time.Hour)
		if n := w.entries("control.v1.*") - before; n != 0 {
			t.Errorf("%d ticks in an idle hour", n)
		}
		bustest.WantNone(t, w.Bus, bus.AlertsLog, "alerts.v1.*")
	})
}
