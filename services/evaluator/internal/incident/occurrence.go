package incident

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/occurrence"
)

// happenings are what the conditions on events know of a series.
type happenings struct {
	of []happening // one for each slot with an event
	// recent are the events that came last, so that one that comes again is not
	// counted again; next is where the next goes.
	recent [32]uint64
	next   uint8
}

// happening is what one condition knows. All of it is by the events' own times, so
// that one that comes late or again makes no difference.
type happening struct {
	// begun and ended are the times of the newest events that did, in ms; 0: none.
	begun, ended int64
	count        uint32 // how many began it since it was ended last
	what         string // the newest of them, in words
}

// maxWhat is how much of an event's message is kept, in bytes.
const maxWhat = 300

// occur takes in an event from outside: a sample of its level, and more to the
// conditions that look at events.
func (s *State) occur(o *eventv1.Occurrence) {
	i, ok := s.ids[o.GetSeriesId()]
	if !ok {
		s.counts.Unknown++
		return
	}
	s.counts.Samples++
	x, at := &s.series[i], o.GetAt().AsTime().UnixMilli()
	if x.mem != nil && x.mem.events != nil {
		if !x.mem.events.fresh(o, at) {
			s.counts.Duplicates++
			return
		}
		for k := range x.list.slots {
			if sl := &x.list.slots[k]; sl.Event != nil {
				x.mem.events.of[sl.event].take(sl.Event, o, min(at, s.time))
			}
		}
	}
	if at > x.at {
		s.sample(i, at, float64(o.GetLevel()), 0)
		return
	}
	s.again(i, at, float64(o.GetLevel()), 0)
	if x.list != nil {
		s.pass(i)
	}
}

// fresh reports whether an event has not come before, and remembers it.
func (e *happenings) fresh(o *eventv1.Occurrence, at int64) bool {
	key := o.GetId()
	if key == "" {
		key = o.GetType() + sep + o.GetMessage() + sep + string(binary.LittleEndian.AppendUint64(nil, uint64(at)))
	}
	hash := xxhash.Sum64String(key)
	if slices.Contains(e.recent[:], hash) {
		return false
	}
	e.recent[e.next] = hash
	e.next = (e.next + 1) % uint8(len(e.recent))
	return true
}

// take takes in an event.
func (h *happening) take(e *policy.Event, o *eventv1.Occurrence, at int64) {
	switch {
	case e.Begins(o):
		if at < h.ended {
			return // it is over
		}
		if h.ended >= h.begun {
			h.count = 0
		}
		h.count++
		if at >= h.begun {
			h.begun, h.what = at, words(o)
		}
	case e.Ends(o):
		h.ended = max(h.ended, at)
		if at >= h.begun {
			h.what = words(o)
		}
	}
}

// holds reports whether the condition does at a time.
func (h *happening) holds(e *policy.Event, now int64) bool {
	return h.begun > 0 && h.begun >= h.ended && (e.Lasts == 0 || now < h.until(e))
}

// until is when the condition holds no more if no event comes.
func (h *happening) until(e *policy.Event) int64 { return h.begun + e.Lasts.Milliseconds() }

// words says an event in a line.
func words(o *eventv1.Occurrence) string {
	text := o.GetType() + ", " + occurrence.Word(o.GetLevel())
	if message := strings.Join(strings.Fields(o.GetMessage()), " "); message != "" {
		text += ": " + message
	}
	return occurrence.Cut(text, maxWhat)
}

// note says what happened last.
func (h *happening) note() string {
	if h.count > 1 && h.begun >= h.ended {
		return fmt.Sprintf("%s (%d such events)", h.what, h.count)
	}
	return h.what
}
