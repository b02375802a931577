package queue

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// ErrRestless: lanes find something to do for ever without time passing. It is
// a fault of ours.
var ErrRestless = errors.New("a channel never comes to rest")

// mostSteps of all lanes at one time: more than anything that waits could need.
const mostSteps = 10_000_000

// Advance does all that may be done now in every channel, a step in each in turn,
// and returns when there is something to do again by time alone; zero: not before
// something comes. It is for who has a clock of their own, in the place of Run.
func (s *Sender) Advance(ctx context.Context) (next time.Time, err error) {
	for steps, again := 0, true; again; {
		again, next = false, time.Time{}
		for _, l := range s.sorted() {
			wait := l.once(ctx)
			if wait <= 0 {
				again = true
			} else if at := s.Now().Add(wait); wait < never && (next.IsZero() || at.Before(next)) {
				next = at
			}
			if steps++; steps > mostSteps {
				return next, ErrRestless
			}
		}
		if err := ctx.Err(); err != nil {
			return next, err
		}
	}
	return next, nil
}

// sorted returns the lanes by their channels.
func (s *Sender) sorted() []*lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*lane, 0, len(s.lanes))
	for _, l := range s.lanes {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b *lane) int { return cmp.Compare(a.channel, b.channel) })
	return out
}

// Many is a message that stands for many incidents.
type Many struct {
	Channel string
	// Digest: of what is over the channel's limit. Keyed: of what belongs together
	// by a rule. Else it is a storm's.
	Digest, Keyed bool
	// Members are the incidents told in it beside the one whose message it was.
	Members int
}

// Manies returns the messages in memory that stand for many.
func (s *Sender) Manies() []Many {
	var out []Many
	for _, l := range s.sorted() {
		l.mu.Lock()
		for _, g := range l.groups {
			m := Many{Channel: l.channel, Digest: g.head.Limit != nil, Keyed: g.head.Key != "", Members: len(g.byID)}
			if g.byID[g.head.Lead] != nil {
				m.Members--
			}
			out = append(out, m)
		}
		l.mu.Unlock()
	}
	return out
}
