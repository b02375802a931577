package exchange

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Trouble is a channel that only fails.
type Trouble struct {
	Channel, Backend string
	Since            time.Time // of its first failure
	Failures         int
	Last             error
	Disabled         bool
}

// Troubles returns what fails now, sorted by channel. A channel that cannot be
// found and in which nothing can be written is there once.
func (x *Exchange) Troubles() []Trouble {
	x.mu.Lock()
	defer x.mu.Unlock()
	worst := map[string]Trouble{}
	for _, h := range x.health {
		b, _, _ := x.split(h.name)
		t := Trouble{h.name, b.Name(), h.since, h.failures, h.last, h.disabled}
		if old, ok := worst[t.Channel]; !ok || t.Disabled && !old.Disabled || t.Disabled == old.Disabled && t.Failures > old.Failures {
			worst[t.Channel] = t
		}
	}
	return slices.SortedFunc(maps.Values(worst), func(a, b Trouble) int { return cmp.Compare(a.Channel, b.Channel) })
}

// Changed is told whenever Troubles are others. One reader.
func (x *Exchange) Changed() <-chan struct{} { return x.changed }

// tellChange never waits.
func (x *Exchange) tellChange() {
	select {
	case x.changed <- struct{}{}:
	default:
	}
}

// Retry makes the next call to a channel that is disabled a try.
func (x *Exchange) Retry(channel string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, key := range []string{lookup(channel), channel, x.byName[channel]} {
		if h := x.health[key]; h != nil {
			h.next = time.Now()
		}
	}
}

// Lists implements chat.Lister: the channels of the further chats, with their
// chat's name.
func (x *Exchange) Lists() []string {
	var out []string
	for name, b := range x.others {
		if l, ok := b.(chat.Lister); ok {
			for _, c := range l.Lists() {
				out = append(out, name+":"+c)
			}
		}
	}
	slices.Sort(out)
	return out
}
