package inbound

import (
	"context"
	"errors"
	"sync"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

const (
	// viewFor is how long a page is kept current after somebody opened it.
	viewFor = time.Hour
	// publishEvery is how often one is made again at most.
	publishEvery = 5 * time.Second
	// lookEvery is how often to look for what nobody here was told of: another
	// instance's doing, a policy that was applied.
	lookEvery = time.Minute
	// mostViewers bounds for how many people that is done; those who looked
	// last count.
	mostViewers = 200
)

// viewing is a person who opened their page.
type viewing struct {
	in *eventv1.Inbound
	// opened is when they looked or clicked last, next when the page may be made
	// again.
	opened, next time.Time
	// said is the gist of what it shows.
	said string
	// changed: something may have, since; asked: they look now.
	changed, asked bool
}

// pages are those that people have open. A restart forgets them: opening one
// again makes it anew.
type pages struct {
	wake chan struct{}

	mu  sync.Mutex
	all map[string]*viewing
}

func newPages() *pages {
	return &pages{wake: make(chan struct{}, 1), all: map[string]*viewing{}}
}

func viewer(in *eventv1.Inbound) string {
	return in.GetBackend() + "/" + in.GetPerson().GetId()
}

// looks notes that a person looks at their page.
func (p *pages) looks(in *eventv1.Inbound, now time.Time) viewing {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := p.all[viewer(in)]
	if v == nil {
		for len(p.all) >= mostViewers {
			oldest := ""
			for id, o := range p.all {
				if oldest == "" || o.opened.Before(p.all[oldest].opened) {
					oldest = id
				}
			}
			delete(p.all, oldest)
		}
		v = &viewing{in: &eventv1.Inbound{Backend: in.GetBackend(), Person: in.GetPerson()}}
		p.all[viewer(in)] = v
	}
	v.opened, v.next = now, now.Add(publishEvery)
	out := *v
	out.asked = true
	return out
}

// shown notes what a page says. What is not whole is made again soon.
func (p *pages) shown(in *eventv1.Inbound, said string, whole bool) {
	p.mu.Lock()
	v := p.all[viewer(in)]
	if v != nil {
		v.said, v.changed = said, v.changed || !whole
	}
	p.mu.Unlock()
	if !whole {
		p.rouse()
	}
}

// change notes that pages may say something else now.
func (p *pages) change() {
	p.mu.Lock()
	for _, v := range p.all {
		v.changed = true
	}
	any := len(p.all) > 0
	p.mu.Unlock()
	if any {
		p.rouse()
	}
}

func (p *pages) rouse() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// due returns the pages to make again now, and when to ask again.
func (p *pages) due(now time.Time) (due []viewing, next time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, v := range p.all {
		switch {
		case now.Sub(v.opened) > viewFor:
			delete(p.all, id)
		case !v.changed:
		case v.next.After(now):
			if next.IsZero() || v.next.Before(next) {
				next = v.next
			}
		default:
			v.changed, v.next = false, now.Add(publishEvery)
			due = append(due, *v)
		}
	}
	return due, next
}

// again has a page made again that could not be shown, not before a time.
func (p *pages) again(in *eventv1.Inbound, next time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if v := p.all[viewer(in)]; v != nil {
		v.changed = true
		if next.After(v.next) {
			v.next = next
		}
	}
}

// Changed says that what people's pages show may have changed. It does not wait.
func (h *Handler) Changed() { h.pages.change() }

// Homes keeps the pages current that people opened within the last hour, until
// ctx is done.
func (h *Handler) Homes(ctx context.Context) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		due, next := h.pages.due(time.Now())
		for _, v := range due {
			h.refresh(ctx, v)
		}
		if len(due) > 0 {
			continue
		}
		var later <-chan time.Time
		if !next.IsZero() {
			later = time.After(time.Until(next))
		}
		select {
		case <-ctx.Done():
			return
		case <-h.pages.wake:
		case <-later:
		case <-look.C:
			h.pages.change()
		}
	}
}

// refresh makes a page again. The chat's own limit is kept to; what fails
// otherwise is tried again with the next change.
func (h *Handler) refresh(ctx context.Context, v viewing) {
	b, _ := chat.Named(h.Backend, v.in.GetBackend())
	p, ok := b.(chat.Homer)
	if !ok || ctx.Err() != nil {
		return
	}
	err := h.publish(ctx, p, v)
	var limited *chat.RateLimited
	switch {
	case errors.As(err, &limited):
		h.pages.again(v.in, time.Now().Add(limited.After))
	case err != nil && ctx.Err() == nil:
		h.Log.Warn("home not shown again", "person", v.in.GetPerson().GetId(), "err", err)
	}
}
