package incident

import (
	"cmp"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// formatVersion of snapshots; one with a later one is not read. 2 brought
// revisions of samples, 4 what series remember, 5 what others explain of them,
// 6 maintenance windows, 7 events from outside,
// 8 budgets.
const formatVersion = 8

// Snapshot returns the state as bytes, equal for equal states. It changes
// nothing.
func (s *State) Snapshot() []byte {
	w := &writer{seen: map[string]uint64{}, buf: make([]byte, 0, 4096+len(s.ids)*256)}
	w.num(formatVersion)
	w.text(s.set.Digest)
	w.num(s.revision)
	for _, v := range []int64{s.time, int64(s.seq), s.quietUntil, s.swept} {
		w.signed(v)
	}
	for _, v := range []uint64{s.counts.Samples, s.counts.Duplicates, s.counts.Late, s.counts.Unknown, s.counts.Clashes, s.counts.Partials} {
		w.num(v)
	}
	for _, p := range s.seen {
		w.num(p.seq)
		w.num(uint64(p.part))
	}
	s.writeWindows(w)
	s.writeBudget(w)
	s.writeSeries(w)
	w.num(uint64(len(s.unknown)))
	for _, id := range slices.Sorted(maps.Keys(s.unknown)) {
		w.id(id)
		w.signed(s.unknown[id].at)
		w.float(s.unknown[id].value)
		w.num(uint64(s.unknown[id].rev))
	}
	s.writeRevisions(w)
	w.num(uint64(len(s.groups)))
	for _, key := range slices.Sorted(maps.Keys(s.groups)) {
		writeGroup(w, s.groups[key])
	}
	w.num(uint64(len(s.resolved)))
	for _, r := range s.resolved {
		w.id(r.key)
		w.signed(r.at)
		w.text(r.id)
		w.bytes(r.data)
	}
	w.num(uint64(len(s.parked)))
	for _, b := range s.parked {
		data, _ := proto.MarshalOptions{Deterministic: true}.Marshal(b) // it came by the wire
		w.bytes(data)
	}
	return w.buf
}

// writeSeries writes series by resource, both in an order of their own.
func (s *State) writeSeries(w *writer) {
	var order []*resource
	seen := map[*resource]bool{}
	for i := range s.series {
		if x := &s.series[i]; x.id != 0 && !seen[x.res] {
			seen[x.res] = true
			order = append(order, x.res)
		}
	}
	slices.SortFunc(order, func(a, b *resource) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(s.series[a.series[0]].id, s.series[b.series[0]].id))
	})
	w.num(uint64(len(order)))
	for _, r := range order {
		w.labels(r.labels())
		w.num(uint64(len(r.series)))
		for _, i := range r.series {
			writeOne(w, &s.series[i])
			if s.series[i].gone {
				w.signed(s.departed[s.series[i].id].at)
				w.text(s.departed[s.series[i].id].reason)
			}
		}
	}
}

func writeOne(w *writer, x *series) {
	w.id(x.id)
	w.text(x.name)
	w.text(x.unit)
	w.float(x.last)
	for _, v := range []int64{x.at, x.seen, x.watched, x.silent, int64(x.interval)} {
		w.signed(v)
	}
	w.flags(x.told, x.fixed, x.gone)
	w.bytes(x.hist.Bytes())
	w.num(uint64(len(x.held)))
	for _, h := range x.held {
		c := x.list.slots[h.slot].cond
		w.text(c.rule.p.Name)
		w.num(uint64(c.index))
		w.flags(h.hasBefore, h.hasLine)
		for _, v := range []int64{h.since, h.began, h.sent} {
			w.signed(v)
		}
		for _, v := range []float64{h.peak, h.before, h.line} {
			w.float(v)
		}
	}
	x.writeMemories(w)
}

func writeGroup(w *writer, g *group) {
	w.id(g.key)
	w.text(g.rule.p.Name)
	w.labels(g.labels)
	w.num(uint64(g.phase))
	w.num(uint64(g.version))
	w.text(g.id)
	w.text(g.prev)
	for _, v := range []int64{g.began, g.opened, g.emitted, g.recovering, g.unsettled, g.due} {
		w.signed(v)
	}
	w.num(g.mask)
	w.flags(g.dismissed)
	w.num(uint64(len(g.members)))
	for _, m := range g.members {
		w.num(uint64(m.cond))
		w.id(m.id)
		w.flags(m.holds, m.gone, m.hasBefore, m.hasLine, m.mature, m.from != nil, m.left)
		for _, v := range []int64{m.at, m.since, m.began, m.ended} {
			w.signed(v)
		}
		for _, v := range []float64{m.value, m.peak, m.before, m.line} {
			w.float(v)
		}
		w.flags(m.band.known, m.band.learning)
		for _, v := range []float64{m.band.expected, m.band.lower, m.band.upper} {
			w.float(v)
		}
		w.text(m.note)
		w.text(m.why)
		if m.from != nil {
			w.text(m.from.name)
			w.text(m.from.unit)
			w.labels(m.from.labels)
			w.num(uint64(m.from.partition))
		}
	}
}

// parkedBatch reads what parked wrote.
func parkedBatch(data []byte) (*eventv1.PartialBatch, error) {
	b := &eventv1.PartialBatch{}
	if err := proto.Unmarshal(data, b); err != nil {
		return nil, ErrSnapshot
	}
	return b, nil
}
