package replay

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/internal/incident"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
)

// MaxSamples is how many values one replay takes, gaps not counted.
const MaxSamples = 5_000_000

// Errors of Run.
var (
	// ErrTooMany: the series have more than MaxSamples values.
	ErrTooMany = errors.New("too many values to replay")
	// ErrInterval: a series with values has no interval above 0.
	ErrInterval = errors.New("a series without an interval")
	// ErrEndless: the policies never come to rest. It is a fault of ours.
	ErrEndless = errors.New("the policies never come to rest")
)

// Series is values of one metric of one resource at even times.
type Series struct {
	Name   string
	Labels label.Set
	// Unit as a source would say it; "" leaves it to the name.
	Unit     string
	Start    time.Time
	Interval time.Duration
	// Values from Start on; NaN is none at that time.
	Values []float64
	// Events from outside, with their times and what they say; without values.
	Events []*eventv1.Occurrence
}

// Incident is the life of one incident that opened.
type Incident struct {
	ID       string
	Policy   string
	Severity eventv1.Severity
	Labels   label.Set
	// Began is when the conditions began to hold, Opened when they had held
	// for long enough. Resolved is zero while it is open.
	Began, Opened, Resolved time.Time
	// Summary, Value (in Unit) and Threshold are as people were told when it opened.
	Summary      string
	Value        float64
	Unit         string
	Threshold    float64
	HasThreshold bool
	Channels     []string
	Actions      []string
	// Opening and Resolving are the changes as the evaluator publishes them;
	// Resolving is nil while it is open.
	Opening, Resolving *eventv1.IncidentChanged
}

// Run replays the series under the policies until end, and returns the
// incidents that opened, by the time when they did, then by policy and labels.
func Run(policies []policy.Policy, series []Series, end time.Time) ([]Incident, error) {
	set := policy.NewSet(policies)
	set.Digest = cmp.Or(set.Digest, "replay")
	r := &runner{set: set, states: map[bus.Partition]*incident.State{}, found: map[string]int{}}
	events, err := order(series)
	if err != nil {
		return nil, err
	}
	for len(events) > 0 {
		at := events[0].at
		n := 1
		for n < len(events) && events[n].at.Equal(at) {
			n++
		}
		if at.After(end) {
			break
		}
		if err := r.advance(at); err != nil {
			return nil, err
		}
		r.store(series, events[:n])
		events = events[n:]
	}
	if err := r.advance(end); err != nil {
		return nil, err
	}
	r.sort()
	return r.incidents, nil
}

// sort puts the incidents in order.
func (r *runner) sort() {
	slices.SortStableFunc(r.incidents, func(a, b Incident) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Labels.String(), b.Labels.String()))
	})
}

// event is one value of one series.
type event struct {
	at     time.Time
	series int
	value  float64
	said   *eventv1.Occurrence // of an event from outside
}

// order returns all values by their time, then in the order of the series.
func order(series []Series) ([]event, error) {
	var out []event
	for i := range series {
		s := &series[i]
		if s.Interval <= 0 && len(s.Values) > 0 {
			return nil, fmt.Errorf("%w: %s%s", ErrInterval, s.Name, s.Labels)
		}
		if len(out)+len(s.Values)+len(s.Events) > MaxSamples {
			return nil, ErrTooMany
		}
		for k, v := range s.Values {
			if !math.IsNaN(v) {
				out = append(out, event{at: s.Start.Add(time.Duration(k) * s.Interval), series: i, value: v})
			}
		}
		for _, o := range s.Events {
			out = append(out, event{at: o.GetAt().AsTime(), series: i, said: o})
		}
	}
	slices.SortStableFunc(out, func(a, b event) int { return a.at.Compare(b.at) })
	return out, nil
}

// runner is every partition of a system, and their common time.
type runner struct {
	set       *policy.Set
	now       time.Time
	sequence  uint64
	states    map[bus.Partition]*incident.State
	defined   []time.Time    // when a series was last defined or had a value
	found     map[string]int // incident's id → place in incidents
	incidents []Incident
	// changed hears of every change; nil: nobody does.
	changed func(*eventv1.IncidentChanged)
}

// advance lets time pass with the ticks that owners would publish.
func (r *runner) advance(until time.Time) error {
	for range maxTicks {
		var at time.Time
		var who bus.Partition
		for p := range bus.Partition(bus.Partitions) {
			if st := r.states[p]; st != nil {
				if next, ok := st.NextDeadline(); ok && !next.After(until) && (at.IsZero() || next.Before(at)) {
					at, who = next, p
				}
			}
		}
		if at.IsZero() {
			if until.After(r.now) {
				r.now = until
			}
			return nil
		}
		if at.After(r.now) {
			r.now = at
		}
		r.apply(who, &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Tick{Tick: &eventv1.Tick{}}}, nil)
	}
	return ErrEndless
}

