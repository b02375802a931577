package inbound

import (
	"context"
	"strconv"
	"sync"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// pastFor is how long what was read of all records is good for.
const pastFor = 2 * time.Minute

// told is what is remembered of one incident of the past.
type told struct {
	id, policy string
	// same is equal of incidents of one policy and the same labels.
	same   string
	opened time.Time
	// messages there are of it; none while it was silenced all the time.
	messages      int
	useful, noise int
	// change as it ended, within the last day.
	change *eventv1.IncidentChanged
}

// past remembers the incidents of the last weeks, as their records say.
type past struct {
	mu      sync.Mutex
	at      time.Time
	all     []told
	reading chan struct{} // closed when what is being read is there
}

// past returns the incidents that there are records of, as they were a short
// while ago. What takes longer to read than ctx allows is there the next time.
func (h *Handler) past(ctx context.Context) []told {
	p := &h.remembered
	p.mu.Lock()
	if time.Since(p.at) < pastFor {
		defer p.mu.Unlock()
		return p.all
	}
	if p.reading == nil {
		p.reading = make(chan struct{})
		done := p.reading
		h.later.Go(func() {
			defer close(done)
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
			defer cancel()
			all, err := h.Store.All(ctx)
			p.mu.Lock()
			defer p.mu.Unlock()
			p.reading = nil
			if err != nil {
				h.Log.Warn("records of the past not read", "bucket", bus.IncidentsBucket.Name, "err", err)
				return
			}
			p.at, p.all = time.Now(), briefly(all, time.Now())
		})
	}
	done := p.reading
	p.mu.Unlock()
	select {
	case <-done:
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all
}

// pastRead reports whether the records were read at all: there may be none.
func (h *Handler) pastRead() bool {
	h.remembered.mu.Lock()
	defer h.remembered.mu.Unlock()
	return !h.remembered.at.IsZero()
}

// briefly keeps of records what is asked for later.
func briefly(all []*record.Record, now time.Time) []told {
	var out []told
	for _, r := range all {
		c := r.Incident()
		if c == nil {
			continue
		}
		t := told{id: r.ID, policy: c.GetPolicy(), same: sameness(c), opened: c.GetOpenedAt().AsTime()}
		t.useful, t.noise = r.Verdicts()
		for _, p := range r.Places {
			if p.Root.TS == "" {
				continue
			}
			t.messages += 1 + p.Lines
			for _, s := range p.Replies {
				if s.TS != "" {
					t.messages++
				}
			}
		}
		if !r.Open() && now.Sub(c.GetResolvedAt().AsTime()) < 24*time.Hour {
			t.change = c
		}
		out = append(out, t)
	}
	return out
}

// week is how long the past is that a summary speaks of.
const week = 7 * 24 * time.Hour

// Before returns how often the same was within the seven days before a record's
// incident; -1 if that is not known soon.
func (h *Handler) Before(r *record.Record) int {
	c := r.Incident()
	if c == nil {
		return -1
	}
	ctx, cancel := context.WithTimeout(context.Background(), previewFor)
	defer cancel()
	all := h.past(ctx)
	if all == nil {
		return -1
	}
	n, same, opened := 0, sameness(c), c.GetOpenedAt().AsTime()
	for _, t := range all {
		if t.id != r.ID && t.same == same && t.opened.Before(opened) && opened.Sub(t.opened) < week {
			n++
		}
	}
	return n
}

// sameness is equal of incidents of one policy and the same labels.
func sameness(c *eventv1.IncidentChanged) string {
	return c.GetPolicy() + "/" + strconv.FormatUint(label.Fingerprint(c.GetPolicy(), label.FromProto(c.GetLabels())), 36)
}
