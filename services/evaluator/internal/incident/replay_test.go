package incident

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/bus"
)

const mixed = `
- {name: plain, when: {metric: m, above: 80, until: 70}, recover: {after: 20s}}
- {name: waits, when: {metric: m, above: 75, for: 30s}, no_data: ok}
- {name: pair, when: {all: [{metric: m, above: 60}, {metric: n, below: 40, for: 10s}]}, no_data: alert}
- {name: compared, when: {metric: m, above: {metric: n, times: 2}}}
- {name: wide, by: [service], when: {metric: m, above: 80, for: 15s}, recover: {after: 30s}}
- {name: wide-silent, by: [service], no_data: alert, when: {any: [{metric: n, outside: [10, 90]}, {metric: m, changed: true}]}}
- {name: counted, when: {metric: m, above: 70, until: 60, datapoints: {hold: 3, of: 5}}}
- {name: periods, by: [host], when: {metric: n, below: 30, datapoints: {hold: 2, of: 4, every: 30s, missing: breaching}}}
- {name: ignoring, no_data: alert, when: {metric: m, below: 40, datapoints: {hold: 3, of: 3, every: 1m, missing: ignore}}}
- {name: gone, by: [service], when: {any: [{metric: m, absent: 5m}, {metric: n, expires: 4m, for: 1m}]}}
- {name: fast, when: {metric: m, rate: {above: 20, until: 5, over: 1m, per: minute}}}
- {name: jumps, by: [host], when: {metric: n, jump: {percent: 40, within: 2m}}}
- {name: usual, when: {metric: m, outside: {of: 10m ago, by: 50%}, datapoints: {hold: 2, of: 3}}}
- {name: several, by: [], when: {metric: m, above: 60, for: 10s, count: {above: 1}}}
- {name: share, by: [], no_data: ok, when: {metric: n, above: 50, share: {above: 40%}}}
- {name: unlike, when: {metric: m, above: baseline, tolerance: 1 sigma}}
- {name: rare, by: [host], when: {metric: n, anomaly: one in 1 day, datapoints: {hold: 2, of: 3}}}
- {name: fills, when: {metric: m, forecast: {reaches: 100, within: 14d, confidence: 1%}}}
- {name: free, by: [host], when: {metric: m, expr: 'value > 60 && (mean("2m") > 50 || rate("1m") > 1) && metric("n") < 70 && highest("3m", "n") < 90', datapoints: {hold: 2, of: 3}}}
- {name: event, when: {event: "job.*", level: ">=info", matches: "1|2|3", lasts: 40s}}
- {name: job, by: [service], when: {event: job.begun, until: job.done, for: 20s, count: {above: 0}}}
- {name: one, by: [], when: {at_least: {count: 2, of: [{metric: m, above: 90}, {metric: n, above: 90}, {metric: n, below: 5}]}}}
`

// workload drives a sim at random: breaches, silence, late, double and revised samples,
// changes of policies, people.
func workload(s *sim, r *rand.Rand, steps int) {
	hosts := []string{"a", "b", "c", "d"}
	value := map[string]float64{}
	silent := map[string]int{}
	for range steps {
		s.advance(time.Duration(500+r.IntN(9500)) * time.Millisecond)
		for _, h := range hosts {
			if silent[h] > 0 {
				silent[h]--
				continue
			}
			if r.IntN(150) == 0 {
				silent[h] = r.IntN(150)
			}
			for _, m := range []string{"m", "n"} {
				key := fmt.Sprintf("%s{service=s%s,host=%s}", m, h[:1], h)
				if h > "b" {
					key = fmt.Sprintf("%s{service=s,host=%s}", m, h)
				}
				v, ok := value[key]
				if !ok || r.IntN(40) == 0 {
					v = 100 * r.Float64()
				}
				v = min(100, max(0, v+3*r.NormFloat64()))
				value[key] = v
				s.send(key, v, 0)
				switch r.IntN(32) {
				case 4:
					if r.IntN(8) == 0 {
						s.leave(key, "was stopped")
						silent[h] = max(silent[h], r.IntN(30))
					}
				case 0:
					s.send(key, v, 0)
				case 1:
					s.send(key, 50, 3*time.Second)
				case 2:
					s.revise(key, s.now, 100-v, uint32(1+r.IntN(2)))
				case 3:
					s.revise(key, s.now.Add(-3*time.Second), 100-v, 1)
				}
			}
		}
		if h := hosts[r.IntN(4)]; r.IntN(6) == 0 {
			s.say("service=s,host="+h, []string{"job.begun", "job.done", "other"}[r.IntN(3)], "info", fmt.Sprint(r.IntN(5)), fmt.Sprint(r.IntN(99)), time.Duration(r.IntN(2)*r.IntN(30))*time.Second)
		}
		switch r.IntN(120) {
		case 7:
			s.allow(&eventv1.BudgetChanged{Label: "host", Series: uint64(r.IntN(8)), Full: [][]string{nil, {"a"}, {"b", "c"}}[r.IntN(3)],
				ForgetAfter: durationpb.New(time.Duration(6+r.IntN(9)) * time.Hour)})
		case 8:
			if r.IntN(3) == 0 {
				s.advance(7 * time.Hour)
			}
			clear(s.defined)
		case 5, 6:
			zones := []string{"UTC", "Europe/Berlin", "America/New_York"}
			s.plan(once("a", "host", hosts[r.IntN(4)], s.now, s.now.Add(time.Duration(r.IntN(600))*time.Second)),
				again("b", "service", "s", s.now.Add(-time.Minute), s.now.Add(time.Duration(1+r.IntN(600))*time.Second), zones[r.IntN(3)]))
		case 0:
			s.policies(mixed + fmt.Sprintf("- {name: extra, by: [host], when: {metric: m, above: %d}}\n", 50+r.IntN(40)))
		case 1:
			s.policies(`[{name: plain, when: {metric: m, above: 60, until: 50}}]`)
		case 2, 3:
			s.policies(mixed)
		case 4:
			if len(s.changes) > 0 {
				c := s.last()
				s.entry(bus.Partition(c.Partition), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Resolve{
					Resolve: &eventv1.IncidentResolveRequested{IncidentId: c.Id, By: "x"}}}, nil)
			}
		}
	}
}

