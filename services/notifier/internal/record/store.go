package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/parley-ops/parley/services/internal/bus"
)

// ErrUnchanged is what a function given to Mutate returns when there is nothing
// to store.
var ErrUnchanged = errors.New("unchanged")

// Store reads and writes records. It remembers those it saw: the memory may be
// old, the write tells.
type Store struct {
	keys bus.Keys[[]byte]
	// stored is told of every record that this process stored; may be nil.
	stored func(*Record)

	mu      sync.Mutex
	entries map[string]*entry
}

type entry struct {
	mu       sync.Mutex // held while the record is changed
	data     []byte     // nil: unknown or absent
	revision uint64     // 0: absent, or not known
	known    bool
}

// NewStore returns a store over the bucket `incidents`, or one in memory. stored is told of every
// record that was changed by it, and must be quick; it may be nil.
func NewStore(keys bus.Keys[[]byte], stored func(*Record)) *Store {
	return &Store{keys: keys, stored: stored, entries: map[string]*entry{}}
}

// Load remembers every record that there is and returns them.
func (s *Store) Load(ctx context.Context) ([]*Record, error) {
	all, err := s.keys.List(ctx)
	if err != nil {
		return nil, err
	}
	var out []*Record
	for _, e := range all {
		if strings.HasPrefix(e.Key, bus.IncidentGroups.Prefix) || strings.HasPrefix(e.Key, bus.NotifierNotes.Prefix) {
			continue
		}
		r, err := decode(e.Value)
		if err != nil {
			continue // written by a newer version; it is read again when its incident changes
		}
		out = append(out, r)
		if !r.Open() && r.Clean() && r.Due().IsZero() {
			continue // not worth remembering
		}
		en := s.entry(e.Key)
		en.mu.Lock()
		if e.Revision > en.revision {
			en.data, en.revision, en.known = e.Value, e.Revision, true
		}
		en.mu.Unlock()
	}
	return out, nil
}

// All returns every record of an incident as stored now. It remembers none of
// them.
func (s *Store) All(ctx context.Context) ([]*Record, error) {
	all, err := s.keys.List(ctx)
	if err != nil {
		return nil, err
	}
	var out []*Record
	for _, e := range all {
		if strings.HasPrefix(e.Key, bus.IncidentGroups.Prefix) || strings.HasPrefix(e.Key, bus.NotifierNotes.Prefix) {
			continue
		}
		if r, err := decode(e.Value); err == nil {
			out = append(out, r)
		}
	}
	return out, nil
}

// Get returns the record, from memory if it is there, else as stored; nil if
// there is none.
func (s *Store) Get(ctx context.Context, id string) (*Record, error) {
	e := s.entry(id)
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.known {
		if err := s.fetch(ctx, id, e); err != nil {
			return nil, err
		}
	}
	if e.revision == 0 {
		e.known = false // another instance may make it
		return nil, nil
	}
	return decode(e.data)
}

// Fresh returns the record as stored now; nil if there is none.
func (s *Store) Fresh(ctx context.Context, id string) (*Record, error) {
	e := s.entry(id)
	e.mu.Lock()
	if err := s.fetch(ctx, id, e); err != nil {
		e.mu.Unlock()
		return nil, err
	}
	e.mu.Unlock()
	return s.Get(ctx, id)
}

// Known reports whether this process remembers a record of id.
func (s *Store) Known(id string) bool { return s.Revision(id) > 0 }

// Revision returns that of the record that this process remembers; 0: none.
func (s *Store) Revision(id string) uint64 {
	s.mu.Lock()
	e, ok := s.entries[id]
	s.mu.Unlock()
	if !ok {
		return 0
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.known {
		return 0
	}
	return e.revision
}

// Mutate changes the record by do and returns it as stored. do gets a record
// of its own, a new one if there is none, and may be called again with a newer
// one. If it returns ErrUnchanged nothing is written.
func (s *Store) Mutate(ctx context.Context, id string, do func(*Record) error) (*Record, error) {
	e := s.entry(id)
	e.mu.Lock()
	defer e.mu.Unlock()
	for {
		r := New(id)
		if e.revision > 0 {
			var err error
			if r, err = decode(e.data); err != nil {
				return nil, bus.Permanent(fmt.Errorf("record of incident %s: %w", id, err))
			}
		}
		err := do(r)
		if errors.Is(err, ErrUnchanged) {
			return r, nil
		}
		if err != nil {
			return nil, err
		}
		data, err := json.Marshal(r)
		if err != nil {
			return nil, bus.Permanent(err)
		}
		var rev uint64
		if e.revision == 0 {
			rev, err = s.keys.Create(ctx, id, data)
		} else {
			rev, err = s.keys.Update(ctx, id, data, e.revision)
		}
		if err == nil {
			e.data, e.revision, e.known = data, rev, true
			if s.stored != nil {
				s.stored(r)
			}
			return r, nil
		}
		// Somebody else wrote, or our write's answer was lost: look.
		if !errors.Is(err, bus.ErrConflict) {
			e.known, e.revision = false, 0
			if ctx.Err() != nil {
				return nil, err
			}
			if ferr := s.fetch(ctx, id, e); ferr != nil {
				return nil, errors.Join(err, ferr)
			}
			return nil, err
		}
		if err := s.fetch(ctx, id, e); err != nil {
			return nil, err
		}
	}
}

// Forget drops what is remembered of id.
func (s *Store) Forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.entries, id)
}

// Remembered returns the records in memory.
func (s *Store) Remembered() []*Record {
	s.mu.Lock()
	entries := make([]*entry, 0, len(s.entries))
	for _, e := range s.entries {
		entries = append(entries, e)
	}
	s.mu.Unlock()
	var out []*Record
	for _, e := range entries {
		e.mu.Lock()
		data, ok := e.data, e.known && e.revision > 0
		e.mu.Unlock()
		if !ok {
			continue
		}
		if r, err := decode(data); err == nil {
			out = append(out, r)
		}
	}
	return out
}

func (s *Store) fetch(ctx context.Context, id string, e *entry) error {
	got, err := s.keys.Get(ctx, id)
	switch {
	case errors.Is(err, bus.ErrNotFound):
		e.data, e.revision, e.known = nil, 0, true
		return nil
	case err != nil:
		e.known, e.revision = false, 0
		return err
	}
	e.data, e.revision, e.known = got.Value, got.Revision, true
	return nil
}

func (s *Store) entry(id string) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.entries[id]
	if !ok {
		e = &entry{}
		s.entries[id] = e
	}
	return e
}

func decode(data []byte) (*Record, error) {
	r := &Record{}
	if err := json.Unmarshal(data, r); err != nil {
		return nil, err
	}
	return r, nil
}
