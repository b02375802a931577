package incident

import (
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
)

const (
	defaultMaxSeries = 50
	maxIncidents     = 500
)

// Answer answers a query from the state. It changes nothing; several may run
// at a time.
func (s *State) Answer(q *eventv1.Query) *eventv1.QueryAnswer {
	a := &eventv1.QueryAnswer{}
	switch x := q.GetQuery().(type) {
	case *eventv1.Query_History:
		if err := s.history(x.History, a); err != nil {
			a.Error = err.Error()
		}
	case *eventv1.Query_Incidents:
		s.incidents(x.Incidents, a)
	case *eventv1.Query_Partition:
		a.Status = &eventv1.PartitionStatus{AppliedSequence: s.seq, Series: uint32(len(s.ids)), IncidentsOpen: uint32(s.open),
			PolicyDigest: s.set.Digest, SamplesTotal: s.counts.Samples, SamplesUnknownTotal: s.counts.Unknown,
			Teams: s.use(x.Partition.GetSizes())}
		if s.time > 0 {
			a.Status.AppliedTime = stamp(s.time)
		}
	case *eventv1.Query_Explain:
		if err := s.explain(x.Explain, a); err != nil {
			a.Error = err.Error()
		}
	case *eventv1.Query_Metrics:
		s.names(a)
	default:
		a.Error = "a query of a kind that this evaluator does not know"
	}
	return a
}

func (s *State) history(q *eventv1.HistoryQuery, a *eventv1.QueryAnswer) error {
	matchers, err := label.MatchersFromProto(q.GetMatchers())
	if err != nil {
		return err
	}
	var found []uint32
	if len(q.GetSeriesId()) > 0 {
		for _, id := range q.GetSeriesId() {
			if i, ok := s.ids[id]; ok {
				found = append(found, i)
			}
		}
	} else {
		for i := range s.series {
			x := &s.series[i]
			if x.id != 0 && (q.GetName() == "" || x.name == q.GetName()) && matchers.Match(x.res.labels()) {
				found = append(found, uint32(i))
			}
		}
	}
	limit := int(q.GetMaxSeries())
	if limit == 0 {
		limit = defaultMaxSeries
	}
	if len(found) > limit {
		found, a.Truncated = found[:limit], true
	}
	from, to := int64(math.MinInt64), int64(math.MaxInt64)
	if q.GetFrom() != nil {
		from = q.GetFrom().AsTime().UnixMilli()
	}
	if q.GetTo() != nil {
		to = q.GetTo().AsTime().UnixMilli()
	}
	for _, i := range found {
		x := &s.series[i]
		h := &eventv1.SeriesHistory{Unit: unitOf(x), Series: &eventv1.SeriesRef{Id: x.id, Name: x.name,
			Labels: x.res.labels().Proto(), Partition: uint32(s.partition)}}
		if !q.GetNamesOnly() {
			s.values(x, from, to, h)
			x.expectations(h)
		}
		a.Series = append(a.Series, h)
	}
	return nil
}

// values fills h with the series' samples; the newest as it came.
func (s *State) values(x *series, from, to int64, h *eventv1.SeriesHistory) {
	x.hist.All(func(t int64, v float64) bool {
		if t >= from && t <= to {
			h.TimeUnixMs, h.Values = append(h.TimeUnixMs, t), append(h.Values, v)
		}
		return t <= to
	})
	if x.at < from || x.at > to || x.at == 0 {
		return
	}
	if n := len(h.Values); n > 0 && x.hist.Last() == h.TimeUnixMs[n-1] {
		h.TimeUnixMs[n-1], h.Values[n-1] = x.at, x.last
	} else if n == 0 && s.opt.History == 0 {
		h.TimeUnixMs, h.Values = append(h.TimeUnixMs, x.at), append(h.Values, x.last)
	}
}

func (s *State) incidents(q *eventv1.IncidentQuery, a *eventv1.QueryAnswer) {
	for _, key := range slices.Sorted(maps.Keys(s.groups)) {
		g := s.groups[key]
		state := eventv1.IncidentState_INCIDENT_STATE_OPEN
		switch {
		case g.phase == idle, q.GetId() != "" && g.id != q.GetId(), q.GetPolicy() != "" && g.rule.p.Name != q.GetPolicy():
			continue
		case g.phase == pending && !q.GetIncludePending() && q.GetId() == "":
			continue
		case g.phase == pending:
			state = eventv1.IncidentState_INCIDENT_STATE_PENDING
		}
		if len(a.Incidents) >= maxIncidents {
			a.Truncated = true
			return
		}
		a.Incidents = append(a.Incidents, s.describe(g, state))
	}
	if q.GetId() == "" || len(a.Incidents) > 0 {
		return
	}
	for _, r := range slices.Backward(s.resolved) {
		if r.id == q.GetId() {
			c := &eventv1.IncidentChanged{}
			if proto.Unmarshal(r.data, c) == nil {
				a.Incidents = append(a.Incidents, c)
			}
			return
		}
	}
}

// expectations fills in what was expected at each of the times, where the series
// is judged by its past.
func (x *series) expectations(h *eventv1.SeriesHistory) {
	if x.mem == nil {
		return
	}
	for k := range x.mem.given {
		g := &x.mem.given[k]
		by := &eventv1.Expectation{Given: g.names}
		for _, t := range h.TimeUnixMs {
			e := g.band.at(t, expectation{g.at, g.verdict.Expected, g.verdict.Lower, g.verdict.Upper})
			by.Expected, by.Lower, by.Upper = append(by.Expected, e.expected), append(by.Lower, e.lower), append(by.Upper, e.upper)
		}
		h.Given = append(h.Given, by)
	}
	if len(x.mem.bases) == 0 {
		return
	}
	for _, t := range h.TimeUnixMs {
		e := x.mem.bases[0].at(t)
		h.Expected, h.Lower, h.Upper = append(h.Expected, e.expected), append(h.Lower, e.lower), append(h.Upper, e.upper)
	}
}
