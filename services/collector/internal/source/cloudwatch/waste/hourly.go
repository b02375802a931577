package waste

import (
	"math"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/internal/label"
)

// networkByDay returns an instance's network in MB, in and out together, of the
// 24 hours up to the end of each hour; no point where too many of them are
// missing.
func (r *Rules) networkByDay(l Load) Hours {
	const day = 24
	out := Hours{From: l.BytesIn.From, Values: make([]float64, min(len(l.BytesIn.Values), len(l.BytesOut.Values)))}
	for i := range out.Values {
		out.Values[i] = math.NaN()
		if i+1 < day {
			continue
		}
		ins, outs := Hours{Values: l.BytesIn.Values[i+1-day : i+1]}, Hours{Values: l.BytesOut.Values[i+1-day : i+1]}
		if ins.enough(r.Missing/100) && outs.enough(r.Missing/100) {
			out.Values[i] = (ins.sum() + outs.sum()) / 1e6
		}
	}
	return out
}

// counted returns the hours of what CloudWatch has no point of when there is
// nothing to count: 0 where none is.
func (h Hours) counted() Hours {
	out := Hours{From: h.From, Values: make([]float64, len(h.Values))}
	for i, v := range h.Values {
		if !math.IsNaN(v) {
			out.Values[i] = v
		}
	}
	return out
}

// sayHourly returns the hours of a find that were not said yet, each as a sample
// at the time at which it begins, oldest first. Of what is no find (any more)
// only what was said before goes on, to the hour that ended it, and is then
// forgotten.
func (s *said) sayHourly(j Judgement, labels label.Set, round uint64) (out []batch.Sample) {
	for figure, h := range j.Hourly {
		name := "aws.waste." + string(j.Kind) + "." + figure
		id := label.Fingerprint(name, labels)
		t := s.hourly[id]
		if t == nil {
			if !j.Waste {
				continue
			}
			t = &told{series: series.New(name, labels, units[figure], time.Hour)}
			s.hourly[id] = t
		}
		t.round = round
		for i, v := range h.Values {
			if at := h.From.Add(time.Duration(i) * time.Hour); at.After(t.at) && !math.IsNaN(v) {
				out = append(out, batch.Sample{Series: t.series, UnixMS: at.UnixMilli(), Value: v})
				t.at = at
			}
		}
		if !j.Waste {
			delete(s.hourly, id)
		}
	}
	return out
}
