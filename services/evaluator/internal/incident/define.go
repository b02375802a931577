package incident

import (
	"math"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
)

// metric is a name with a unit; series of the same one share it.
type metric struct{ name, unit string }

// resource is a label set; series of the same one share it.
type resource struct {
	packed string // see pack
	hash   uint64
	series []uint32
	// windows are the maintenance windows that match, by their place in the state.
	windows []uint16
	team    *team
}

// sep is in no label: it is not UTF-8.
const sep = "\xff"

// packed returns labels in little room; a label.Set takes three times as much.
func packed(s label.Set) string {
	var b strings.Builder
	for _, l := range s {
		b.WriteString(l.Name)
		b.WriteString(sep)
		b.WriteString(l.Value)
		b.WriteString(sep)
	}
	return strings.Clone(b.String())
}

func (r *resource) labels() label.Set {
	s := make(label.Set, 0, strings.Count(r.packed, sep)/2)
	for rest := r.packed; rest != ""; {
		var l label.Label
		l.Name, rest, _ = strings.Cut(rest, sep)
		l.Value, rest, _ = strings.Cut(rest, sep)
		s = append(s, l)
	}
	return s
}

// is reports whether these are the resource's labels.
func (r *resource) is(labels []*eventv1.Label) bool {
	rest := r.packed
	for _, l := range labels {
		var name, value string
		name, rest, _ = strings.Cut(rest, sep)
		value, rest, _ = strings.Cut(rest, sep)
		if name != l.GetName() || value != l.GetValue() {
			return false
		}
	}
	return rest == ""
}

// define learns a series, or refuses one whose id is taken.
func (s *State) define(d *eventv1.SeriesDef) {
	if i, ok := s.ids[d.GetId()]; ok {
		s.redefine(i, d)
		return
	}
	labels := label.FromProto(d.GetLabels())
	if s.refuse(d.GetId(), labels) {
		return
	}
	hash, text := label.Resource(labels), packed(labels)
	res := s.resources[hash]
	if res == nil || res.packed != text {
		res = &resource{packed: text, hash: hash, windows: s.windowsOf(labels), team: s.team(labels.Get(s.teamLabel()))}
		s.resources[hash] = res
	}
	x := series{id: d.GetId(), metric: s.metricOf(d.GetName(), d.GetUnit()), res: res, seen: s.time}
	if iv := d.GetInterval().AsDuration(); iv > 0 {
		x.interval, x.fixed = int32(min(iv.Milliseconds(), math.MaxInt32/2)), true
	}
	var i uint32
	if n := len(s.free); n > 0 {
		i, s.free = s.free[n-1], s.free[:n-1]
		s.series[i] = x
	} else {
		i = s.add(x)
	}
	s.ids[x.id] = i
	res.series = append(res.series, i)
	res.team.series++
	s.bind(i)
	if h, ok := s.unknown[x.id]; ok {
		delete(s.unknown, x.id)
		s.sample(i, h.at, h.value, h.rev)
	}
}

// redefine compares a definition with what is known.
func (s *State) redefine(i uint32, d *eventv1.SeriesDef) {
	x := &s.series[i]
	if x.name != d.GetName() || !x.res.is(d.GetLabels()) && packed(label.FromProto(d.GetLabels())) != x.res.packed {
		s.counts.Clashes++
		s.note("series %s%s has the id %016x of %s%s: refused", d.GetName(), label.FromProto(d.GetLabels()), x.id, x.name, x.res.labels())
		return
	}
	if iv := d.GetInterval().AsDuration(); iv > 0 {
		x.interval, x.fixed = int32(min(iv.Milliseconds(), math.MaxInt32/2)), true
	}
	if d.GetUnit() != x.unit && d.GetUnit() != "" {
		x.metric = s.metricOf(x.name, d.GetUnit())
		s.rebind(i)
	}
}

// bind finds the conditions on a new series.
func (s *State) bind(i uint32) {
	x := &s.series[i]
	x.list = s.listFor(x.name, x.res.labels(), x.unit)
	s.recall(x, nil, kept{})
	if x.list != nil && (x.list.alert || x.list.timed || x.list.census) {
		s.announce(i)
		s.watch(i)
	}
}

// add appends a series, growing by little: doubling would waste half.
func (s *State) add(x series) uint32 {
	if n := len(s.series); n == cap(s.series) {
		grown := make([]series, n, n+n/8+8)
		copy(grown, s.series)
		s.series = grown
	}
	s.series = append(s.series, x)
	return uint32(len(s.series) - 1)
}

func (s *State) metricOf(name, unit string) *metric {
	m := metric{name, unit}
	known := s.metrics[m]
	if known == nil {
		known = &m
		s.metrics[m] = known
	}
	return known
}