// maxTicks between two samples: far more than there are deadlines.
const maxTicks = 10_000_000

// redefine is after what silence a series is defined again: evaluators forget it
// after hours.
const redefine = time.Hour

// store writes the values of one time: a batch for each partition.
func (r *runner) store(series []Series, events []event) {
	if r.defined == nil {
		r.defined = make([]time.Time, len(series))
	}
	batches := map[bus.Partition]*eventv1.SampleBatch{}
	for _, e := range events {
		s := &series[e.series]
		p := bus.PartitionOf(label.Resource(s.Labels))
		b := batches[p]
		if b == nil {
			b = &eventv1.SampleBatch{BaseUnixMs: e.at.UnixMilli()}
			batches[p] = b
		}
		id := label.Fingerprint(s.Name, s.Labels)
		if e.at.Sub(r.defined[e.series]) > redefine {
			b.Defs = append(b.Defs, &eventv1.SeriesDef{Id: id, Name: s.Name, Labels: s.Labels.Proto(), Unit: s.Unit, Interval: durationpb.New(s.Interval)})
		}
		r.defined[e.series] = e.at
		if e.said != nil {
			o := proto.Clone(e.said).(*eventv1.Occurrence)
			o.SeriesId = id
			b.Events = append(b.Events, o)
			continue
		}
		b.SeriesId, b.TimeDeltaMs, b.Value = append(b.SeriesId, id), append(b.TimeDeltaMs, 0), append(b.Value, e.value)
	}
	for p := range bus.Partition(bus.Partitions) { // in one order, whatever the map's
		if b := batches[p]; b != nil {
			r.apply(p, &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: b}}, nil)
		}
	}
}

// apply appends an entry to a partition's log, with all that follows.
func (r *runner) apply(p bus.Partition, e *eventv1.PartitionEntry, set *policy.Set) {
	st := r.states[p]
	if st == nil {
		st = incident.New(p, incident.Options{History: history})
		r.states[p] = st
		r.apply(p, &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Policies{
			Policies: &eventv1.PolicySetChanged{Digest: r.set.Digest, Revision: 1}}}, r.set)
	}
	r.sequence++
	out := st.Apply(incident.Entry{Sequence: r.sequence, Stored: r.now, Event: e, Set: set})
	for _, c := range out.Changes {
		r.note(c)
		if r.changed != nil {
			r.changed(c)
		}
	}
	for _, l := range out.Partials {
		r.apply(l.Target, &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Partials{Partials: l.Batch}}, nil)
	}
}

// history is how many samples a series keeps: what "before" in a summary looks at.
const history = 60

// note keeps what a change says of an incident's life.
func (r *runner) note(c *eventv1.IncidentChanged) {
	i, known := r.found[c.GetId()]
	switch c.GetState() {
	case eventv1.IncidentState_INCIDENT_STATE_OPEN:
		if known {
			return
		}
		r.found[c.GetId()] = len(r.incidents)
		in := Incident{ID: c.GetId(), Policy: c.GetPolicy(), Severity: c.GetSeverity(), Labels: label.FromProto(c.GetLabels()),
			Began: c.GetBeganAt().AsTime(), Opened: c.GetOpenedAt().AsTime(), Summary: c.GetSummary(), Channels: c.GetChannels(), Actions: c.GetActions(), Opening: c}
		if main := mainCondition(c); main != nil {
			in.Value, in.Unit, in.Threshold, in.HasThreshold = main.GetValue(), main.GetUnit(), main.GetThreshold(), main.GetHasThreshold()
		}
		r.incidents = append(r.incidents, in)
	case eventv1.IncidentState_INCIDENT_STATE_RESOLVED:
		if known {
			r.incidents[i].Resolved, r.incidents[i].Resolving = c.GetResolvedAt().AsTime(), c
		}
	}
}

// mainCondition is the first that holds, which is the one people are told of.
func mainCondition(c *eventv1.IncidentChanged) *eventv1.ConditionState {
	for _, cd := range c.GetConditions() {
		if cd.GetHolds() {
			return cd
		}
	}
	if len(c.GetConditions()) > 0 {
		return c.GetConditions()[0]
	}
	return nil
}
