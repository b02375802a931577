package incident

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/parley-ops/parley/services/evaluator/detect"
	"github.com/parley-ops/parley/services/evaluator/forecast"
	"github.com/parley-ops/parley/services/evaluator/given"
	"github.com/parley-ops/parley/services/evaluator/internal/condition"
	"github.com/parley-ops/parley/services/evaluator/policy"
)

// baseline is what a series was learned to do, in one time zone.
type baseline struct {
	zone string
	d    detect.Detector
	// verdict on the newest sample, by what was known before it.
	verdict detect.Verdict
	// onset is how rare the event was that is under way, as it began, in days;
	// calm how many samples in a row were within the band.
	onset float64
	calm  uint8
	// off is the mean distance from what was expected, of n samples.
	off  float64
	n    uint32
	band band
}

const (
	// calmAfter is how many samples within the band end an event.
	calmAfter = 3
	// spreadSamples is over how many samples the distance is learned; outliers are
	// told from the rest after spreadWarm.
	spreadSamples, spreadWarm = 200, 30
)

func newBaseline(zone string) baseline {
	location, err := time.LoadLocation(zone)
	if err != nil {
		location = time.UTC // it was looked up when the policy was read
	}
	return baseline{zone: zone, d: *detect.New(detect.Options{Zone: location})}
}

// observe judges the newest sample and, with learn, learns it.
func (b *baseline) observe(at int64, v float64, learn bool) {
	b.verdict = b.d.Observe(at, v, learn)
	b.spread(v, learn)
	e := expectation{at, b.verdict.Expected, b.verdict.Lower, b.verdict.Upper}
	if !e.known() {
		return
	}
	if b.verdict.Days > 0 && !b.verdict.Learning {
		b.onset, b.calm = max(b.onset, b.verdict.Days), 0
	} else if v < e.lower || v > e.upper {
		b.calm = 0
	} else if b.calm < calmAfter {
		if b.calm++; b.calm == calmAfter {
			b.onset = 0
		}
	}
	b.band.add(e)
}

// spread puts the band around what was expected of a sample, and then learns how
// far from it the sample was, unless it is not to be learned; an outlier counts as no more than twice the usual,
// so that an incident widens the band only slowly. The detector's own band widens
// with every surprise, and would let the second sample of an incident pass.
func (b *baseline) spread(v float64, learn bool) {
	e := &b.verdict
	off := math.Abs(v - e.Expected)
	if math.IsNaN(off) || math.IsInf(off, 0) {
		e.Lower, e.Upper = math.NaN(), math.NaN()
		return
	}
	half := given.Deviations * max(given.PerOff*b.off, given.LeastSpread*math.Abs(e.Expected))
	e.Lower, e.Upper = e.Expected-half, e.Expected+half
	if !learn {
		return
	}
	if b.n = min(b.n+1, spreadSamples); b.n > spreadWarm {
		off = min(off, 2*b.off)
	}
	b.off += (off - b.off) / float64(b.n)
}

// at returns what was expected at a time; NaN where that is not kept.
func (b *baseline) at(t int64) expectation {
	return b.band.at(t, expectation{b.verdictAt(), b.verdict.Expected, b.verdict.Lower, b.verdict.Upper})
}

// verdictAt is the last time for which something is kept.
func (b *baseline) verdictAt() int64 {
	if n := len(b.band); n > 0 {
		return b.band[n-1].at()
	}
	return 0
}

// bounds returns what a value is compared with; false while that is not known.
func (sl *slot) bounds(o outlook) (p condition.Params, ok bool) {
	if !o.known {
		return p, false
	}
	lo, hi := o.lower, o.upper
	if w := sl.Baseline; w.Way != policy.Band {
		up, down := sl.by, sl.by
		switch w.Way {
		case policy.Sigma:
			up, down = w.By.Value*(hi-o.expected)/given.Deviations, w.By.Value*(o.expected-lo)/given.Deviations
		case policy.Part:
			up, down = math.Abs(o.expected)*w.By.Value, math.Abs(o.expected)*w.By.Value
		}
		lo, hi = o.expected-down, o.expected+up
	}
	p.At, p.To = lo, hi
	if sl.Kind == "above" {
		p.At = hi
	}
	return p, true
}

// reaching is by when a series reaches a number, as worked out this hour.
type reaching struct {
	hour int64 // since 1970
	full forecast.Full
	ok   bool
}

const hourMS = int64(time.Hour / time.Millisecond)

// look works it out anew when an hour has begun.
func (r *reaching) look(f *forecast.Filling, at int64, limit float64) {
	if hour := at / hourMS; hour != r.hour {
		r.hour = hour
		r.full, r.ok = f.To(limit)
	}
}

// soon reports whether a forecast holds.
func (sl *slot) soon(r *reaching, was bool) bool {
	if !r.ok {
		return false
	}
	within, sure := sl.Forecast.Within, sl.Forecast.Confidence
	if was {
		within, sure = sl.Forecast.Until, sure/2
	}
	return r.full.Hours <= within.Hours() && r.full.Confidence >= sure
}

// learned says whether a condition on what was learned holds, or one that has an
// expression.
func (x *series) learned(sl *slot, was, truth bool) bool {
	if sl.Expr != nil {
		return truth
	}
	if sl.Forecast != nil {
		return sl.soon(&x.mem.reach[sl.reach], was)
	}
	return x.mem.bases[sl.base].onset >= sl.Rarity
}

// append writes the baseline behind buf, for a snapshot.
func (b *baseline) append(buf []byte) []byte {
	data, _ := b.d.MarshalBinary() // it has no error
	buf = binary.AppendUvarint(buf, uint64(len(data)))
	buf = append(buf, data...)
	v := &b.verdict
	for _, f := range []float64{v.Score, v.Days, v.Expected, v.Lower, v.Upper, b.onset, b.off} {
		buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(f))
	}
	learning := uint64(0)
	if v.Learning {
		learning = 1
	}
	for _, n := range []uint64{uint64(v.Level), uint64(v.Active), learning, uint64(b.calm), uint64(b.n)} {
		buf = binary.AppendUvarint(buf, n)
	}
	return b.band.append(buf)
}

// readBaseline reads what append wrote.
func readBaseline(r *parser, zone string) baseline {
	b := newBaseline(zone)
	if err := b.d.UnmarshalBinary(r.bytes()); err != nil {
		r.fail()
		return b
	}
	v := &b.verdict
	for _, f := range []*float64{&v.Score, &v.Days, &v.Expected, &v.Lower, &v.Upper, &b.onset, &b.off} {
		*f = r.float()
	}
	v.Level, v.Active = detect.Level(r.num()&3), detect.Level(r.num()&3)
	v.Learning, b.calm = r.num() == 1, uint8(min(r.num(), calmAfter))
	b.n = uint32(min(r.num(), math.MaxUint32-1))
	b.band = readBand(r)
	return b
}
