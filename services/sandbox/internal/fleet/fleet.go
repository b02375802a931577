package fleet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Options shape the stories. Durations are in the fleet's time.
type Options struct {
	Seed              uint64
	Speed             float64       // seconds of the fleet in one real second
	LeakAgain         time.Duration // from a collection until checkout's heap is past 85 % again
	Day               time.Duration // of cart's daily cycle
	DeployAfter       time.Duration // until cart's first deployment
	DeployEvery       time.Duration // from one of cart's deployments to the next
	DeployFor         time.Duration // how long a deployment hurts
	DiskFull          time.Duration // until search-2's disk is full
	DisableExplicitGC bool          // as -XX:+DisableExplicitGC: collections that are asked for do nothing
}

// Defaults are the stories of a first visit.
func Defaults() Options {
	return Options{
		Seed: 1, Speed: 1, LeakAgain: 20 * time.Minute, Day: time.Hour,
		DeployAfter: 6 * time.Minute, DeployEvery: 45 * time.Minute, DeployFor: 4 * time.Minute,
		DiskFull: 90 * time.Minute,
	}
}

// Sample is one value of one series at one time.
type Sample struct {
	Name   string
	Labels map[string]string
	Value  float64
	Time   time.Time
}

// app is one application. The World's mutex guards it.
type app interface {
	about() about
	step(dt time.Duration)    // live on
	samples() []Sample        // what it measures now; Time is set by the caller
	do(op string) error       // errOperation for one that it lacks
	state() map[string]any    // what a person may see
	set(map[string]any) error // switches for tests
}

type about struct {
	name, kind string
	every      time.Duration // between samples
	format     format
	operations []string
}

// ErrUnknown is returned for an application or an operation that does not exist.
var ErrUnknown = errors.New("unknown")

// World is all applications. Its methods may be called from several goroutines.
type World struct {
	opt Options

	mu      sync.Mutex
	apps    []app
	elapsed time.Duration
	due     map[string]time.Duration
	effects map[string]map[string]int // by application and operation
	keys    map[string]result         // by Idempotency-Key
	order   []string                  // of keys, the oldest first
}

// New returns a world at its beginning.
func New(opt Options) *World {
	noise := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(opt.Seed, n)) }
	return &World{
		opt: opt, due: map[string]time.Duration{}, effects: map[string]map[string]int{}, keys: map[string]result{},
		apps: []app{newCheckout(opt, noise(1)), newCart(opt, noise(2)), newSearch(opt, noise(3)), newBatch(noise(4))},
	}
}

// Message is what one application publishes at once.
type Message struct {
	Subject, ContentType string
	Data                 []byte
	At                   time.Time
}

// Run lets the applications live and hands their messages to send, until ctx is done.
func (w *World) Run(ctx context.Context, send func(Message)) {
	const tick = time.Second
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			for _, m := range w.Step(now, now.Sub(last)) {
				send(m)
			}
			last = now
		}
	}
}

// Step advances the world by real, and returns what its applications publish at now.
func (w *World) Step(now time.Time, real time.Duration) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.elapsed += real
	var out []Message
	for _, a := range w.apps {
		a.step(time.Duration(float64(real) * w.opt.Speed))
		what := a.about()
		if w.elapsed < w.due[what.name] {
			continue
		}
		w.due[what.name] = w.elapsed + what.every - 100*time.Millisecond // a tick may come early
		list := a.samples()
		if len(list) == 0 {
			continue
		}
		for i := range list {
			list[i].Time = now
		}
		out = append(out, Message{
			Subject: "metrics." + what.name, ContentType: what.format.contentType(), Data: what.format.encode(list), At: now,
		})
	}
	return out
}

// Do runs an operation on an application. With a key, it runs once.
func (w *World) Do(name, op, key string) (map[string]any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if old, ok := w.keys[key]; ok && key != "" {
		if old.app != name || old.op != op {
			return nil, ErrKeyReused
		}
		return old.answer, nil
	}
	a, err := w.find(name)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(a.about().operations, op) {
		return nil, fmt.Errorf("%s cannot %q, only %v: %w", name, op, a.about().operations, ErrUnknown)
	}
	before := a.state()
	if err := a.do(op); err != nil {
		return nil, fmt.Errorf("%s %s: %w", op, name, err)
	}
	w.count(name, op)
	answer := map[string]any{
		"ok": true, "app": name, "operation": op, "before": before, "after": a.state(), "at": time.Now().UTC().Format(time.RFC3339Nano),
	}
	if key != "" {
		w.keys[key] = result{app: name, op: op, answer: answer}
		if w.order = append(w.order, key); len(w.order) > maxKeys {
			delete(w.keys, w.order[0])
			w.order = w.order[1:]
		}
	}
	return answer, nil
}

// ErrKeyReused is returned where an Idempotency-Key comes again for something else.
var ErrKeyReused = errors.New("this idempotency key was used for another operation")

const maxKeys = 1000

type result struct {
	app, op string
	answer  map[string]any
}

func (w *World) count(name, op string) {
	if w.effects[name] == nil {
		w.effects[name] = map[string]int{}
	}
	w.effects[name][op]++
}

func (w *World) find(name string) (app, error) {
	for _, a := range w.apps {
		if a.about().name == name {
			return a, nil
		}
	}
	return nil, fmt.Errorf("application %q: %w", name, ErrUnknown)
}

// Set changes an application's switches, which are for tests.
func (w *World) Set(name string, values map[string]any) (map[string]any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.find(name)
	if err != nil {
		return nil, err
	}
	if err := a.set(values); err != nil {
		return nil, err
	}
	return map[string]any{"ok": true, "app": name, "after": a.state()}, nil
}

// List describes every application.
func (w *World) List() []map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []map[string]any
	for _, a := range w.apps {
		what := a.about()
		effects := map[string]int{}
		for op, n := range w.effects[what.name] {
			effects[op] = n
		}
		o := map[string]any{
			"name": what.name, "kind": what.kind, "operations": what.operations, "state": a.state(), "effects": effects,
		}
		if what.kind == "jvm" {
			o["jolokia"] = "/jolokia/" + what.name
		}
		list = append(list, o)
	}
	return list
}
