package incident

import (
	"cmp"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/unit"
)

// fact is what is known of one condition on one series.
type fact struct {
	holds, gone        bool
	hasBefore, hasLine bool
	value              float64
	at                 int64 // time of the value, ms
	since              int64 // time of the first value that held, ms
	began              int64 // stream time of it, ms
	peak, before, line float64
	// note is what was measured, in words.
	note string
	band outlook
	// why it is gone, if on purpose.
	why string
}

// outlook is what the series' past let expect of a value.
type outlook struct {
	expected, lower, upper float64
	known, learning        bool
}

// outlookOf returns what was expected of the newest value.
func outlookOf(x *series, sl *slot) (o outlook) {
	if x.mem == nil {
		return o
	}
	if sl.Forecast != nil {
		o.learning = x.mem.fill.Learning()
	}
	if sl.Baseline == nil {
		return o
	}
	if sl.given >= 0 {
		return x.mem.given[sl.given].outlook(x)
	}
	v := &x.mem.bases[sl.base].verdict
	e := expectation{0, v.Expected, v.Lower, v.Upper}
	if o.learning = v.Learning; !v.Learning && e.known() {
		o.expected, o.lower, o.upper, o.known = v.Expected, v.Lower, v.Upper, true
	}
	return o
}

func factOf(x *series, h *hold, holds bool) fact {
	f := fact{holds: holds, value: x.last, at: x.at}
	if h != nil {
		f.since, f.began, f.peak, f.before, f.hasBefore = h.since, h.began, h.peak, h.before, h.hasBefore
		f.line, f.hasLine = h.line, h.hasLine
	}
	return f
}

// tell brings a fact to the group that it concerns.
func (s *State) tell(i uint32, sl *slot, f fact) {
	x := &s.series[i]
	if f.note = s.noteOf(x, sl); sl.learns() {
		f.band = outlookOf(x, sl)
	}
	if !f.gone {
		x.told = x.told || f.holds || sl.census || sl.rule.p.NoData != policy.Keep
	}
	if sl.rule.near {
		key := label.Fingerprint(sl.rule.p.Name, x.res.labels())
		g := s.groups[key]
		if g == nil {
			if !f.holds && !(f.gone && sl.rule.p.NoData == policy.Alert) {
				s.watch(i)
				return
			}
			g = &group{key: key, rule: sl.rule, labels: x.res.labels()}
			s.groups[key] = g
		}
		s.take(g, sl.index, x.id, f, nil)
	} else {
		s.leaving = append(s.leaving, leaving{series: i, slot: sl, fact: f})
	}
	if !f.gone {
		s.watch(i)
	}
}

// leaving is a fact on its way to the partition of its group.
type leaving struct {
	series uint32
	slot   *slot
	fact   fact
}

const maxBatchBytes = 200 << 10

