package incident

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/evaluator/given"
)

// explained is what a series was learned to do by other metrics of its resource.
type explained struct {
	names []string
	model *given.Model
	// at is the time of the newest sample that was judged, in ms.
	at      int64
	verdict given.Verdict
	band    band
}

func newExplained(names []string) explained {
	return explained{names: names, model: given.New(len(names)), verdict: given.Verdict{Learning: true}}
}

// explainBy judges and learns the series' newest sample, as soon as the metrics
// that explain it have one of the same time: whichever comes first waits for the
// other, since last minute's traffic does not explain this minute's CPU.
func (s *State) explainBy(x *series) {
	if x.mem == nil {
		return
	}
	for k := range x.mem.given {
		e := &x.mem.given[k]
		if e.at == x.at {
			continue
		}
		var values [given.Most]float64
		there := 0
		for n, name := range e.names {
			v, ok := s.beside(x, name)
			if !ok {
				break
			}
			values[n], there = v, n+1
		}
		if there < len(e.names) {
			continue
		}
		e.at, e.verdict = x.at, e.model.Observe(x.at, x.last, values[:len(e.names)], s.teaches(x.res, x.at))
		e.band.add(expectation{x.at, e.verdict.Expected, e.verdict.Lower, e.verdict.Upper})
	}
}

// beside returns what a metric of the same resource was at the time of the
// series' newest sample.
func (s *State) beside(x *series, name string) (float64, bool) {
	for _, j := range x.res.series {
		y := &s.series[j]
		if y.name != name || y.at == 0 {
			continue
		}
		// Sent less often, it counts until the next one is due.
		apart, near := x.at-y.at, int64(y.interval)
		if apart < 0 {
			apart, near = -apart, max(near, int64(x.interval))
		}
		return y.last, apart <= near*3/4
	}
	return 0, false
}

// outlook is what was expected of the newest value given other metrics.
func (e *explained) outlook(x *series) outlook {
	v := &e.verdict
	return outlook{v.Expected, v.Lower, v.Upper, e.at == x.at && !v.Learning, v.Learning}
}

// append writes it behind buf, for a snapshot.
func (e *explained) append(buf []byte) []byte {
	data, _ := e.model.MarshalBinary() // it has no error
	buf = binary.AppendUvarint(buf, uint64(len(data)))
	buf = append(buf, data...)
	buf = binary.AppendVarint(buf, e.at)
	learning := uint64(0)
	if e.verdict.Learning {
		learning = 1
	}
	buf = binary.AppendUvarint(buf, learning)
	for _, f := range []float64{e.verdict.Expected, e.verdict.Lower, e.verdict.Upper} {
		buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(f))
	}
	return e.band.append(buf)
}

// readExplained reads what append wrote.
func readExplained(r *parser, names string) explained {
	e := newExplained(strings.Split(names, sep))
	if err := e.model.UnmarshalBinary(r.bytes()); err != nil || e.model.Others() != len(e.names) {
		r.fail()
		return newExplained(e.names)
	}
	e.at = r.signed()
	e.verdict = given.Verdict{Learning: r.num() == 1, Expected: r.float(), Lower: r.float(), Upper: r.float()}
	e.band = readBand(r)
	return e
}

// explainedBy returns which of several is by these metrics; -1: none.
func explainedBy(all []explained, names []string) int {
	return slices.IndexFunc(all, func(e explained) bool { return slices.Equal(e.names, names) })
}
