package queue

import (
	"context"
	"maps"
	"slices"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// Resume takes up what an earlier life left: messages that do not show what
// they should, and groups. It comes before Run.
func (s *Sender) Resume(ctx context.Context) error {
	records, err := s.load(ctx)
	if err != nil {
		return err
	}
	for _, r := range records {
		if r.Held && r.Open() || !r.Clean() {
			s.touch(r, func(error) {})
		}
	}
	return s.adopt(ctx)
}

func (s *Sender) load(ctx context.Context) ([]*record.Record, error) {
	records, err := s.Store.Load(ctx)
	if err == nil && s.Loaded != nil {
		s.Loaded(records)
	}
	return records, err
}

// Grouped returns the group records that stand for an incident, by channel.
func (s *Sender) Grouped(id string) map[string]string {
	out := map[string]string{}
	for _, l := range s.sorted() {
		if key := l.groupOf(id); key != "" {
			out[l.channel] = key
		}
	}
	if len(out) == 0 {
		s.mu.Lock()
		defer s.mu.Unlock()
		maps.Copy(out, s.others[id])
	}
	return out
}

// ReadGroups makes Grouped know the groups of other instances too; at most
// every two seconds.
func (s *Sender) ReadGroups(ctx context.Context) error {
	s.mu.Lock()
	fresh := s.Now().Sub(s.read) < 2*time.Second
	s.read = s.Now()
	s.mu.Unlock()
	if fresh {
		return nil
	}
	all, err := s.Groups.List(ctx)
	if err != nil {
		return err
	}
	heads, chunks := parseGroups(all)
	others := map[string]map[string]string{}
	for key, h := range heads {
		for _, k := range chunks[key] {
			for _, m := range k.members {
				if others[m.ID] == nil {
					others[m.ID] = map[string]string{}
				}
				others[m.ID][h.value.Channel] = key
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.others = others
	return nil
}

// Sweep looks for what an instance that died left to be done.
func (s *Sender) Sweep(ctx context.Context) error {
	records, err := s.load(ctx)
	if err != nil {
		return err
	}
	for _, r := range records {
		if !r.Clean() {
			s.touch(r, func(error) {})
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lanes {
		l.mu.Lock()
		l.again = true
		l.mu.Unlock()
		l.nudge()
	}
	return nil
}

// Recheck looks again at every incident that is open or held, because a
// silence or a cause began or ended.
func (s *Sender) Recheck() {
	now, set := s.Now(), s.Silences()
	all := s.Store.Remembered()
	slices.SortStableFunc(all, func(a, b *record.Record) int {
		return a.Incident().GetOpenedAt().AsTime().Compare(b.Incident().GetOpenedAt().AsTime())
	})
	for _, r := range all {
		if !r.Open() {
			continue
		}
		m := set.Mutes(r.Incident(), now)
		cause := s.cause(r.Incident(), now)
		if r.Held && (m != nil || cause != nil) || !r.Held && same(r.Mute, m) && (cause == nil || r.Cause != nil) {
			continue
		}
		s.touch(r, func(error) {})
	}
}

func same(shown *record.Mute, m *eventv1.Silence) bool {
	if shown == nil || m == nil {
		return shown == nil && m == nil
	}
	return shown.ID == m.GetId() && shown.Until.Equal(m.GetEndsAt().AsTime())
}
