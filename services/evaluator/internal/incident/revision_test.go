package incident

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
)

// revise stores a sample of m{host=a} at a time, with a revision.
func (s *sim) revise(text string, at time.Time, v float64, rev uint32) {
	name, labels := series1(text)
	id := label.Fingerprint(name, labels)
	b := &eventv1.SampleBatch{BaseUnixMs: at.UnixMilli(), SeriesId: []uint64{id}, TimeDeltaMs: []int64{0}, Value: []float64{v}, Revision: []uint32{rev}}
	if !s.defined[id] {
		s.defined[id] = true
		b.Defs = []*eventv1.SeriesDef{{Id: id, Name: name, Labels: labels.Proto()}}
	}
	s.entry(bus.PartitionOf(label.Resource(labels)), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: b}}, nil)
}

func TestARevisionIsJudgedAgain(t *testing.T) {
	t.Parallel()
	s := newSim(t, `
- {name: near, when: {metric: m, above: 80, until: 70}}
- {name: wide, by: [host], when: {metric: m, above: 80, until: 70}}
- {name: compared, when: {metric: n, above: {metric: m}}}
- {name: changed, when: {metric: m, changed: true}}`)
	both := func(state string) []string {
		return []string{"near{host=a} " + state, "wide{host=a} " + state}
	}
	s.load("m{host=a}", 10*sec, 50, 50, 50, 50)
	s.send("n{host=a}", 85, 0)
	s.expect("compared{host=a} OPEN BREACHED")
	s.revise("m{host=a}", s.now, 90, 1) // holds now
	s.expect(append(both("OPEN BREACHED"), "compared{host=a} RESOLVED RECOVERED", "changed{host=a} OPEN BREACHED")...)
	s.revise("m{host=a}", s.now, 90, 1) // the same again
	s.revise("m{host=a}", s.now, 10, 1) // a revision that came
	s.revise("m{host=a}", s.now, 10, 0)
	s.send("m{host=a}", 10, 0)
	s.expect()
	s.revise("m{host=a}", s.now, 75, 3) // between until and above, and did not hold before
	s.expect(append(both("RESOLVED RECOVERED"), "compared{host=a} OPEN BREACHED")...)
	s.revise("m{host=a}", s.now, 99, 2) // too late
	s.expect()
	s.revise("m{host=a}", s.now, 50, 4) // as the one before it
	s.expect("changed{host=a} RESOLVED RECOVERED")

	s.load("m{host=a}", 10*sec, 85, 99)
	s.expect(append(both("OPEN BREACHED"), "compared{host=a} RESOLVED RECOVERED", "changed{host=a} OPEN BREACHED")...)
	s.revise("m{host=a}", s.now, 75, 1) // held before, and goes on until 70
	s.expect("compared{host=a} OPEN BREACHED")
	s.revise("m{host=a}", s.now, 70, 2)
	s.expect(both("RESOLVED RECOVERED")...)
	if c := s.changes[len(s.changes)-1]; c.Policy == "near" && c.Conditions[0].Peak != 85 {
		t.Errorf("the peak is %v, want 85: 99 was revised", c.Conditions[0].Peak)
	}
	s.advance(time.Second)
	before := len(s.changes)
	s.revise("m{host=a}", s.now.Add(-11*sec), 99, 1) // history only
	s.revise("m{host=a}", s.now, math.NaN(), 9)
	if len(s.changes) != before {
		t.Errorf("an older sample or none was judged: %v", s.changes[before:])
	}
}

// A series that is silent is not made to speak by a revision of what it said.
func TestARevisionIsNoSignOfLife(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {metric: m, above: 80}, no_data: alert}]`)
	s.load("m{host=a}", 10*sec, 50, 50, 50)
	at := s.now
	s.advance(10 * time.Minute)
	s.expect("p{host=a} OPEN NO_DATA")
	s.revise("m{host=a}", at, 90, 1)
	s.advance(time.Minute)
	s.expect()
	s.send("m{host=a}", 50, 0)
	s.expect("p{host=a} RESOLVED RECOVERED")
}

// bucket is what the reference knows of one (series, time).
type bucket struct {
	value float64
	rev   uint32
}

// Samples come revised, twice, late, in any order; the state is taken down
// and restored in between. History and incidents are what a reference without
// any cleverness says.
func TestRevisionsAgainstReference(t *testing.T) {
	t.Parallel()
	const text = `