// A state that was restored from a snapshot at any entry goes on exactly as
// one that was never interrupted: same outputs, same snapshot.
func TestReplayFromAnySnapshotIsTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 99))
		s := newSim(t, mixed)
		workload(s, r, 400)
		kinds := map[string]bool{}
		for _, c := range s.changes {
			kinds[c.Reason.String()] = true
		}
		if len(s.changes) < 50 || len(kinds) < 7 {
			t.Errorf("seed %d: only %d changes of %d kinds: the workload does not try enough", seed, len(s.changes), len(kinds))
		}
		sets := map[string]*policy.Set{"": {}}
		for p, log := range s.logs {
			whole, cut := New(p, s.opt), New(p, s.opt)
			for k, e := range log {
				if e.Set != nil {
					sets[e.Set.Digest] = e.Set
				}
				a, b := whole.Apply(e), cut.Apply(e)
				if !sameOutput(a, b) {
					t.Fatalf("seed %d partition %s entry %d: outputs differ\n%v\n%v", seed, p, k, a.Changes, b.Changes)
				}
				if r.IntN(25) == 0 {
					snap := cut.Snapshot()
					digest, err := SnapshotPolicies(snap)
					if err != nil {
						t.Fatal(err)
					}
					if cut, err = Restore(p, s.opt, snap, sets[digest]); err != nil {
						t.Fatal(err)
					}
					if again := cut.Snapshot(); !bytes.Equal(snap, again) {
						t.Fatalf("seed %d partition %s entry %d: the snapshot of what was restored is another", seed, p, k)
					}
				}
			}
			if !bytes.Equal(whole.Snapshot(), cut.Snapshot()) {
				t.Errorf("seed %d partition %s: the states differ", seed, p)
			}
			if !bytes.Equal(whole.Snapshot(), s.states[p].Snapshot()) {
				t.Errorf("seed %d partition %s: a replay of the log differs", seed, p)
			}
		}
	}
}

func sameOutput(a, b *Output) bool {
	if len(a.Changes) != len(b.Changes) || len(a.Partials) != len(b.Partials) {
		return false
	}
	for i := range a.Changes {
		if !proto.Equal(a.Changes[i], b.Changes[i]) {
			return false
		}
	}
	for i := range a.Partials {
		if a.Partials[i].Target != b.Partials[i].Target || !proto.Equal(a.Partials[i].Batch, b.Partials[i].Batch) {
			return false
		}
	}
	return true
}

// Reading the last minute again, as after a cut of the log, changes nothing.
func TestReadingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSim(t, mixed)
	workload(s, rand.New(rand.NewPCG(7, 7)), 200)
	for p, log := range s.logs {
		st := s.states[p]
		open := st.open
		for _, e := range log {
			if e.Stored.After(s.now.Add(-time.Minute)) && e.Event.GetResolve() == nil {
				if out := st.Apply(e); len(out.Changes) > 0 || len(out.Partials) > 0 {
					t.Errorf("partition %s: %v", p, out.Changes)
				}
			}
		}
		if st.open != open {
			t.Errorf("partition %s: %d open, then %d", p, open, st.open)
		}
	}
}

// Versions rise by one, states follow each other, and what is open at the end
// is what the log says.
func TestStoriesAreWhole(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		s := newSim(t, mixed)
		workload(s, rand.New(rand.NewPCG(seed, 3)), 300)
		last := map[string]*eventv1.IncidentChanged{}
		open := 0
		for _, c := range s.changes {
			before := last[c.Id]
			if c.Version != before.GetVersion()+1 || before.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED || c.State < before.GetState() {
				t.Fatalf("after %v comes %v", before, c)
			}
			last[c.Id] = c
		}
		for _, c := range last {
			if c.State == eventv1.IncidentState_INCIDENT_STATE_OPEN {
				open++
			}
		}
		for _, st := range s.states {
			open -= st.open
		}
		if open != 0 {
			t.Errorf("seed %d: %d more open in the log than in the states", seed, open)
		}
	}
}

func FuzzRestore(f *testing.F) {
	s := newSim(f, mixed)
	workload(s, rand.New(rand.NewPCG(1, 1)), 60)
	for _, st := range s.states {
		f.Add(st.Snapshot())
	}
	s.policies(mixed)
	f.Fuzz(func(t *testing.T, data []byte) {
		digest, err := SnapshotPolicies(data)
		if err != nil {
			return
		}
		set := s.set
		if digest != set.Digest {
			set = &policy.Set{Digest: digest}
		}
		st, err := Restore(3, Options{History: 60}, data, set)
		if err != nil {
			return
		}
		// What can be restored works.
		for k := range 3 {
			st.Apply(Entry{Sequence: st.seq + 1, Stored: time.UnixMilli(st.time + int64(k)*600_000), Event: &eventv1.PartitionEntry{}})
			st.NextDeadline()
		}
		st.Answer(&eventv1.Query{Query: &eventv1.Query_Incidents{Incidents: &eventv1.IncidentQuery{IncludePending: true}}})
		st.Snapshot()
	})
}
