package queue

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/remedy"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/noise"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/seal"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
	"github.com/parley-ops/parley/services/notifier/route"
)

// Config is what a sender works with.
type Config struct {
	Backend chat.Backend
	// Store has the records of incidents, Groups those of messages for many, Notes
	// what all instances agree on beside.
	Store         *record.Store
	Groups, Notes bus.Keys[[]byte]
	// Now is the clock; nil is the machine's.
	Now func() time.Time
	// Self names this instance in claims.
	Self string
	// Default is the channel that stands in for those that are not available.
	Default string
	// Rate is how many messages a second one channel takes; 0 is Slack's 1.
	Rate    float64
	Log     *slog.Logger
	Metrics prometheus.Registerer
	// Silences and Actions return what is in force now.
	Silences func() silence.Set
	Actions  func() map[string]*eventv1.ActionDocument
	// Rules returns how an incident's message goes together with others in a
	// channel; nil: as where nothing is said.
	Rules func(c *eventv1.IncidentChanged, channel string) noise.Rules
	// Plan returns what the routes ask for in a channel beside telling; nil:
	// nothing. Mention returns what to write for names in routes; may be nil.
	Plan    func(c *eventv1.IncidentChanged, channel string) *route.Plan
	Mention func(names []string, c *eventv1.IncidentChanged, channel string) []chat.Span
	// Causes returns what others may depend on, open or ended of late, and
	// Dependencies what depends on what; nil: nothing does.
	Causes       func() []*eventv1.IncidentChanged
	Dependencies func() noise.Dependencies
	// Loaded is told of all records whenever they are read; may be nil.
	Loaded func([]*record.Record)
	// Key signs what buttons stand for.
	Key func() seal.Key
	// Plans returns what runs would do, by their ids, as far as somebody says so
	// at once; nil: nobody does.
	Plans func([]*eventv1.RunRequested) map[string]*eventv1.RunPlan
	// Scores returns how often actions helped with a policy's incidents; nil:
	// nobody knows.
	Scores func(policy string) map[string]remedy.Score
	// Evidence returns how incidents of a policy ended; nil: nobody knows.
	Evidence func(policy string) *eventv1.Evidence
	// Owner returns a person by what a tag calls them, with an id if the chat
	// knows them; nil: nobody is known.
	Owner func(name string) record.Who
	// Words returns people's own words for an incident in a channel; nil: none.
	Words func(r *record.Record, channel string) message.Words
	// Link returns where an incident's message can be read, preferably that in a
	// channel; "" if nobody knows. May be nil.
	Link func(incident, channel string) string
	// Before returns how often the same was within seven days before, -1 if
	// nobody knows. May be nil.
	Before func(r *record.Record) int
}

// Sender has a lane for every channel.
type Sender struct {
	Config
	met     *metrics
	updates *bucket // edits, in all channels together

	mu    sync.Mutex
	lanes map[string]*lane
	posts map[string]*bucket // by channel id: two names may lead to one
	// others is which group stands for an incident, also of other instances,
	// as last read.
	others map[string]map[string]string
	read   time.Time
	born   []*lane // not running yet
	begun  chan struct{}
}

// staleClaim is after how long a claim's owner is thought dead: far longer
// than one attempt may take.
const staleClaim = 45 * time.Second

// New returns a sender; Run makes it work.
func New(c Config) *Sender {
	if c.Rate == 0 {
		c.Rate = 1
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Sender{Config: c, met: newMetrics(c.Metrics), lanes: map[string]*lane{}, posts: map[string]*bucket{}, begun: make(chan struct{}, 1),
		// chat.update takes about 50 a minute in a workspace.
		updates: newBucket(c.Rate*50/60, 20)}
}

// Run works until ctx is done, then fails what is not done.
func (s *Sender) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for {
		s.mu.Lock()
		born := s.born
		s.born = nil
		s.mu.Unlock()
		for _, l := range born {
			wg.Go(func() { l.run(ctx) })
		}
		select {
		case <-s.begun:
		case <-ctx.Done():
			wg.Wait()
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, l := range s.lanes {
				l.fail(errStopping)
			}
			return
		}
	}
}

// errStopping is what waits gets at the end.
var errStopping = errors.New("stopping")

// Changed tells the channels of a change. attempt is the delivery's: a first
// delivery of an opening is known to be new. done is called once.
func (s *Sender) Changed(c *eventv1.IncidentChanged, channels []string, attempt int, done func(error)) {
	if s.Store.Known(c.GetId()) {
		// Where it was told already, it is told on, whatever the routes say now.
		for _, r := range s.remembered(c.GetId()) {
			for _, ch := range r.Channels() {
				if !slices.Contains(channels, ch) {
					channels = append(slices.Clone(channels), ch)
				}
			}
		}
	}
	part := Split(len(channels), done)
	for _, ch := range channels {
		s.lane(ch).offer(&item{id: c.GetId(), change: c, sure: attempt <= 1 && opening(c), dones: []func(error){part}})
	}
}

// Touch tells the channels of an incident that its record changed.
func (s *Sender) Touch(ctx context.Context, id string, done func(error)) {
	r, err := s.Store.Get(ctx, id)
	if err != nil || r == nil {
		done(err)
		return
	}
	s.touch(r, done)
}

func (s *Sender) touch(r *record.Record, done func(error)) {
	channels := r.Channels()
	if len(channels) == 0 {
		done(nil)
		return
	}
	part := Split(len(channels), done)
	for _, ch := range channels {
		s.lane(ch).offer(&item{id: r.ID, dones: []func(error){part}})
	}
}

func (s *Sender) remembered(id string) []*record.Record {
	r, err := s.Store.Get(context.Background(), id) // from memory: it is known
	if err != nil || r == nil {
		return nil
	}
	return []*record.Record{r}
}

func (s *Sender) lane(channel string) *lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, ok := s.lanes[channel]
	if !ok {
		l = newLane(s, channel)
		s.lanes[channel] = l
		s.born = append(s.born, l)
		select {
		case s.begun <- struct{}{}:
		default:
		}
	}
	return l
}

// bucketOf returns the bucket of a channel by its id.
func (s *Sender) bucketOf(id string) *bucket {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.posts[id]
	if !ok {
		b = newBucket(s.Rate, max(3, s.Rate))
		s.posts[id] = b
	}
	return b
}

// opening reports whether the change is an incident's first that people see.
func opening(c *eventv1.IncidentChanged) bool {
	if c.GetState() != eventv1.IncidentState_INCIDENT_STATE_OPEN {
		return false
	}
	switch c.GetReason() {
	case eventv1.IncidentReason_INCIDENT_REASON_BREACHED, eventv1.IncidentReason_INCIDENT_REASON_HELD, eventv1.IncidentReason_INCIDENT_REASON_NO_DATA:
		return true
	}
	return false
}

// Split returns a function to be called n times, which then calls done, with
// the errors joined.
func Split(n int, done func(error)) func(error) {
	var mu sync.Mutex
	var errs []error
	return func(err error) {
		mu.Lock()
		errs = append(errs, err)
		last := len(errs) == n
		mu.Unlock()
		if last {
			done(errors.Join(errs...))
		}
	}
}