- {name: level, when: {metric: m, above: 80}}
- {name: held, when: {metric: m, above: 60, for: 150s}}
- {name: turned, when: {metric: m, changed: true}}`
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 5))
		s := newSim(t, text)
		var names []string
		for h := range 3 {
			names = append(names, fmt.Sprintf("m{host=h%d}", h))
		}
		type reference struct {
			all    map[int64]bucket
			newest int64
			before float64 // value of the one before, when the newest came
			began  time.Time
		}
		refs := map[string]*reference{}
		open := map[string]bool{}
		base := s.now
		value := func() float64 { return float64(40 + 10*r.IntN(6)) }
		take := func(name string, at time.Time, v float64, rev uint32) {
			s.revise(name, at, v, rev)
			ref, ms := refs[name], at.UnixMilli()
			if ref == nil {
				ref = &reference{all: map[int64]bucket{}, before: math.NaN()}
				refs[name] = ref
			}
			known, seen := ref.all[ms]
			if seen && rev <= known.rev {
				return
			}
			if ms > ref.newest {
				if ref.newest > 0 {
					ref.before = ref.all[ref.newest].value
				}
				ref.newest = ms
			}
			ref.all[ms] = bucket{v, rev}
			switch holds := ref.all[ref.newest].value > 60; {
			case !holds:
				ref.began = time.Time{}
			case ref.began.IsZero():
				ref.began = s.now
			}
		}
		for step := range 120 {
			s.advance(time.Duration(1+r.IntN(40)) * sec)
			name := names[r.IntN(len(names))]
			// Buckets of a minute, of each series at least every third; now and
			// then an older one.
			at := base.Add(time.Duration(step/3) * time.Minute)
			if r.IntN(3) == 0 {
				at = at.Add(-time.Duration(r.IntN(5)) * time.Minute)
			}
			for range 1 + r.IntN(3) {
				take(name, at, value(), uint32(r.IntN(4)))
			}
			if r.IntN(8) == 0 {
				for p, st := range s.states {
					digest, err := SnapshotPolicies(st.Snapshot())
					if err != nil {
						t.Fatal(err)
					}
					set := s.set
					if digest != set.Digest {
						t.Fatal("policies of the snapshot are others")
					}
					if s.states[p], err = Restore(p, s.opt, st.Snapshot(), set); err != nil {
						t.Fatal(err)
					}
				}
			}

			clear(open)
			for _, c := range s.changes {
				open[c.Policy+" "+c.Labels[0].Value] = c.State == eventv1.IncidentState_INCIDENT_STATE_OPEN
			}
			for name, ref := range refs {
				_, labels := series1(name)
				host, newest := labels.Get("host"), ref.all[ref.newest].value
				for policy, want := range map[string]bool{
					"level": newest > 80, "turned": newest != ref.before && !math.IsNaN(ref.before),
					"held": !ref.began.IsZero() && s.now.Sub(ref.began) >= 150*sec,
				} {
					if open[policy+" "+host] != want {
						t.Fatalf("seed %d, step %d: %s on %s is %v, want %v: %+v", seed, step, policy, name, !want, want, ref)
					}
				}
				checkHistory(t, s, name, ref.all)
			}
		}
	}
}

func checkHistory(t *testing.T, s *sim, name string, want map[int64]bucket) {
	t.Helper()
	n, labels := series1(name)
	st := s.states[bus.PartitionOf(label.Resource(labels))]
	a := st.Answer(&eventv1.Query{Query: &eventv1.Query_History{History: &eventv1.HistoryQuery{SeriesId: []uint64{label.Fingerprint(n, labels)}}}})
	h := a.GetSeries()[0]
	if len(h.Values) != len(want) {
		t.Fatalf("%s has %d samples, want %d", name, len(h.Values), len(want))
	}
	var times []int64
	for ms := range want {
		times = append(times, ms)
	}
	slices.Sort(times)
	for i, ms := range times {
		if off := h.TimeUnixMs[i] - ms; h.Values[i] != want[ms].value || off > 16_000 || off < -16_000 {
			t.Fatalf("%s at %d: %v at %d, want %v", name, ms, h.Values[i], h.TimeUnixMs[i], want[ms].value)
		}
	}
}

// What is remembered of revisions is bounded, and the newest are not forgotten.
func TestRevisionsAreBounded(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {metric: m, above: 80}}]`)
	base := s.now
	for i := range maxRevised + 100 {
		s.revise("m{host=a}", base.Add(time.Duration(i)*sec), 50, 2)
	}
	last := base.Add((maxRevised + 99) * sec)
	st := s.states[bus.PartitionOf(label.Resource(label.FromMap(map[string]string{"team": "demo", "host": "a"})))]
	if n := len(st.revised); n > maxRevised || n < maxRevised/4 {
		t.Errorf("%d remembered", n)
	}
	s.revise("m{host=a}", last, 90, 2)
	s.expect()
	for range 8 { // of a series that sends no more
		s.advance(2 * time.Hour)
		s.send("other{host=a}", 50, 0)
	}
	if n := len(st.revised); n > 1 {
		t.Errorf("%d remembered after hours", n)
	}
}

