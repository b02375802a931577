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
		if got := w.owners(); got["a"] < bus.Partitions/3 || got["b"] < bus.Partitions/3 || got["c"] < bus.Partitions/3 {
			t.Errorf("with three: %v", got)
		}
		b.stop()
		run(15)
		if got := w.owners(); got["a"] != bus.Partitions/2 || got["c"] != bus.Partitions/2 {
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
		for _, e := range leases[:bus.Partitions/3] {
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
