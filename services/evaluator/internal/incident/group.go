package incident

import (
	"cmp"
	"slices"

	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/label"
)

// phase is where a group is.
type phase uint8

const (
	idle phase = iota
	pending
	open
)

// group is one policy on one group, as long as there is something to know.
type group struct {
	key    uint64
	rule   *rule
	labels label.Set // with the team
	// members are the facts, by condition and series.
	members []*member

	phase   phase
	version uint32
	id      string
	prev    string // the incident before
	began   int64  // stream times, ms
	opened  int64
	emitted int64
	// recovering is since when nothing holds any more; 0: something does.
	recovering int64
	// mask is what held when people were told last.
	mask uint64
	// dismissed by a person: opens again only after it has recovered.
	dismissed bool
	// unsettled: the policy changed, and facts of the new one may be under way
	// until then.
	unsettled int64
	due       int64
	dirty     bool
}

// member is a fact in a group.
type member struct {
	fact
	cond   int
	id     uint64
	mature bool  // held as long as asked for
	ended  int64 // stream time when it held no more; 0: it never held
	left   bool  // it held, or was silent, when it went away on purpose
	from   *origin
}

// origin is where a fact of a wide group is from.
type origin struct {
	name, unit string
	labels     label.Set
	partition  uint32
}

func (g *group) find(cond int, id uint64) (int, bool) {
	return slices.BinarySearchFunc(g.members, member{cond: cond, id: id}, func(m *member, t member) int {
		return cmp.Or(cmp.Compare(m.cond, t.cond), cmp.Compare(m.id, t.id))
	})
}

// take makes a fact part of the group.
func (s *State) take(g *group, cond int, id uint64, f fact, from *origin) {
	alert := g.rule.p.NoData == policy.Alert
	k, known := g.find(cond, id)
	if known && g.dirty && !f.gone && g.members[k].holds != f.holds && g.members[k].at < f.at {
		// It turns a second time within one entry: what was true in between is
		// judged first, or a short excursion would be lost in a full batch.
		s.settle(g)
		s.groups[g.key] = g // settling may have forgotten it
		k, known = g.find(cond, id)
	}
	if !known && f.why != "" {
		return
	}
	if !known {
		wanted := f.holds || alert && (f.gone || from != nil) || (g.phase != idle || g.rule.conds[cond].census) && !f.gone
		if !wanted {
			return
		}
		g.members = slices.Insert(g.members, k, &member{cond: cond, id: id, from: from})
	}
	m := g.members[k]
	if from != nil {
		m.from = from
	}
	if f.why == "" {
		m.why, m.left = "", false
	}
	switch {
	case f.why != "":
		m.left = m.left || m.holds || m.gone
		m.gone, m.holds, m.mature, m.why = true, false, false, f.why
	case f.gone && !m.holds && !alert && g.rule.conds[cond].census: // one less of all
		g.members = slices.Delete(g.members, k, k+1)
	case f.gone:
		// What recovered, and stayed so for as long as asked, may go.
		if !alert && !m.holds && s.time-m.ended >= g.rule.p.RecoverAfter.Milliseconds() {
			return
		}
		m.gone = true
	case f.holds && m.holds:
		m.gone, m.value, m.at, m.note, m.band = false, f.value, f.at, f.note, f.band
		if f.hasLine {
			m.line, m.hasLine = f.line, true
		}
		m.peak = f.peak
	case f.holds:
		before, has := m.before, m.hasBefore
		m.fact, m.mature = f, false
		if m.ended > 0 && g.phase != idle && has { // it held before in this incident
			m.before, m.hasBefore = before, has
		}
	default:
		if m.holds {
			m.ended = s.time
		}
		m.holds, m.gone, m.mature, m.value, m.at, m.note, m.band = false, false, false, f.value, f.at, f.note, f.band
		if f.hasLine {
			m.line, m.hasLine = f.line, true
		}
		if f.began > 0 {
			m.peak = f.peak
		}
	}
	s.touch(g)
}

func (s *State) touch(g *group) {
	if !g.dirty {
		g.dirty = true
		s.dirty = append(s.dirty, g)
	}
}

// settleDirty judges the groups of which something is new, in an order that
// depends on nothing else.
func (s *State) settleDirty() {
	if len(s.dirty) == 0 {
		return
	}
	slices.SortFunc(s.dirty, func(a, b *group) int { return cmp.Compare(a.key, b.key) })
	for _, g := range s.dirty {
		if g.dirty {
			s.settle(g)
		}
	}
	s.dirty = s.dirty[:0]
}

// verdict is what a group's facts come to, one bit for each condition.
type verdict struct {
	holds, mature, silent uint64
	// excused: silence alone makes something not hold (no_data: ok).
	excused bool
	// unsure: something that recovered fell silent before that was certain.
	unsure bool
	// departed held, or was missed, until it went away on purpose.
	departed *member
}

func (s *State) judgeGroup(g *group) (v verdict) {
	p := g.rule.p
	var talking uint64
	for _, m := range g.members {
		if m.why != "" {
			if m.left {
				v.departed = m
			}
			continue
		}
		bit := uint64(1) << m.cond
		if m.gone {
			v.silent |= bit
		} else {
			talking |= bit
		}
		if !m.holds {
			v.unsure = v.unsure || m.gone && p.NoData == policy.Keep
			continue
		}
		if m.gone && p.NoData == policy.OK {
			v.excused = true
			continue
		}
		if !m.mature && !m.gone && s.time >= m.began+g.rule.conds[m.cond].forMS {
			m.mature = true
		}
		v.holds |= bit
		if m.mature {
			v.mature |= bit
		}
	}
	for i := range g.rule.conds {
		if c := &g.rule.conds[i]; c.Count != nil {
			holding, mature, all := g.tally(i)
			v.set(i, c.Count.Holds(holding, all), c.Count.Holds(mature, all))
		}
	}
	v.silent &^= talking
	if p.NoData != policy.Alert {
		v.silent = 0
	}
	return v
}

// tally counts the series of a group on which a condition holds, has held for
// long enough, and all that are known. Those that are silent and let off by
// no_data: ok do not hold.
func (g *group) tally(cond int) (holding, mature, all int) {
	for _, m := range g.members {
		if m.cond != cond || m.why != "" {
			continue
		}
		all++
		if !m.holds || m.gone && g.rule.p.NoData == policy.OK {
			continue
		}
		holding++
		if m.mature {
			mature++
		}
	}
	return holding, mature, all
}

func (v *verdict) set(cond int, holds, mature bool) {
	bit := uint64(1) << cond
	if v.holds &^= bit; holds {
		v.holds |= bit
	}
	if v.mature &^= bit; holds && mature {
		v.mature |= bit
	}
}
