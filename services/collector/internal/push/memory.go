package push

import (
	"sync"
	"time"
)

// memory knows the ids that were done with lately. It saves work; what comes
// twice all the same changes nothing.
type memory struct {
	mu   sync.Mutex
	ids  map[string]time.Time
	list []string // in order of arrival
}

// has reports whether id was added, and not too long ago.
func (m *memory) has(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, ok := m.ids[id]
	return ok && time.Since(at) < rememberedFor
}

// add remembers id, and forgets what is too old or too many.
func (m *memory) add(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ids == nil {
		m.ids = map[string]time.Time{}
	}
	if _, known := m.ids[id]; !known {
		m.list = append(m.list, id)
	}
	m.ids[id] = time.Now()
	for len(m.list) > remembered || len(m.list) > 0 && time.Since(m.ids[m.list[0]]) >= rememberedFor {
		delete(m.ids, m.list[0])
		m.list = m.list[1:]
	}
}
