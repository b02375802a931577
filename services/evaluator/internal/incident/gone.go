package incident

import (
	"cmp"
	"math"

	"github.com/parley-ops/parley/services/internal/label"
)

// maxReason bounds the words for why a series is gone, in bytes.
const maxReason = 200

// never is how long a series is silent that is gone on purpose: as long as it
// takes, and nobody waits for it.
const never = int64(math.MaxInt64 / 4)

// departure is when it was said that a series is gone, and why.
type departure struct {
	at     int64 // stream time, ms
	reason string
}

// leave takes a series out that was stopped or removed on purpose: it is not
// silent, it does not hold and it has not recovered.
func (s *State) leave(i uint32, reason string) {
	x := &s.series[i]
	if x.gone || reason == "" {
		return
	}
	x.gone, x.silent, x.watched = true, never, 0
	s.departed[x.id] = departure{s.time, reason[:min(len(reason), maxReason)]}
	if x.list == nil {
		return
	}
	h := 0
	for k := range x.list.slots {
		var cur *hold
		if h < len(x.held) && int(x.held[h].slot) == k {
			cur = &x.held[h]
			h++
		}
		f := factOf(x, cur, cur != nil)
		f.gone, f.why = true, s.departed[x.id].reason
		s.tell(i, &x.list.slots[k], f)
	}
	x.held, x.told = nil, false
	if x.mem != nil {
		clear(x.mem.counts)
	}
}

// back takes a series in again that has sent something measured since, and
// reports whether it has: what is older came late, and is no sign of life.
func (s *State) back(x *series, at int64) bool {
	if at <= s.departed[x.id].at {
		return false
	}
	x.gone = false
	delete(s.departed, x.id)
	return true
}

// goneWords says who is gone, and why.
func (s *State) goneWords(m *member) string {
	l := s.originOf(m).labels
	return cmp.Or(l.Get("name"), l.Get("instance_id"), l.Get("host"), l.Get("service"), nameless(l)) + " " + m.why
}

func nameless(l label.Set) string {
	for _, one := range l {
		if one.Name != label.Team {
			return one.Name + " " + one.Value
		}
	}
	return "it"
}
