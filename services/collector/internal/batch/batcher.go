package batch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/internal/bus"
)

const (
	maxSamples = 2000
	maxBytes   = 256 << 10
	// sampleBytes is what a sample takes in a message, about.
	sampleBytes = 20
	// roundMessages and roundBytes bound what is published in one go.
	roundMessages = 256
	roundBytes    = 4 << 20
)

// ErrStopped: the batcher ended before the samples were stored.
var ErrStopped = errors.New("the collector stopped before the samples were stored")

// Sample is one value of a series.
type Sample struct {
	Series *series.Series
	UnixMS int64
	Value  float64
	// Revision is how often the source has changed its mind on this time.
	Revision uint32
	// Event is what the sample is of, if it is an event from outside; without the
	// series and the time.
	Event *eventv1.Occurrence
}

// Config is what a Batcher needs.
type Config struct {
	Bus *bus.Conn
	Log *slog.Logger
	// Name is <instance>/<boot>, the beginning of every batch's id.
	Name string
	// Linger is the longest time that samples wait for company.
	Linger time.Duration
	// MaxBytes bounds what is held: samples and the inputs that they came in.
	MaxBytes int
	// Pressure is how many inputs under way mean that the input is held up by
	// waiting for us; 0 means never.
	Pressure int
	// Observe is told of every stored batch.
	Observe func(samples int)
}

// Batcher gathers and publishes. Its methods are safe for concurrent use.
type Batcher struct {
	cfg  Config
	wake chan struct{}

	mu      sync.Mutex
	parts   [bus.Partitions]part
	dirty   []bus.Partition // those with something to send, in order of arrival
	pace    pace
	state   state
	oldest  time.Time // when the first of the unsent samples came
	unsent  int       // samples
	pending int       // messages that the unsent samples make
	held    int       // bytes, the ones being published included
	inputs  int       // tickets not done
	room    chan struct{}
	stopped bool
}

// part is what one partition has to send.
type part struct {
	full []*message
	open *message
	next uint64 // number of the next message
}

// state says what Run waits for, so that Add wakes it only for that.
type state int

const (
	busy      state = iota // publishing: it looks by itself when it is done
	idle                   // waiting for anything
	lingering              // waiting for time, or for enough
)

// New returns a Batcher that publishes nothing until Run.
func New(cfg Config) *Batcher {
	if cfg.Observe == nil {
		cfg.Observe = func(int) {}
	}
	return &Batcher{cfg: cfg, wake: make(chan struct{}, 1), room: make(chan struct{}), pace: pace{linger: cfg.Linger}}
}

// Add takes over the samples of one input of size bytes. done is called once,
// when all of them are stored (nil) or the batcher ended (ErrStopped). Add
// waits while there is no room, until ctx ends; after an error done is not
// called. Without samples done is called at once.
func (b *Batcher) Add(ctx context.Context, samples []Sample, size int, done func(error)) error {
	if len(samples) == 0 {
		done(nil)
		return nil
	}
	need := size + len(samples)*sampleBytes
	b.mu.Lock()
	for !b.stopped && b.held > 0 && b.held+need > b.cfg.MaxBytes {
		room := b.room
		b.mu.Unlock()
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for room: %w", ctx.Err())
		case <-room:
		}
		b.mu.Lock()
	}
	defer b.mu.Unlock()
	if b.stopped {
		return ErrStopped
	}
	t := &ticket{bytes: need, done: done}
	b.held += need
	b.inputs++
	now := time.Now()
	if b.unsent == 0 {
		b.oldest = now
	}
	for i := range samples {
		b.put(&samples[i], t, now)
	}
	b.unsent += len(samples)
	if b.state == idle || b.state == lingering && b.enough() {
		b.state = busy
		b.wake <- struct{}{} // never waits: Run took the last one before it set the state
	}
	return nil
}

// put appends one sample to its partition's open message.
func (b *Batcher) put(s *Sample, t *ticket, now time.Time) {
	p := &b.parts[s.Series.Partition]
	due := s.Series.Due(now)
	m := p.open
	if m != nil && !m.fits(s, due) {
		p.full = append(p.full, m)
		m = nil
	}
	if m == nil {
		if len(p.full) == 0 {
			b.dirty = append(b.dirty, s.Series.Partition)
		}
		m = b.message(s.Series.Partition, p.next)
		p.next++
		p.open = m
		b.pending++
	}
	m.add(s, due)
	if n := len(m.tickets); n == 0 || m.tickets[n-1] != t {
		m.tickets = append(m.tickets, t)
		t.left.Add(1)
	}
}

// worth is how many samples make a message worth sending at once: what the
// message costs is then little beside what its samples cost.
const worth = 250

// enough reports whether waiting for more is no use.
func (b *Batcher) enough() bool {
	return b.unsent >= worth*b.pending || b.cfg.Pressure > 0 && b.inputs >= b.cfg.Pressure
}

// Run publishes until ctx is done; what is not stored then is given back.
func (b *Batcher) Run(ctx context.Context) {
	for ctx.Err() == nil {
		round := b.gather(ctx)
		b.publish(ctx, round)
	}
	b.stop()
}

// gather waits until there is something to send and no reason to wait, and
// returns it.
func (b *Batcher) gather(ctx context.Context) []*message {
	for {
		b.mu.Lock()
		var enough <-chan time.Time
		switch now := time.Now(); {
		case b.pending == 0:
			b.state = idle
		case b.enough():
			defer b.mu.Unlock()
			return b.take(now)
		default:
			wait := b.pace.wait(now, b.oldest)
			if wait == 0 {
				defer b.mu.Unlock()
				return b.take(now)
			}
			b.state, enough = lingering, time.After(wait)
		}
		b.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil
		case <-b.wake:
		case <-enough:
			b.mu.Lock()
			if b.state == busy { // Add was quicker than the clock
				<-b.wake
			}
			b.state = busy
			b.mu.Unlock()
		}
	}
}

// take removes the next round from what is unsent.
func (b *Batcher) take(now time.Time) []*message {
	b.state = busy
	var round []*message
	bytes, i := 0, 0
	for ; i < len(b.dirty) && len(round) < roundMessages && bytes < roundBytes; i++ {
		p := &b.parts[b.dirty[i]]
		for len(p.full) > 0 && len(round) < roundMessages && bytes < roundBytes {
			round, bytes = append(round, p.full[0]), bytes+p.full[0].bytes
			p.full = p.full[1:]
		}
		if len(p.full) > 0 {
			break
		}
		p.full = nil
		round, bytes = append(round, p.open), bytes+p.open.bytes
		p.open = nil
	}
	b.dirty = append(b.dirty[:0], b.dirty[i:]...)
	for _, m := range round {
		b.unsent -= m.samples()
	}
	b.pending -= len(round)
	b.oldest = now
	b.pace.spend(now, len(round))
	return round
}