// pack makes messages of what leaves: by target, in order, in parts.
func (s *State) pack() {
	if len(s.leaving) == 0 {
		return
	}
	type addressed struct {
		target bus.Partition
		p      *eventv1.Partial
	}
	all := make([]addressed, len(s.leaving))
	for k, l := range s.leaving {
		x := &s.series[l.series]
		g := x.res.labels().Pick(l.slot.rule.by)
		key := label.Fingerprint(l.slot.rule.p.Name, g)
		f := l.fact
		p := &eventv1.Partial{Policy: l.slot.rule.p.Name, ConditionIndex: uint32(l.slot.index), Group: g.Proto(), SeriesId: x.id,
			Series: &eventv1.SeriesDef{Id: x.id, Name: x.name, Labels: x.res.labels().Proto(), Unit: unitOf(x)},
			Holds:  f.holds, Gone: f.gone, Value: f.value, PolicyHash: l.slot.rule.p.Hash,
			Peak: f.peak, Before: f.before, HasBefore: f.hasBefore, Threshold: f.line, HasThreshold: f.hasLine, Note: f.note, GoneReason: f.why,
			Expected: f.band.expected, Lower: f.band.lower, Upper: f.band.upper, HasBand: f.band.known, Learning: f.band.learning}
		if f.at > 0 {
			p.At = stamp(f.at)
		}
		if f.began > 0 {
			p.Since = stamp(f.began)
		}
		all[k] = addressed{bus.PartitionOf(key), p}
	}
	s.leaving = nil
	slices.SortStableFunc(all, func(a, b addressed) int { return cmp.Compare(a.target, b.target) })
	var batch *eventv1.PartialBatch
	size := 0
	for k, a := range all {
		n := proto.Size(a.p) + 4
		if k == 0 || a.target != all[k-1].target || size+n > maxBatchBytes {
			part := uint32(0)
			if k > 0 && a.target == all[k-1].target {
				part = batch.Part + 1
			}
			batch = &eventv1.PartialBatch{SourcePartition: uint32(s.partition), SourceSequence: s.seq, Part: part,
				PolicyDigest: s.set.Digest, PolicyRevision: s.revision}
			s.out.Partials = append(s.out.Partials, Partials{Target: a.target, Batch: batch})
			size = 0
		}
		batch.Partials = append(batch.Partials, a.p)
		size += n
	}
}

const maxParked = 10_000

// partials takes in what another partition, or this one, told.
func (s *State) partials(b *eventv1.PartialBatch) {
	if b.GetSourcePartition() >= bus.Partitions {
		return
	}
	pos := position{b.GetSourceSequence(), b.GetPart() + 1}
	if !s.seen[b.GetSourcePartition()].before(pos) {
		return
	}
	s.seen[b.GetSourcePartition()] = pos
	if b.GetPolicyRevision() > s.revision {
		if len(s.parked) < maxParked {
			s.parked = append(s.parked, b)
		}
		return
	}
	s.apply(b)
}

func (s *State) apply(b *eventv1.PartialBatch) {
	s.counts.Partials += uint64(len(b.GetPartials()))
	for _, p := range b.GetPartials() {
		r := s.byName[p.GetPolicy()]
		if r == nil || r.near || r.p.Hash != p.GetPolicyHash() || int(p.GetConditionIndex()) >= len(r.conds) {
			continue
		}
		labels := label.FromProto(p.GetGroup())
		key := label.Fingerprint(r.p.Name, labels)
		g := s.groups[key]
		f := fact{holds: p.GetHolds(), gone: p.GetGone(), value: p.GetValue(), peak: p.GetPeak(), before: p.GetBefore(),
			hasBefore: p.GetHasBefore(), line: p.GetThreshold(), hasLine: p.GetHasThreshold(), note: p.GetNote(), why: p.GetGoneReason(),
			band: outlook{p.GetExpected(), p.GetLower(), p.GetUpper(), p.GetHasBand(), p.GetLearning()}}
		if p.GetAt() != nil {
			f.at = p.GetAt().AsTime().UnixMilli()
		}
		if p.GetSince() != nil {
			f.began = p.GetSince().AsTime().UnixMilli()
			f.since = min(f.began, max(f.at, f.began))
		}
		if g == nil {
			if !f.holds && r.p.NoData != policy.Alert && !r.conds[p.GetConditionIndex()].census {
				continue
			}
			g = &group{key: key, rule: r, labels: labels}
			s.groups[key] = g
		}
		d := p.GetSeries()
		s.take(g, int(p.GetConditionIndex()), p.GetSeriesId(), f, &origin{name: d.GetName(), labels: label.FromProto(d.GetLabels()),
			unit: d.GetUnit(), partition: b.GetSourcePartition()})
	}
}

func unitOf(x *series) string {
	if x.unit != "" {
		return x.unit
	}
	return unit.Guess(x.name)
}

func stamp(ms int64) *timestamppb.Timestamp { return timestamppb.New(time.UnixMilli(ms)) }
