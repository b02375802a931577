package world

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options say which world it is.
type Options struct {
	Seed  uint64
	Start time.Time // in the day that the stories count from; zero for today
	State string    // file that keeps what was done; empty for none
	Bare  bool      // no fleet: for benchmarks, and tests that build their own
}

// Defaults are the fleet of a first visit.
func Defaults() Options { return Options{Seed: 1} }

// History is how far back points reach: CloudWatch's 455 days.
const History = 455 * 24 * time.Hour

// World is all accounts.
type World struct {
	seed       uint64
	start      int64 // midnight, UTC, of the day the stories count from, in Unix seconds
	oldest     int64 // no points before
	roles      map[string]role
	operations map[string]operation

	clockMu sync.RWMutex
	clock   clock

	mu     sync.RWMutex
	places map[Key]*place
	listen []func(Event)
	acts   int
	file   *os.File
}

// New returns the world of opt. The error is about the state file.
func New(opt Options) (*World, error) {
	if opt.Start.IsZero() {
		opt.Start = time.Now()
	}
	w := &World{
		seed: mix(opt.Seed), start: floor(opt.Start.Unix(), day), clock: newClock(),
		places: map[Key]*place{}, roles: map[string]role{}, operations: operations(),
	}
	var done []Act
	if opt.State != "" {
		h, acts, err := load(opt.State)
		if err != nil {
			return nil, fmt.Errorf("load what was done: %w", err)
		}
		if done = acts; h.Version != 0 {
			w.seed, w.start = h.Seed, h.Start
		}
	}
	w.oldest = w.start - int64(History/time.Second)
	if err := w.addRoles(); err != nil {
		return nil, err
	}
	if !opt.Bare {
		w.shop(w.place(Key{Home, eu}))
		w.virginia(w.place(Key{Home, us}))
		w.data(w.place(Key{Data, eu}))
	}
	if opt.State != "" {
		if err := w.resume(opt.State, done); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Start is midnight, UTC, of the day that the stories count from.
func (w *World) Start() time.Time { return time.Unix(w.start, 0).UTC() }

// Places are the accounts and regions where something is, sorted.
func (w *World) Places() []Key {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var list []Key
	for k := range w.places {
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b Key) int {
		return strings.Compare(a.Account+" "+a.Region, b.Account+" "+b.Region)
	})
	return list
}
