package incident

import (
	"cmp"
	"math"
	"slices"

	"github.com/parley-ops/parley/services/evaluator/internal/history"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
)

// SnapshotPolicies returns the digest of the policies that were in force in a
// snapshot; "" if none were.
func SnapshotPolicies(data []byte) (string, error) {
	r := &parser{buf: data}
	if v := r.num(); v < 1 || v > formatVersion {
		return "", ErrSnapshot
	}
	return r.text(), r.err
}

// Restore returns the state of a snapshot, or ErrSnapshot. set is the one that
// [SnapshotPolicies] names.
func Restore(p bus.Partition, opt Options, data []byte, set *policy.Set) (*State, error) {
	s := New(p, opt)
	r := &parser{buf: data}
	version := r.num()
	if version < 1 || version == 3 || version > formatVersion { // 3 was never shipped
		return nil, ErrSnapshot
	}
	s.set = set
	if digest := r.text(); digest != set.Digest {
		return nil, ErrSnapshot
	}
	s.revision = r.num()
	s.rules = compile(set)
	for _, rl := range s.rules {
		s.byName[rl.p.Name] = rl
	}
	s.index()
	s.time, s.seq, s.quietUntil, s.swept = r.time(), uint64(r.time()), r.time(), r.time()
	for _, c := range []*uint64{&s.counts.Samples, &s.counts.Duplicates, &s.counts.Late, &s.counts.Unknown, &s.counts.Clashes, &s.counts.Partials} {
		*c = r.num()
	}
	for i := range s.seen {
		s.seen[i] = position{r.num(), uint32(r.num())}
	}
	if version > 5 {
		s.readWindows(r)
	}
	if version > 7 {
		s.readBudget(r)
	}
	for range r.count(2) {
		s.readResource(r, version)
	}
	for range r.count(17) {
		id := r.id()
		h := heldBack{at: r.signed(), value: r.float()}
		if version > 1 {
			h.rev = uint32(r.num())
		}
		s.unknown[id] = h
	}
	if version > 1 {
		s.readRevisions(r)
	}
	for range r.count(12) {
		s.readGroup(r, version)
	}
	for range r.count(11) {
		past := past{key: r.id(), at: r.signed(), id: r.text()}
		past.data = slices.Clone(r.bytes())
		s.resolved = append(s.resolved, past)
	}
	for range r.count(1) {
		b, err := parkedBatch(r.bytes())
		if err != nil {
			return nil, err
		}
		s.parked = append(s.parked, b)
	}
	if r.err != nil || len(r.buf) != 0 {
		return nil, ErrSnapshot
	}
	return s, nil
}

// time reads a time or a span in ms, bounded so that sums do not overflow.
func (p *parser) time() int64 {
	v := p.signed()
	if v < 0 || v > math.MaxInt64/4 {
		p.fail()
		return 0
	}
	return v
}

func (s *State) readResource(r *parser, version uint64) {
	labels := r.labels()
	res := &resource{packed: packed(labels), hash: label.Resource(labels), windows: s.windowsOf(labels), team: s.team(labels.Get(s.teamLabel()))}
	for range r.count(20) {
		x := series{id: r.id(), res: res}
		x.metric = s.metricOf(r.text(), r.text())
		x.last = r.float()
		x.at, x.seen, x.watched, x.silent = r.signed(), r.time(), r.time(), r.time()
		x.interval = int32(min(r.time(), math.MaxInt32/2))
		r.flags(&x.told, &x.fixed, &x.gone)
		hist, err := history.Restore(r.bytes())
		if _, twice := s.ids[x.id]; err != nil || twice || x.id == 0 {
			r.fail()
			return
		}
		x.hist = hist
		x.list = s.listFor(x.name, labels, x.unit)
		for range r.count(26) {
			s.readHold(r, &x)
		}
		mem, where := x.readMemories(r, version)
		s.recall(&x, mem, where)
		if x.gone {
			s.departed[x.id] = departure{r.time(), r.text()}
		}
		slices.SortFunc(x.held, func(a, b hold) int { return cmp.Compare(a.slot, b.slot) })
		i := s.add(x)
		s.ids[x.id] = i
		res.series = append(res.series, i)
		res.team.series++
		if x.watched > 0 {
			s.due.push(deadline{at: x.watched, key: x.id})
		}
	}
	if len(res.series) > 0 {
		s.resources[res.hash] = res
	}
}

// readHold reads a hold; one of a policy that this version does not know goes.
func (s *State) readHold(r *parser, x *series) {
	name, index := r.text(), int(r.num())
	h := hold{}
	r.flags(&h.hasBefore, &h.hasLine)
	h.since, h.began, h.sent = r.signed(), r.time(), r.time()
	h.peak, h.before, h.line = r.float(), r.float(), r.float()
	if x.list == nil {
		return
	}
	for k := range x.list.slots {
		if c := x.list.slots[k].cond; c.rule.p.Name == name && c.index == index &&
			!slices.ContainsFunc(x.held, func(o hold) bool { return int(o.slot) == k }) {
			h.slot = uint16(k)
			x.held = append(x.held, h)
			return
		}
	}
}

func (s *State) readGroup(r *parser, version uint64) {
	g := &group{key: r.id(), rule: s.byName[r.text()], labels: r.labels()}
	g.phase, g.version, g.id, g.prev = phase(r.num()), uint32(r.num()), r.text(), r.text()
	g.began, g.opened, g.emitted, g.recovering, g.unsettled, g.due = r.time(), r.time(), r.time(), r.time(), r.time(), r.time()
	g.mask = r.num()
	r.flags(&g.dismissed)
	for range r.count(40) {
		m := &member{cond: int(r.num()), id: r.id()}
		wide := false
		r.flags(&m.holds, &m.gone, &m.hasBefore, &m.hasLine, &m.mature, &wide, &m.left)
		m.at, m.since, m.began, m.ended = r.signed(), r.signed(), r.time(), r.time()
		m.value, m.peak, m.before, m.line = r.float(), r.float(), r.float(), r.float()
		if version > 3 {
			r.flags(&m.band.known, &m.band.learning)
			m.band.expected, m.band.lower, m.band.upper = r.float(), r.float(), r.float()
			m.note, m.why = r.text(), r.text()
		}
		if wide {
			m.from = &origin{name: r.text(), unit: r.text(), labels: r.labels(), partition: uint32(r.num())}
		}
		if g.rule != nil && m.cond >= len(g.rule.conds) {
			r.fail()
		}
		g.members = append(g.members, m)
	}
	if g.phase > open || s.groups[g.key] != nil {
		r.fail()
	}
	if g.rule == nil || r.err != nil {
		return
	}
	s.groups[g.key] = g
	if g.phase == open {
		s.open++
	}
	if g.due > 0 {
		s.due.push(deadline{at: g.due, key: g.key, group: true})
	}
}
