package incident

import (
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/internal/condition"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/bus"
)

// Options are what a State is told once.
type Options struct {
	// History is how many samples are kept of each series; 0 is none.
	History int
}

// Counts only grow.
type Counts struct {
	Samples, Duplicates, Late uint64
	// Unknown samples came before their definition.
	Unknown uint64
	// Clashes are definitions refused since their id is another series'.
	Clashes  uint64
	Partials uint64
	// Refused are series that were not taken, see BudgetChanged.
	Refused uint64
}

// State is everything that an owner knows of its partition.
type State struct {
	partition bus.Partition
	opt       Options
	time      int64 // of the stream, ms
	seq       uint64

	set      *policy.Set
	revision uint64
	rules    []*rule
	byName   map[string]*rule
	byMetric map[string][]*cond
	feeds    map[string][]string
	// pastOf is how far back expressions look at metrics that are not their own.
	pastOf map[string][]time.Duration
	lists  map[string]*list

	ids       map[uint64]uint32
	series    []series
	free      []uint32
	resources map[uint64]*resource
	metrics   map[metric]*metric
	unknown   map[uint64]heldBack
	// revised are the samples that came with a revision, see supersedes.
	revised map[sampleKey]uint32
	// before is the value before the newest, of series where that matters.
	before map[uint64]float64
	// departed are the series that are gone on purpose.
	departed map[uint64]departure
	expr     *evaluator
	windows  []window
	budget   *eventv1.BudgetChanged
	teams    map[string]*team
	refused  map[uint64]refusal
	planned  uint64 // digest of the windows

	groups   map[uint64]*group
	open     int
	due      deadlines
	dirty    []*group
	resolved []past
	seen     [bus.Partitions]position
	parked   []*eventv1.PartialBatch

	// quietUntil: silence does not count before, since the log has a gap.
	quietUntil int64
	swept      int64
	counts     Counts
	born       int // incidents that began in this entry
	out        Output
	leaving    []leaving
	scratch    []byte
	moving     condition.Params // what a condition is compared with just now
	matched    []*cond
}

// position is how far a source's partials have been applied.
type position struct {
	seq  uint64
	part uint32
}

func (p position) before(q position) bool { return p.seq < q.seq || p.seq == q.seq && p.part < q.part }

// New returns the state of a partition before its log's first entry.
func New(p bus.Partition, opt Options) *State {
	s := &State{partition: p, opt: opt, set: &policy.Set{}, byName: map[string]*rule{}, ids: map[uint64]uint32{},
		resources: map[uint64]*resource{}, metrics: map[metric]*metric{}, unknown: map[uint64]heldBack{}, groups: map[uint64]*group{},
		revised: map[sampleKey]uint32{}, before: map[uint64]float64{}, departed: map[uint64]departure{},
		teams: map[string]*team{}, refused: map[uint64]refusal{}}
	s.index()
	return s
}

// Entry is one entry of the partition's log.
type Entry struct {
	Sequence uint64
	Stored   time.Time
	Event    *eventv1.PartitionEntry
	// Set is the set that a PolicySetChanged names.
	Set *policy.Set
}

// Output is what an entry causes. It is valid until the next Apply.
type Output struct {
	// Changes of incidents, in order.
	Changes []*eventv1.IncidentChanged
	// Partials for other partitions, and this one, ready to be published.
	Partials []Partials
	// Notes are for the log: what is wrong with the data.
	Notes []string
}

// Partials is one message for one partition.
type Partials struct {
	Target bus.Partition
	Batch  *eventv1.PartialBatch
}

// Empty reports whether there is nothing to tell.
func (o *Output) Empty() bool {
	return len(o.Changes) == 0 && len(o.Partials) == 0 && len(o.Notes) == 0
}

// Apply makes the entry part of the state and returns what follows.
func (s *State) Apply(e Entry) *Output {
	s.out = Output{}
	s.seq, s.born = e.Sequence, 0
	s.advance(e.Stored.UnixMilli())
	switch x := e.Event.GetEntry().(type) {
	case *eventv1.PartitionEntry_Samples:
		s.samples(x.Samples)
	case *eventv1.PartitionEntry_Policies:
		if e.Set != nil && x.Policies.GetRevision() > s.revision {
			s.policies(e.Set, x.Policies.GetRevision())
		}
	case *eventv1.PartitionEntry_Partials:
		s.partials(x.Partials)
	case *eventv1.PartitionEntry_Resolve:
		s.resolveByPerson(x.Resolve)
	case *eventv1.PartitionEntry_Maintenance:
		s.maintenance(x.Maintenance)
	case *eventv1.PartitionEntry_Budget:
		s.changeBudget(x.Budget)
	}
	s.settleDirty()
	s.pack()
	return &s.out
}

// advance moves time to t and meets the deadlines on the way.
func (s *State) advance(t int64) {
	t = max(t, s.time)
	for {
		d, ok := s.due.pop(t)
		if !ok {
			break
		}
		s.time = max(s.time, d.at)
		if d.group {
			if g := s.groups[d.key]; g != nil && g.due == d.at {
				g.due = 0
				s.settle(g)
			}
		} else if i, ok := s.ids[d.key]; ok && s.series[i].watched == d.at {
			s.series[i].watched = 0
			s.listen(i)
			s.settleDirty()
		}
	}
	s.time = t
	if t-s.swept > sweepEvery {
		s.swept = t
		s.sweep()
	}
}

// Sequence returns the last entry applied, and Time when it was stored.
func (s *State) Sequence() uint64 { return s.seq }

// Time returns the partition's time.
func (s *State) Time() time.Time { return time.UnixMilli(s.time) }

// Policies returns digest and revision of the set in force.
func (s *State) Policies() (digest string, revision uint64) { return s.set.Digest, s.revision }

// Counts returns what has been counted so far.
func (s *State) Counts() Counts { return s.counts }

// Size returns how many series, open incidents and held-back samples there are.
func (s *State) Size() (series, open, heldBack int) { return len(s.ids), s.open, len(s.unknown) }

// HoldNoData makes silence count only after a window from now on: for when the
// log itself has a gap.
func (s *State) HoldNoData() { s.quietUntil = s.time + defaultSilence }

// NextDeadline returns when, in stream time, something is due; false if
// nothing is. It may come too early for a series that could have fallen silent
// and did not, and then does no harm.
func (s *State) NextDeadline() (time.Time, bool) {
	for len(s.due) > 0 {
		d := s.due[0]
		stale := false
		if d.group {
			g := s.groups[d.key]
			stale = g == nil || g.due != d.at
		} else {
			i, ok := s.ids[d.key]
			stale = !ok || s.series[i].watched != d.at
		}
		if !stale {
			return time.UnixMilli(d.at), true
		}
		s.due.drop()
	}
	return time.Time{}, false
}
