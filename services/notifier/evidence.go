package notifier

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/evidence"
	"github.com/parley-ops/parley/services/internal/wait"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// mostNoisy is of how many policies changes are looked for at once, and noisyBytes
// how much may be said of them: what fits into a question.
const (
	mostNoisy  = 20
	noisyBytes = 512 << 10
)

// rememberEvery is how often what ended is written down: a storm that is over is
// then a few writes.
const rememberEvery = 5 * time.Second

// endings is how incidents ended: what all notifiers wrote down, and what this one
// has yet to. What is lost when it dies is found again in the records, which all are
// read when one starts and now and then.
type endings struct {
	mu sync.Mutex
	// known by evidence.Key; waiting by policy and incident.
	known   map[string]*eventv1.Evidence
	waiting map[string]map[string]*eventv1.EndedIncident
}

// Of returns how incidents of a policy ended; nil if none is known. It must not be
// changed.
func (e *endings) Of(policy string) *eventv1.Evidence {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.known[evidence.Key(policy)]
}

// Noisy returns how incidents ended of the policies that are noisy enough to change,
// the ones with the most noise first.
func (e *endings) Noisy() []*eventv1.Evidence {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []*eventv1.Evidence
	noise := map[*eventv1.Evidence]int{}
	for _, one := range e.known {
		for _, in := range one.GetIncidents() {
			if !evidence.Worthwhile(in.GetOutcome()) {
				noise[one]++
			}
		}
		if noise[one] > 0 {
			out = append(out, one)
		}
	}
	slices.SortFunc(out, func(a, b *eventv1.Evidence) int {
		return cmp.Or(cmp.Compare(noise[b], noise[a]), cmp.Compare(a.GetPolicy(), b.GetPolicy()))
	})
	left := noisyBytes
	fit := slices.IndexFunc(out, func(one *eventv1.Evidence) bool {
		left -= proto.Size(one)
		return left < 0
	})
	if fit >= 0 {
		out = out[:fit]
	}
	return out[:min(len(out), mostNoisy)]
}

// note takes note of a record as it is stored.
func (e *endings) note(r *record.Record) {
	ended := r.Ended()
	if ended == nil {
		return
	}
	policy := r.Incident().GetPolicy()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.waiting == nil {
		e.waiting = map[string]map[string]*eventv1.EndedIncident{}
	}
	if e.waiting[policy] == nil {
		e.waiting[policy] = map[string]*eventv1.EndedIncident{}
	}
	e.waiting[policy][ended.GetId()] = ended
}

// loaded takes note of all records.
func (e *endings) loaded(all []*record.Record) {
	for _, r := range all {
		e.note(r)
	}
}

// take returns what is to be written, and forgets it.
func (e *endings) take() map[string]map[string]*eventv1.EndedIncident {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := e.waiting
	e.waiting = nil
	return out
}

// back takes what was not written, unless there is something newer.
func (e *endings) back(policy string, ended map[string]*eventv1.EndedIncident) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.waiting == nil {
		e.waiting = map[string]map[string]*eventv1.EndedIncident{}
	}
	for id, in := range e.waiting[policy] {
		ended[id] = in
	}
	e.waiting[policy] = ended
}

// rememberEndings writes down how incidents ended, and keeps current what others
// wrote.
func (n *notifier) rememberEndings(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		_ = bus.Evidences.Watch(ctx, n.env.Bus, relist, func(entries []bus.Entry[*eventv1.Evidence]) {
			all := make(map[string]*eventv1.Evidence, len(entries))
			for _, e := range entries {
				all[evidence.Key(e.Value.GetPolicy())] = e.Value
			}
			n.endings.mu.Lock()
			defer n.endings.mu.Unlock()
			n.endings.known = all
		})
	})
	for wait.For(ctx, rememberEvery) == nil {
		for policy, ended := range n.endings.take() {
			if err := n.remember(ctx, policy, ended); err != nil {
				n.endings.back(policy, ended)
				if ctx.Err() == nil && !errors.Is(err, bus.ErrConflict) {
					n.env.Log.Warn("how incidents ended is not written down, again", "policy", policy, "err", err)
				}
			}
		}
	}
}

// remember adds to the evidence of a policy, unless another wrote meanwhile.
func (n *notifier) remember(ctx context.Context, policy string, ended map[string]*eventv1.EndedIncident) error {
	key := evidence.Key(policy)
	e, err := bus.Evidences.Get(ctx, n.env.Bus, key)
	there := err == nil
	if err != nil && !errors.Is(err, bus.ErrNotFound) {
		return err
	}
	list := make([]*eventv1.EndedIncident, 0, len(ended))
	for _, in := range ended {
		list = append(list, in)
	}
	next, changed := evidence.Add(e.Value, list...)
	if !changed {
		return nil
	}
	next.Policy = policy
	if there {
		_, err = bus.Evidences.Update(ctx, n.env.Bus, key, next, e.Revision)
	} else {
		_, err = bus.Evidences.Create(ctx, n.env.Bus, key, next)
	}
	return err
}
