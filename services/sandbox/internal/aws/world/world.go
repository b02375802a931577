package world

import (
	"sync"
	"time"
)

// Options say which world it is.
type Options struct {
	Seed  uint64
	Start time.Time // the day that the stories count from; zero for today
	State string    // file that keeps what was done; empty for none
	Bare  bool      // no fleet: for benchmarks, and tests that build their own
}

// Defaults are the fleet of a first visit.
func Defaults() Options { return Options{Seed: 1} }

// History is how far back points reach: CloudWatch's 455 days.
const History = 455 * 24 * time.Hour

// World is all accounts.
type World struct {
	seed   uint64
	start  int64 // midnight, UTC, of the day the stories count from, in Unix seconds
	oldest int64 // no points before

	clockMu sync.RWMutex
	clock   clock

	mu       sync.RWMutex
	places   map[Key]*place
	sessions map[string]session
	roles    map[string]map[string]Role // by account and name
	listen   []func(Event)
}

// New returns the world of opt.
func New(opt Options) (*World, error) {
	if opt.Start.IsZero() {
		opt.Start = time.Now()
	}
	start := floor(opt.Start.Unix(), 86400)
	w := &World{
		seed: mix(opt.Seed), start: start, oldest: start - int64(History/time.Second),
		clock: newClock(), places: map[Key]*place{}, sessions: map[string]session{},
	}
	return w, nil
}

// place is one account in one region. The World's mu guards it.
type place struct {
	Key
	series   []*series
	index    map[uint64]*series
	delivery map[string]Delivery
}

// place returns the place of k, a new one where nothing is yet. The caller holds mu.
func (w *World) place(k Key) *place {
	p := w.places[k]
	if p == nil {
		p = &place{Key: k, index: map[uint64]*series{}}
		w.places[k] = p
	}
	return p
}

// measure adds a metric.
func (p *place) measure(l *life, period int64, unit string, gen generator, namespace, name string, dimensions ...Dimension) {
	m := NewMetric(namespace, name, dimensions...)
	s := &series{Metric: m, unit: unit, period: period, gen: gen, life: l}
	s.hash = mix(hashString(hashString(m.hash(), p.Account), p.Region))
	for at := m.hash(); ; at++ {
		if old := p.index[at]; old == nil {
			p.index[at] = s
			p.series = append(p.series, s)
			return
		} else if old.Equal(m) {
			return
		}
	}
}

func (p *place) find(m Metric) *series {
	if p == nil {
		return nil
	}
	for at := m.hash(); ; at++ {
		s := p.index[at]
		if s == nil || s.Equal(m) {
			return s
		}
	}
}

func (p *place) deliveryOf(namespace string) Delivery {
	if d, ok := p.delivery[namespace]; ok {
		return d
	}
	return p.delivery[""]
}

// Event is something that happened, or is about to, in a region of an account.
type Event struct {
	Key
	ID         string
	At         time.Time // in the world's time; may lie ahead
	Source     string    // aws.ec2 …
	DetailType string    // EC2 Instance State-change Notification …
	Resources  []string  // ARNs
	Detail     map[string]any
}

// OnEvent lets f hear of every event from now on. It is called within the operation
// that causes the event, and must not call the World.
func (w *World) OnEvent(f func(Event)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listen = append(w.listen, f)
}

func (w *World) tell(e Event) {
	for _, f := range w.listen {
		f(e)
	}
}
