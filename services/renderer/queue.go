package renderer

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/renderer/internal/picture"
)

const (
	// maxWaiting is how many incidents wait for their picture at most: about a
	// second and a half of work.
	maxWaiting = 256
	// maxDrawn is of how many incidents it is known what was drawn last.
	maxDrawn = 4096
)

// errStopping hands a message back because the process stops.
var errStopping = errors.New("the renderer stops")

// queue holds the incidents that wait for a picture, each once in its newest
// version, the most severe first and then the oldest.
type queue struct {
	met  *metrics
	mu   sync.Mutex
	cond *sync.Cond
	jobs []*job
	// drawn is what was drawn last, of the incidents in recent.
	drawn  map[string]drawn
	recent []string
	closed bool
}

// drawn is a version of an incident that was drawn, and what it showed.
type drawn struct {
	version uint32
	gist    picture.Gist
}

// job is one incident to draw; done is called with the result.
type job struct {
	ctx    context.Context
	change *eventv1.IncidentChanged
	// attempt is 1 when the message is delivered for the first time.
	attempt int
	// shown is how much time its picture spans.
	shown time.Duration
	done  func(error)
}

func newQueue(met *metrics) *queue {
	q := &queue{met: met, drawn: map[string]drawn{}}
	q.cond = sync.NewCond(&q.mu)
	return q
}

// add puts the changes of a message into the queue. done is called once, when
// every picture of the message is published or not needed.
func (q *queue) add(ctx context.Context, m *bus.Message[*eventv1.IncidentBatch], done func(error)) {
	part := all(len(m.Event.GetChanges()), done)
	old := tooOld(m.Stored)
	for _, change := range m.Event.GetChanges() {
		switch {
		case !picture.Wanted(change):
			part(nil)
		case old:
			q.met.skipped.WithLabelValues("late").Inc()
			part(nil)
		default:
			q.put(&job{ctx: ctx, change: change, attempt: m.Attempt, done: part})
		}
	}
}

// all returns a function to be called n times, which then calls done with the
// joined errors.
func all(n int, done func(error)) func(error) {
	if n == 0 {
		done(nil)
		return func(error) {}
	}
	var mu sync.Mutex
	var errs []error
	return func(err error) {
		mu.Lock()
		defer mu.Unlock()
		errs = append(errs, err)
		if len(errs) == n {
			done(errors.Join(errs...))
		}
	}
}

// put adds a job, instead of an older version of the same incident if one
// waits, and drops the least important one if there are too many.
func (q *queue) put(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	id, version := j.change.GetId(), j.change.GetVersion()
	if q.closed {
		j.done(bus.RetryAfter(0, errStopping))
		return
	}
	last, known := q.drawn[id]
	if known && last.version >= version {
		q.skip(j, "superseded")
		return
	}
	for i, have := range q.jobs {
		if have.change.GetId() != id {
			continue
		}
		older := have
		if have.change.GetVersion() < version {
			q.jobs[i] = j
		} else {
			older = j
		}
		q.skip(older, "superseded")
		return
	}
	if known && !picture.GistOf(j.change, 0).Outdates(last.gist) {
		q.skip(j, "nothing new")
		return
	}
	q.jobs = append(q.jobs, j)
	if len(q.jobs) > maxWaiting {
		q.skip(q.remove(q.least()), "storm")
	}
	q.cond.Signal()
}

func (q *queue) skip(j *job, why string) {
	q.met.skipped.WithLabelValues(why).Inc()
	j.done(nil)
}

// take waits for a job and returns the most important one; false when the queue
// is closed.
func (q *queue) take() (*job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.jobs) == 0 && !q.closed {
		q.cond.Wait()
	}
	if q.closed {
		return nil, false
	}
	best := 0
	for i, j := range q.jobs {
		if j.change.GetSeverity() > q.jobs[best].change.GetSeverity() {
			best = i
		}
	}
	return q.remove(best), true
}

// least is the youngest of the least severe.
func (q *queue) least() int {
	least := 0
	for i, j := range q.jobs {
		if j.change.GetSeverity() <= q.jobs[least].change.GetSeverity() {
			least = i
		}
	}
	return least
}

func (q *queue) remove(i int) *job {
	j := q.jobs[i]
	q.jobs = slices.Delete(q.jobs, i, i+1)
	return j
}

// finish ends a job that was taken.
func (q *queue) finish(j *job, err error) {
	if err == nil {
		q.remember(j.change.GetId(), drawn{j.change.GetVersion(), picture.GistOf(j.change, j.shown)})
	}
	j.done(err)
}

func (q *queue) remember(id string, d drawn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	have, ok := q.drawn[id]
	if !ok {
		q.recent = append(q.recent, id)
		if len(q.recent) > maxDrawn {
			delete(q.drawn, q.recent[0])
			q.recent = q.recent[1:]
		}
	}
	if d.version > have.version {
		q.drawn[id] = d
	}
}

// close hands back what waits and ends every take.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, j := range q.jobs {
		j.done(bus.RetryAfter(0, errStopping))
	}
	q.jobs = nil
	q.cond.Broadcast()
}
