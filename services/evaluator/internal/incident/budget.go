package incident

import (
	"cmp"
	"maps"
	"slices"
	"time"
	"unsafe"

	"github.com/cespare/xxhash/v2"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/forecast"
	"github.com/parley-ops/parley/services/evaluator/given"
	"github.com/parley-ops/parley/services/evaluator/internal/memory"
	"github.com/parley-ops/parley/services/internal/label"
)

// team is how many series one value of the budget's label has here.
type team struct{ series, refused uint64 }

// refusal is a series that was not taken, and when it asked last.
type refusal struct {
	team string
	at   int64 // stream time, ms
}

const (
	maxRefused  = 10_000
	refusedFor  = int64(time.Hour / time.Millisecond)
	keepLearned = int64(7 * 24 * time.Hour / time.Millisecond)
)

// changeBudget puts a budget in force. Who is not taken now is when it is defined
// again, if there is room then.
func (s *State) changeBudget(b *eventv1.BudgetChanged) {
	before := s.teamLabel()
	s.budget = proto.Clone(b).(*eventv1.BudgetChanged)
	if s.teamLabel() != before {
		s.teams = map[string]*team{}
		for i := range s.series {
			if x := &s.series[i]; x.id != 0 {
				x.res.team = s.team(x.res.labels().Get(s.teamLabel()))
				x.res.team.series++
			}
		}
		clear(s.refused)
	}
	for id, r := range s.refused {
		if t := s.team(r.team); !s.full(r.team, t) {
			s.forgetRefused(id, t)
		}
	}
}

func (s *State) teamLabel() string { return cmp.Or(s.budget.GetLabel(), label.Team) }

func (s *State) team(name string) *team {
	t := s.teams[name]
	if t == nil {
		t = &team{}
		s.teams[name] = t
	}
	return t
}

// full reports whether a team has as many series as it may.
func (s *State) full(name string, t *team) bool {
	most := s.budget.GetSeries()
	if most == 0 {
		return false
	}
	_, full := slices.BinarySearch(s.budget.GetFull(), name)
	return full || t.series >= most
}

// refuse reports whether a series that is new is not taken. Those that are known go
// on.
func (s *State) refuse(id uint64, labels label.Set) bool {
	name := labels.Get(s.teamLabel())
	t := s.team(name)
	_, known := s.refused[id]
	if !s.full(name, t) {
		if known {
			s.forgetRefused(id, t)
		}
		return false
	}
	if !known {
		s.counts.Refused++
		if len(s.refused) >= maxRefused {
			return true
		}
		if t.refused == 0 {
			s.note("team %s has as many series as it may (%d): new ones are not taken", name, s.budget.GetSeries())
		}
		t.refused++
	}
	s.refused[id] = refusal{name, s.time}
	delete(s.unknown, id)
	return true
}

func (s *State) forgetRefused(id uint64, t *team) {
	delete(s.refused, id)
	t.refused--
}

// sweepRefused forgets those that have not asked for long.
func (s *State) sweepRefused() {
	for id, r := range s.refused {
		if s.time-r.at > refusedFor {
			s.forgetRefused(id, s.team(r.team))
		}
	}
}

// forgetAfter returns for how long a series without samples is known, in ms.
func (s *State) forgetAfter(x *series) int64 {
	if x.mem == nil {
		return forgetAfter
	}
	if d := s.budget.GetForgetAfter(); d != nil {
		return max(d.AsDuration().Milliseconds(), forgetAfter)
	}
	return keepLearned
}

// Budget returns a digest of the budget in force: equal for equal ones.
func (s *State) Budget() uint64 { return BudgetDigest(s.budget) }

// BudgetDigest returns what [State.Budget] will be when this one is in force.
func BudgetDigest(b *eventv1.BudgetChanged) uint64 {
	if proto.Size(b) == 0 {
		return 0
	}
	data, _ := proto.MarshalOptions{Deterministic: true}.Marshal(b) // what cannot be marshalled cannot have come
	return xxhash.Sum64(data)
}

// use says what the series of each team take.
func (s *State) use(sizes bool) []*eventv1.TeamUse {
	found := map[*team]*eventv1.TeamUse{}
	var out []*eventv1.TeamUse
	for _, name := range slices.Sorted(maps.Keys(s.teams)) {
		if t := s.teams[name]; t.series > 0 || t.refused > 0 {
			u := &eventv1.TeamUse{Team: name, Series: t.series, Refused: t.refused, Budget: s.budget.GetSeries()}
			found[t], out = u, append(out, u)
		}
	}
	for i := range s.series {
		x := &s.series[i]
		if !sizes || x.id == 0 {
			continue
		}
		u := found[x.res.team]
		if x.res.series[0] == uint32(i) {
			u.DefinitionBytes += uint64(unsafe.Sizeof(resource{})) + uint64(len(x.res.packed)+4*cap(x.res.series))
		}
		u.DefinitionBytes += uint64(unsafe.Sizeof(series{})) + 16 // and its place in the map
		u.HistoryBytes += uint64(x.hist.Size())
		u.StateBytes += uint64(uintptr(cap(x.held))*unsafe.Sizeof(hold{})) + x.mem.size()
	}
	return out
}

// size is how much memory they take, in bytes.
func (m *memories) size() uint64 {
	if m == nil {
		return 0
	}
	n := unsafe.Sizeof(*m) + uintptr(cap(m.counts))*unsafe.Sizeof(memory.Datapoints{}) + uintptr(cap(m.reach))*unsafe.Sizeof(reaching{})
	for k := range m.pasts {
		n += uintptr(m.pasts[k].Size())
	}
	for k := range m.bases {
		n += unsafe.Sizeof(m.bases[k]) + m.bases[k].band.size()
	}
	for k := range m.given {
		n += unsafe.Sizeof(m.given[k]) + unsafe.Sizeof(given.Model{}) + m.given[k].band.size()
	}
	if m.fill != nil {
		n += unsafe.Sizeof(forecast.Filling{})
	}
	if m.events != nil {
		n += unsafe.Sizeof(*m.events) + uintptr(cap(m.events.of))*unsafe.Sizeof(happening{})
	}
	return uint64(n)
}

func (b band) size() uintptr { return uintptr(cap(b)) * unsafe.Sizeof(drawn{}) }

func (s *State) writeBudget(w *writer) {
	data, _ := proto.MarshalOptions{Deterministic: true}.Marshal(s.budget) // it came by the wire
	w.bytes(data)
	w.num(s.counts.Refused)
	w.num(uint64(len(s.refused)))
	for _, id := range slices.Sorted(maps.Keys(s.refused)) {
		w.id(id)
		w.text(s.refused[id].team)
		w.signed(s.refused[id].at)
	}
}

func (s *State) readBudget(r *parser) {
	b := &eventv1.BudgetChanged{}
	if data := r.bytes(); proto.Unmarshal(data, b) != nil {
		r.fail()
		return
	} else if len(data) > 0 {
		s.budget = b
	}
	s.counts.Refused = r.num()
	for range r.count(10) {
		id, one := r.id(), refusal{r.text(), r.time()}
		if _, twice := s.refused[id]; !twice {
			s.refused[id] = one
			s.team(one.team).refused++
		}
	}
}
