package main

import (
	"context"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
)

// evaluator answers for every partition, and has written the log.
func (w *world) evaluator() error {
	c, err := w.conn("evaluator")
	if err != nil {
		return err
	}
	open := w.incident(slowID, "checkout-slow", eventv1.IncidentState_INCIDENT_STATE_OPEN, eventv1.IncidentReason_INCIDENT_REASON_HELD)
	pending := w.incident(diskID, "disk-full", eventv1.IncidentState_INCIDENT_STATE_PENDING, eventv1.IncidentReason_INCIDENT_REASON_BREACHED)
	pending.Severity = eventv1.Severity_SEVERITY_WARNING
	gone := w.incident(oldID, "checkout-slow", eventv1.IncidentState_INCIDENT_STATE_RESOLVED, eventv1.IncidentReason_INCIDENT_REASON_RECOVERED)
	for i, changes := range [][]*eventv1.IncidentChanged{{gone}, {open, pending}} {
		if _, err := bus.Publish(w.ctx, c, bus.Alerts(7), "seed/"+strconv.Itoa(i), &eventv1.IncidentBatch{Partition: 7, Changes: changes}); err != nil {
			return err
		}
	}
	answer := func(p bus.Partition, q *eventv1.Query) *eventv1.QueryAnswer {
		if q.GetPartition() != nil {
			return &eventv1.QueryAnswer{Status: &eventv1.PartitionStatus{Owner: "evaluator-" + word(p < bus.Partitions/2, "a", "b"), Series: 10, IncidentsOpen: word(p == 7, uint32(1), 0)}}
		}
		if p != 7 {
			return &eventv1.QueryAnswer{}
		}
		if h := q.GetHistory(); h != nil {
			return history(h)
		}
		if e := q.GetExplain(); e != nil {
			return &eventv1.QueryAnswer{Explanation: explanation(e)}
		}
		a := &eventv1.QueryAnswer{}
		if p := q.GetIncidents().GetPolicy(); p == "" || p == open.GetPolicy() {
			a.Incidents = append(a.Incidents, open)
		}
		if q.GetIncidents().GetIncludePending() {
			a.Incidents = append(a.Incidents, pending)
		}
		return a
	}
	for p := range bus.Partition(bus.Partitions) {
		w.do(func() error {
			return bus.ServeQueries(w.ctx, c, p, func(_ context.Context, q *eventv1.Query) *eventv1.QueryAnswer { return answer(p, q) })
		})
	}
	return w.answering()
}

// answering waits until all partitions are served.
func (w *world) answering() error {
	c, err := w.conn(operator)
	if err != nil {
		return err
	}
	ctx := w.deadline()
	return retry(ctx, 20*time.Millisecond, func() (bool, error) {
		_, err := bus.QueryAll(ctx, c, &eventv1.Query{Query: &eventv1.Query_Partition{Partition: &eventv1.PartitionQuery{}}})
		return err == nil, err
	})
}

// history has one series of latency.p99 and two of cpu.
func history(q *eventv1.HistoryQuery) *eventv1.QueryAnswer {
	a := &eventv1.QueryAnswer{}
	add := func(ref *eventv1.SeriesRef, unit string, value func(i int) float64) {
		if q.GetName() != "" && ref.GetName() != q.GetName() {
			return
		}
		ms, err := label.MatchersFromProto(q.GetMatchers())
		if err != nil || !ms.Match(label.FromProto(ref.GetLabels())) {
			return
		}
		h := &eventv1.SeriesHistory{Series: ref, Unit: unit}
		for i := range 60 {
			if q.GetNamesOnly() {
				break
			}
			h.TimeUnixMs = append(h.TimeUnixMs, q.GetTo().AsTime().Add(time.Duration(i-60)*10*time.Second).UnixMilli())
			h.Values = append(h.Values, value(i))
		}
		a.Series = append(a.Series, h)
	}
	add(latency(), "ms", func(i int) float64 { return 100 + float64(i)*15 })
	for n, host := range []string{"a", "b"} {
		l := label.New(label.Label{Name: "host", Value: host})
		add(&eventv1.SeriesRef{Id: label.Fingerprint("cpu", l), Name: "cpu", Labels: l.Proto(), Partition: 7}, "%", func(i int) float64 { return float64(10*n + i%7) })
	}
	return a
}

// explanation is of a condition on one series of cpu, which does not hold.
func explanation(q *eventv1.ExplainQuery) *eventv1.Explanation {
	now := timestamppb.Now()
	return &eventv1.Explanation{Known: q.GetPolicy() == "checkout-slow", Enabled: true, Scope: "env=prod", Conditions: []*eventv1.ExplainedCondition{{
		Metric: "latency.p99", Text: "above 800", InScope: 1, Series: []*eventv1.ExplainedSeries{{Series: latency(), Unit: "ms", Value: 120,
			ValueAt: now, SeenAt: now, SilentAfter: durationpb.New(time.Hour), Threshold: 800, HasThreshold: true}}}}}
}
