package evaluator

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/evaluator/replay"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/service"
)

const (
	// trialFor is how long other owners may take to answer.
	trialFor = 5 * time.Second
	// trialSeries is of how many series of a metric each partition tells: what
	// fits into one message.
	trialSeries = 100
	// trialShown is how many incidents an answer has.
	trialShown = 20
)

// try says what a policy would have done over the history in memory, judged by
// the code that judges live.
func try(ctx context.Context, env service.Env, stored past, q *eventv1.ReplayQuery) (a *eventv1.ReplayAnswer) {
	defer func() {
		if p := recover(); p != nil { // a bug, which costs this answer only
			env.Log.Error("replay: panic", "policy", q.GetPolicy(), "err", fmt.Sprintf("%v\n%s", p, debug.Stack()))
			a = &eventv1.ReplayAnswer{Error: "the replay failed"}
		}
	}()
	whole := ctx
	ctx, cancel := context.WithTimeout(ctx, trialFor)
	defer cancel()
	e, err := bus.Policies.Get(ctx, env.Bus, bus.Token(q.GetPolicy()))
	if errors.Is(err, bus.ErrNotFound) {
		return &eventv1.ReplayAnswer{Error: fmt.Sprintf("there is no policy %q", q.GetPolicy())}
	}
	if err != nil {
		return &eventv1.ReplayAnswer{Error: "the policy could not be read: " + err.Error()}
	}
	p, problems := policy.ParseOne(e.Key, e.Value.GetYaml())
	if len(problems) > 0 {
		return &eventv1.ReplayAnswer{Error: problems[0].String()}
	}
	if q.GetSince() != nil {
		return answered(tryStored(whole, stored, q, p))
	}
	p.Enabled = true // what it would do is the question
	found, note, err := histories(ctx, env.Bus, &p)
	if err != nil {
		return &eventv1.ReplayAnswer{Error: "no evaluator tells its history: " + err.Error()}
	}
	a = &eventv1.ReplayAnswer{Series: uint32(len(found)), Note: note}
	if len(found) == 0 {
		return a
	}
	series, from, to := even(found)
	a.From, a.To = timestamppb.New(from), timestamppb.New(to)
	got, err := replay.Run([]policy.Policy{p}, series, to)
	if err != nil {
		return &eventv1.ReplayAnswer{Error: err.Error()}
	}
	if more := len(got) - trialShown; more > 0 {
		a.More, got = uint32(more), got[more:]
	}
	for _, i := range got {
		out := &eventv1.ReplayedIncident{Severity: i.Severity, Summary: i.Summary, Labels: i.Labels.Proto(), OpenedAt: timestamppb.New(i.Opened)}
		if !i.Resolved.IsZero() {
			out.ResolvedAt = timestamppb.New(i.Resolved)
		}
		a.Incidents = append(a.Incidents, out)
	}
	return a
}

// answered returns the answer, or that there is none.
func answered(a *eventv1.ReplayAnswer, err error) *eventv1.ReplayAnswer {
	if err != nil {
		return &eventv1.ReplayAnswer{Error: "what is stored cannot be read: " + err.Error()}
	}
	return a
}

// histories asks all owners for the series that a policy looks at.
func histories(ctx context.Context, conn *bus.Conn, p *policy.Policy) (found []*eventv1.SeriesHistory, note string, err error) {
	var metrics []string
	var notes []string
	for _, c := range p.Conditions {
		if c.Event != nil {
			notes = append(notes, "of events from outside only the levels are kept, not the words: parley policy replay reads them in the bus's log")
			continue
		}
		metrics = append(metrics, c.Metric)
		if c.Other != nil {
			metrics = append(metrics, c.Other.Metric)
		}
	}
	slices.Sort(metrics)
	for _, m := range slices.Compact(metrics) {
		answers, err := bus.QueryAll(ctx, conn, &eventv1.Query{Query: &eventv1.Query_History{History: &eventv1.HistoryQuery{
			Name: m, Matchers: p.Scope.Proto(), MaxSeries: trialSeries}}})
		if len(answers) == 0 {
			return nil, "", err
		}
		if err != nil {
			notes = append(notes, fmt.Sprintf("%d of %d partitions did not tell of %s", bus.Partitions-len(answers), bus.Partitions, m))
		}
		for _, x := range answers {
			if x.GetTruncated() {
				notes = append(notes, fmt.Sprintf("partition %d has more series of %s than were tried", x.GetPartition(), m))
			}
			for _, s := range x.GetSeries() {
				if len(s.GetValues()) > 1 {
					found = append(found, s)
				}
			}
		}
	}
	if len(notes) > 3 {
		notes = append(notes[:3], "…")
	}
	return found, strings.Join(notes, "; "), nil
}

// even puts histories on even times, as the replay takes them: the interval is
// the usual gap, so that silence is told as it would be.
func even(found []*eventv1.SeriesHistory) (out []replay.Series, from, to time.Time) {
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for _, h := range found {
		times, values := h.GetTimeUnixMs(), h.GetValues()
		gaps := make([]int64, 0, len(times))
		for i := 1; i < len(times); i++ {
			gaps = append(gaps, times[i]-times[i-1])
		}
		slices.Sort(gaps)
		step := max(gaps[len(gaps)/2], 1000)
		begin, end := times[0], times[len(times)-1]
		first, last = min(first, begin), max(last, end)
		slots := make([]float64, min((end-begin)/step+2, replay.MaxSamples))
		for i := range slots {
			slots[i] = math.NaN()
		}
		for i := range min(len(times), len(values)) {
			if k := (times[i] - begin + step/2) / step; k < int64(len(slots)) {
				slots[k] = values[i]
			}
		}
		out = append(out, replay.Series{Name: h.GetSeries().GetName(), Labels: label.FromProto(h.GetSeries().GetLabels()), Unit: h.GetUnit(),
			Start: time.UnixMilli(begin), Interval: time.Duration(step) * time.Millisecond, Values: slots})
	}
	return out, time.UnixMilli(first), time.UnixMilli(last)
}
