package notifier

import (
	"context"
	"strings"
	"sync"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
	"github.com/parley-ops/parley/services/notifier/oncall"
)

// mentions knows what the names in routes stand for in a chat: "@ops" a group
// or a person, "@owner" whom the incident's label owner names, "@oncall" who is
// on call. What a chat does not know, or not in time, is written as the name.
type mentions struct {
	backend chat.Backend
	// rotations returns the rotations in force.
	rotations func() []oncall.Rotation

	mu    sync.Mutex
	known map[string]mention // by chat and name
}

type mention struct {
	span chat.Span
	at   time.Time
}

// Spans returns what to write for the names in a channel. It takes at most two
// seconds for each.
func (m *mentions) Spans(names []string, c *eventv1.IncidentChanged, channel string) []chat.Span {
	var out []chat.Span
	seen := map[string]bool{}
	for _, name := range names {
		if name = m.meant(name, c); name == "" {
			continue
		}
		s := m.span(name, channel)
		if key := s.User + "\x00" + strings.ToLower(s.Text); !seen[key] {
			seen[key] = true
			out = append(out, s)
		}
	}
	return out
}

// meant returns the name that stands behind @owner and @oncall; "" if nobody.
func (m *mentions) meant(name string, c *eventv1.IncidentChanged) string {
	if name == "@owner" {
		return silence.Labels(c).Get("owner")
	}
	which, ok := strings.CutPrefix(name, "@oncall")
	if !ok || which != "" && which[0] != '.' {
		return name
	}
	which = strings.TrimPrefix(which, ".")
	for _, r := range m.rotations() {
		if which == "" || r.Name == which {
			return r.At(time.Now()).Who
		}
	}
	return name
}

// span returns the mention of one name in a channel's chat.
func (m *mentions) span(name, channel string) chat.Span {
	bare := strings.TrimPrefix(name, "@")
	b := m.backend
	if prefix, _, ok := strings.Cut(channel, ":"); ok {
		if other, is := chat.Named(b, prefix); is {
			b = other
		}
	}
	plain := chat.B("@" + bare)
	if bare == "here" || bare == "channel" {
		return chat.G(bare, "@"+bare)
	}
	key := b.Name() + "\x00" + strings.ToLower(bare)
	m.mu.Lock()
	k, ok := m.known[key]
	m.mu.Unlock()
	if ok && time.Since(k.at) < ownerFor {
		return k.span
	}
	ctx, cancel := context.WithTimeout(context.Background(), ownerWithin)
	defer cancel()
	s, sure := plain, true
	if d, is := b.(chat.GroupDirectory); is {
		id, err := d.Group(ctx, bare)
		sure = err == nil
		if id != "" {
			s = chat.G(id, "@"+bare)
		}
	}
	if d, is := b.(chat.Directory); is && s == plain {
		id, called, err := d.Person(ctx, bare)
		sure = sure && err == nil
		if id != "" {
			s = chat.U(id, called)
		}
	}
	if !sure && s == plain {
		if ok {
			return k.span // what was known, rather than a name alone
		}
		return s
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.known) >= ownersKept || m.known == nil {
		m.known = map[string]mention{}
	}
	m.known[key] = mention{s, time.Now()}
	return s
}
