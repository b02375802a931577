package incident

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
)

// sim is every partition of a system, with its log, and a clock of its own:
// load samples, advance, expect.
type sim struct {
	t       testing.TB
	now     time.Time
	seq     uint64
	opt     Options
	states  map[bus.Partition]*State
	logs    map[bus.Partition][]Entry
	defined map[uint64]bool
	set     *policy.Set
	rev     uint64
	changes []*eventv1.IncidentChanged
	notes   []string
	told    int
	// each, if set, is called after each entry.
	each func(p bus.Partition)
}

func newSim(t testing.TB, policies string) *sim {
	t.Helper()
	s := &sim{t: t, now: time.UnixMilli(1_795_305_600_000), opt: Options{History: 360}, states: map[bus.Partition]*State{},
		logs: map[bus.Partition][]Entry{}, defined: map[uint64]bool{}}
	s.policies(policies)
	return s
}

func parse(t testing.TB, text string) *policy.Set {
	t.Helper()
	f := policy.Parse("test", []byte("policies:\n "+strings.ReplaceAll(text, "\n", "\n ")))
	if len(f.Problems) > 0 {
		t.Fatal(f.Problems)
	}
	return policy.NewSet(f.Policies)
}

// policies puts a set in force in every partition.
func (s *sim) policies(text string) {
	s.t.Helper()
	s.set = parse(s.t, text)
	s.rev++
	for p := range bus.Partition(bus.Partitions) {
		if s.states[p] != nil {
			s.enforce(p)
		}
	}
}

func (s *sim) enforce(p bus.Partition) {
	s.entry(p, &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Policies{
		Policies: &eventv1.PolicySetChanged{Digest: s.set.Digest, Revision: s.rev}}}, s.set)
}

func (s *sim) state(p bus.Partition) *State {
	st := s.states[p]
	if st == nil {
		st = New(p, s.opt)
		s.states[p] = st
		s.enforce(p)
	}
	return st
}

// entry appends to a partition's log and applies it, with all that follows.
func (s *sim) entry(p bus.Partition, e *eventv1.PartitionEntry, set *policy.Set) {
	st := s.state(p)
	s.seq++
	en := Entry{Sequence: s.seq, Stored: s.now, Event: e, Set: set}
	s.logs[p] = append(s.logs[p], en)
	out := st.Apply(en)
	s.changes = append(s.changes, out.Changes...)
	s.notes = append(s.notes, out.Notes...)
	if s.each != nil {
		s.each(p)
	}
	for _, l := range out.Partials {
		s.entry(l.Target, &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Partials{
			Partials: proto.Clone(l.Batch).(*eventv1.PartialBatch)}}, nil)
	}
}

// value is a sample of metric{labels} in the notation `cpu{host=a}`.
func series1(text string) (name string, labels label.Set) {
	name, rest, _ := strings.Cut(strings.TrimSuffix(text, "}"), "{")
	m := map[string]string{"team": "demo"}
	for kv := range strings.SplitSeq(rest, ",") {
		if k, v, ok := strings.Cut(kv, "="); ok {
			m[k] = v
		}
	}
	return name, label.FromMap(m)
}

// send stores one sample now, measured ago.
func (s *sim) send(text string, v float64, ago time.Duration) {
	name, labels := series1(text)
	id := label.Fingerprint(name, labels)
	b := &eventv1.SampleBatch{BaseUnixMs: s.now.UnixMilli(), SeriesId: []uint64{id}, TimeDeltaMs: []int64{-ago.Milliseconds()}, Value: []float64{v}}
	if !s.defined[id] {
		s.defined[id] = true
		b.Defs = []*eventv1.SeriesDef{{Id: id, Name: name, Labels: labels.Proto()}}
	}
	s.entry(bus.PartitionOf(label.Resource(labels)), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: b}}, nil)
}

// together sends values a second apart in one entry.
func (s *sim) together(text string, values ...float64) {
	name, labels := series1(text)
	id := label.Fingerprint(name, labels)
	b := &eventv1.SampleBatch{BaseUnixMs: s.now.UnixMilli(), Value: values, Defs: []*eventv1.SeriesDef{{Id: id, Name: name, Labels: labels.Proto()}}}
	for i := range values {
		b.SeriesId = append(b.SeriesId, id)
		b.TimeDeltaMs = append(b.TimeDeltaMs, int64(i-len(values))*1000)
	}
	s.defined[id] = true
	s.entry(bus.PartitionOf(label.Resource(labels)), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: b}}, nil)
}

// load sends one value after the other, each after `every`.
func (s *sim) load(text string, every time.Duration, values ...float64) {
	for _, v := range values {
		s.advance(every)
		s.send(text, v, 0)
	}
}

// times returns v n times.
func times(n int, v float64) []float64 { return slices.Repeat([]float64{v}, n) }

// advance lets time pass, with the ticks that owners would publish.
func (s *sim) advance(d time.Duration) {
	until := s.now.Add(d)
	for n := 0; ; n++ {
		if n > 10_000 {
			s.t.Fatal("a deadline that is never met")
		}
		var at time.Time
		var who bus.Partition
		for p := range bus.Partition(bus.Partitions) {
			if st := s.states[p]; st != nil {
				if next, ok := st.NextDeadline(); ok && !next.After(until) && (at.IsZero() || next.Before(at)) {
					at, who = next, p
				}
			}
		}
		if at.IsZero() {
			break
		}
		if at.After(s.now) {
			s.now = at
		}
		s.entry(who, &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Tick{Tick: &eventv1.Tick{}}}, nil)
	}
	s.now = until
}

// expect compares the changes since it was last called: "policy{group} STATE REASON".
func (s *sim) expect(want ...string) {
	s.t.Helper()
	var got []string
	for _, c := range s.changes[s.told:] {
		if c.Reason == eventv1.IncidentReason_INCIDENT_REASON_UPDATED && !slices.ContainsFunc(want, func(w string) bool { return strings.HasSuffix(w, "UPDATED") }) {
			continue
		}
		got = append(got, short(c))
	}
	s.told = len(s.changes)
	slices.Sort(got) // groups settle in the order of their hashes
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func short(c *eventv1.IncidentChanged) string {
	var ls []string
	for _, l := range c.Labels {
		if l.Name != "team" {
			ls = append(ls, l.Name+"="+l.Value)
		}
	}
	return fmt.Sprintf("%s{%s} %s %s", c.Policy, strings.Join(ls, ","), c.State.String()[len("INCIDENT_STATE_"):], c.Reason.String()[len("INCIDENT_REASON_"):])
}

// last returns the newest change.
func (s *sim) last() *eventv1.IncidentChanged { return s.changes[len(s.changes)-1] }
