package actiontest

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// seriesID is the one series that an Evaluator has.
const seriesID = 42

// Evaluator answers for one partition, about incidents on one series of
// checkout's heap.
type Evaluator struct {
	partition bus.Partition

	mu        sync.Mutex
	incidents map[string]*eventv1.IncidentChanged
	history   *eventv1.SeriesHistory
	asked     int
	lag       uint64
}

// NewEvaluator answers over conn until the test ends, which is in a bubble.
func NewEvaluator(t testing.TB, conn *bus.Conn, p bus.Partition) *Evaluator {
	e := &Evaluator{partition: p, incidents: map[string]*eventv1.IncidentChanged{}}
	e.history = &eventv1.SeriesHistory{Series: e.series(), Unit: "%"}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- bus.ServeQueries(ctx, conn, p, e.answer) }()
	synctest.Wait() // until it is listening
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return e
}

func (e *Evaluator) series() *eventv1.SeriesRef {
	return &eventv1.SeriesRef{Id: seriesID, Name: "jvm.heap.used_percent", Partition: uint32(e.partition),
		Labels: []*eventv1.Label{{Name: "instance", Value: "checkout-1"}, {Name: "service", Value: "checkout"}}}
}

func (e *Evaluator) answer(_ context.Context, q *eventv1.Query) *eventv1.QueryAnswer {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked++
	a := &eventv1.QueryAnswer{}
	switch {
	case q.GetIncidents() != nil:
		if i := e.incidents[q.GetIncidents().GetId()]; i != nil {
			a.Incidents = append(a.Incidents, proto.CloneOf(i))
		}
	case q.GetHistory() != nil && q.GetHistory().GetName() != "" && q.GetHistory().GetName() != e.history.GetSeries().GetName():
	case q.GetHistory() != nil:
		a.Series = append(a.Series, proto.CloneOf(e.history))
	case q.GetPartition() != nil:
		a.Status = &eventv1.PartitionStatus{LagMessages: e.lag}
	}
	return a
}

// Asked returns how many queries there were.
func (e *Evaluator) Asked() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asked
}

// Lag says how far behind the owner is.
func (e *Evaluator) Lag(messages uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lag = messages
}

// Sample adds a value to the series, now.
func (e *Evaluator) Sample(v float64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.history.TimeUnixMs = append(e.history.TimeUnixMs, time.Now().UnixMilli())
	e.history.Values = append(e.history.Values, v)
}

// Open opens an incident with its condition at v, above 85, and returns it.
func (e *Evaluator) Open(id string, v float64) *eventv1.IncidentChanged {
	i := &eventv1.IncidentChanged{Id: id, Version: 1, State: eventv1.IncidentState_INCIDENT_STATE_OPEN,
		Reason: eventv1.IncidentReason_INCIDENT_REASON_BREACHED, At: timestamppb.Now(), OpenedAt: timestamppb.Now(), Policy: "heap-leak",
		Severity: eventv1.Severity_SEVERITY_CRITICAL, Partition: uint32(e.partition), Summary: "heap is full", Actions: []string{"collect-garbage"},
		Labels: []*eventv1.Label{{Name: "service", Value: "checkout"}},
		Conditions: []*eventv1.ConditionState{{Metric: "jvm.heap.used_percent", Kind: "above", Text: "above 85", Holds: true, Series: e.series(),
			SeriesCount: 1, Value: v, Threshold: 85, HasThreshold: true, Unit: "%"}}}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.incidents[id] = i
	return proto.CloneOf(i)
}

// Resolve ends an incident by recovery.
func (e *Evaluator) Resolve(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := e.incidents[id]
	i.Version++
	i.State, i.Reason = eventv1.IncidentState_INCIDENT_STATE_RESOLVED, eventv1.IncidentReason_INCIDENT_REASON_RECOVERED
	i.ResolvedAt = timestamppb.Now()
}

// Forget lets the evaluator know nothing of an incident.
func (e *Evaluator) Forget(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.incidents, id)
}

// Rename makes the series one of another metric.
func (e *Evaluator) Rename(metric string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.history.Series.Name = metric
}
