package replay

import (
	"math"
	"slices"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/unit"
)

// defaultSeries is how many series an answer has when the query does not say.
const defaultSeries = 50

// Answer answers a query for history from a test's series, as the evaluators
// answer it from theirs.
func (t *Test) Answer(q *eventv1.HistoryQuery) ([]*eventv1.SeriesHistory, error) {
	matchers, err := label.MatchersFromProto(q.GetMatchers())
	if err != nil {
		return nil, err
	}
	most := int(q.GetMaxSeries())
	if most == 0 {
		most = defaultSeries
	}
	var out []*eventv1.SeriesHistory
	for i := range t.Series {
		s := &t.Series[i]
		id := label.Fingerprint(s.Name, s.Labels)
		if len(q.GetSeriesId()) > 0 && !slices.Contains(q.GetSeriesId(), id) || q.GetName() != "" && q.GetName() != s.Name || !matchers.Match(s.Labels) || len(out) == most {
			continue
		}
		h := &eventv1.SeriesHistory{Unit: s.Unit, Series: &eventv1.SeriesRef{Id: id, Name: s.Name, Labels: s.Labels.Proto(), Partition: uint32(bus.PartitionOf(label.Resource(s.Labels)))}}
		if h.Unit == "" {
			h.Unit = unit.Guess(s.Name)
		}
		for k, v := range s.Values {
			at := s.Start.Add(time.Duration(k) * s.Interval)
			if math.IsNaN(v) || at.Before(q.GetFrom().AsTime()) || at.After(q.GetTo().AsTime()) {
				continue
			}
			h.TimeUnixMs, h.Values = append(h.TimeUnixMs, at.UnixMilli()), append(h.Values, v)
		}
		out = append(out, h)
	}
	return out, nil
}

// Over is when the test ends.
func (t *Test) Over() time.Time { return start.Add(t.End) }