// A snapshot of the version before, without revisions, is read.
func TestSnapshotOfTheVersionBefore(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/snapshot-v1")
	if err != nil {
		t.Fatal(err)
	}
	digest, err := SnapshotPolicies(data)
	if err != nil {
		t.Fatal(err)
	}
	set := parse(t, mixed)
	set.Digest = digest // words of a policy may have changed since
	s, err := Restore(0, Options{History: 360}, data, set)
	if err != nil {
		t.Fatal(err)
	}
	if series, open, _ := s.Size(); series != 2 || open != 1 {
		t.Errorf("%d series, %d open, want 2 and 1", series, open)
	}
	again, err := Restore(0, Options{History: 360}, s.Snapshot(), set)
	if err != nil || !bytes.Equal(again.Snapshot(), s.Snapshot()) {
		t.Errorf("written again it differs: %v", err)
	}
}

// What comes once a day is not forgotten after six hours: else what came twice
// would count twice.
func TestSlowSeriesAreRemembered(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {metric: m, above: 80}}]`)
	send := func(host string, interval time.Duration, at time.Time, v float64) {
		name, labels := series1("m{host=" + host + "}")
		id := label.Fingerprint(name, labels)
		s.entry(0, &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: &eventv1.SampleBatch{BaseUnixMs: at.UnixMilli(),
			SeriesId: []uint64{id}, TimeDeltaMs: []int64{0}, Value: []float64{v},
			Defs: []*eventv1.SeriesDef{{Id: id, Name: name, Labels: labels.Proto(), Interval: durationpb.New(interval)}}}}}, nil)
	}
	at := s.now
	send("daily", 24*time.Hour, at, 50)
	send("minutely", time.Minute, at, 50)
	for range 12 {
		s.advance(time.Hour)
		s.entry(0, &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Tick{Tick: &eventv1.Tick{}}}, nil)
	}
	if n, _, _ := s.states[0].Size(); n != 1 {
		t.Errorf("%d series are known after 12 hours, want the daily one", n)
	}
	send("daily", 24*time.Hour, at, 90) // the same sample again
	s.expect()
	for range 80 {
		s.advance(time.Hour)
		s.entry(0, &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Tick{Tick: &eventv1.Tick{}}}, nil)
	}
	if n, _, _ := s.states[0].Size(); n != 0 {
		t.Errorf("%d series are known after days, want none", n)
	}
}
