package replay

import (
	"cmp"
	"errors"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/internal/incident"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/bus"
)

// MaxIncidents is how many incidents one replay of a log tells apart.
const MaxIncidents = 200_000

// ErrManyIncidents: more than MaxIncidents opened.
var ErrManyIncidents = errors.New("more incidents than a replay can tell apart")

// Log replays a log of samples as it was stored, entry by entry, under policies
// that may be others than those which judged it. What it keeps grows with the
// series and with the incidents, not with the entries.
type Log struct {
	r    runner
	told func(*eventv1.IncidentChanged)
}

// NewLog returns a replay of a log from its first entry on. told hears of every
// change of an incident, in order of time, as it would be published; it may be
// nil.
func NewLog(policies []policy.Policy, told func(*eventv1.IncidentChanged)) *Log {
	set := policy.NewSet(policies)
	set.Digest = cmp.Or(set.Digest, "replay")
	l := &Log{told: told}
	l.r = runner{set: set, states: map[bus.Partition]*incident.State{}, found: map[string]int{}, changed: l.changed}
	return l
}

// changed hands a change on, and drops what a long replay cannot keep.
func (l *Log) changed(c *eventv1.IncidentChanged) {
	if l.told != nil {
		l.told(c)
	}
	if i, ok := l.r.found[c.GetId()]; ok {
		l.r.incidents[i].Opening, l.r.incidents[i].Resolving = nil, nil
		if c.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED {
			delete(l.r.found, c.GetId())
		}
	}
}

// Apply replays an entry of a partition that was stored at a time. Of entries
// only samples, people's words on incidents and maintenance windows count: ticks, partials and
// changes of policies are the replay's own. Entries come in the order in which
// they were stored; one that says it was before another is taken as of the same
// time.
func (l *Log) Apply(p bus.Partition, stored time.Time, e *eventv1.PartitionEntry) error {
	switch e.GetEntry().(type) {
	case *eventv1.PartitionEntry_Samples, *eventv1.PartitionEntry_Resolve, *eventv1.PartitionEntry_Maintenance:
	default:
		return nil
	}
	if err := l.r.advance(stored); err != nil {
		return err
	}
	l.r.apply(p, e, nil)
	if len(l.r.incidents) > MaxIncidents {
		return ErrManyIncidents
	}
	return nil
}

// End lets time pass until the end, and returns the incidents that opened, as
// [Run] does, but without what they said when they changed.
func (l *Log) End(at time.Time) ([]Incident, error) {
	if err := l.r.advance(at); err != nil {
		return nil, err
	}
	l.r.sort()
	return l.r.incidents, nil
}

// Series returns of how many series there were samples of late.
func (l *Log) Series() int {
	n := 0
	for _, st := range l.r.states {
		series, _, _ := st.Size()
		n += series
	}
	return n
}
