package noise

import (
	"cmp"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
)

// Dependency says that what matches Suppresses depends on what matches When.
type Dependency struct {
	When, Suppresses label.Matchers
	// Equal are labels whose values have to be the same.
	Equal []string
	// Wait is how long after the end of the cause what is still open is told.
	Wait time.Duration
}

// String says it in words: "while policy=database-down is open, tier=service
// with the same env is told in its message".
func (d Dependency) String() string {
	of := ""
	if len(d.Equal) > 0 {
		of = " with the same " + strings.Join(d.Equal, ", ")
	}
	return "while " + d.When.String() + " is open, " + d.Suppresses.String() + of + " is told in its message"
}

// Dependencies are all of them.
type Dependencies []Dependency

// Before is how long before its cause an incident may have opened to be one of
// what follows from it.
const Before = time.Minute

// IsCause reports whether others may depend on the incident.
func (d Dependencies) IsCause(c *eventv1.IncidentChanged) bool {
	if len(d) == 0 {
		return false
	}
	labels := silence.Labels(c)
	for _, x := range d {
		if x.When.Match(labels) {
			return true
		}
	}
	return false
}

// Following is why an incident is held back.
type Following struct {
	// Cause is the incident that it follows from; nil: it follows from none.
	Cause *eventv1.IncidentChanged
	// Until is when that ends to be the cause by time alone; zero: not yet.
	Until time.Time
	// By are the dependencies, link by link, that of the incident itself first.
	By []Dependency
}

// Cause returns the incident that an open one follows from: of those that are
// open, or ended less than the dependency's wait ago. Of a chain it is the first
// link; of incidents that depend on each other the one that opened first follows
// from none.
func (d Dependencies) Cause(c *eventv1.IncidentChanged, causes []*eventv1.IncidentChanged, now time.Time) Following {
	var f Following
	if len(d) == 0 || len(causes) == 0 {
		return f
	}
	at := c
	for range 8 {
		next, by, end := d.direct(at, causes, now)
		if next == nil || next.GetId() == c.GetId() {
			break
		}
		f.Cause, f.Until, f.By, at = next, end, append(f.By, *by), next
	}
	if f.Cause == nil {
		return f
	}
	// c may be the cause of its cause.
	if back, _, _ := d.direct(f.Cause, append(slices.Clone(causes), c), now); back != nil && back.GetId() == c.GetId() && first(c, f.Cause) {
		return Following{}
	}
	return f
}

// direct returns the first that opened of the causes that c depends on, and by
// what.
func (d Dependencies) direct(c *eventv1.IncidentChanged, causes []*eventv1.IncidentChanged, now time.Time) (best *eventv1.IncidentChanged, by *Dependency, until time.Time) {
	labels := silence.Labels(c)
	for i := range d {
		x := &d[i]
		if !x.Suppresses.Match(labels) {
			continue
		}
		for _, p := range causes {
			if p.GetId() == c.GetId() || best != nil && !first(p, best) || first(c, p) && p.GetOpenedAt().AsTime().Sub(c.GetOpenedAt().AsTime()) > Before {
				continue
			}
			end := time.Time{}
			if p.GetState() != eventv1.IncidentState_INCIDENT_STATE_OPEN {
				if end = p.GetResolvedAt().AsTime().Add(x.Wait); !now.Before(end) {
					continue
				}
			}
			if of := silence.Labels(p); x.When.Match(of) && equal(labels, of, x.Equal) {
				best, by, until = p, x, end
			}
		}
	}
	return best, by, until
}

func first(a, b *eventv1.IncidentChanged) bool {
	return cmp.Or(a.GetOpenedAt().AsTime().Compare(b.GetOpenedAt().AsTime()), strings.Compare(a.GetId(), b.GetId())) < 0
}

func equal(a, b label.Set, names []string) bool {
	for _, n := range names {
		if a.Get(n) != b.Get(n) {
			return false
		}
	}
	return true
}

// Next returns when a cause of these ends to be one by time alone; zero if none
// does.
func (d Dependencies) Next(causes []*eventv1.IncidentChanged, now time.Time) time.Time {
	var next time.Time
	for _, p := range causes {
		if p.GetState() == eventv1.IncidentState_INCIDENT_STATE_OPEN {
			continue
		}
		for _, x := range d {
			if t := p.GetResolvedAt().AsTime().Add(x.Wait); t.After(now) && (next.IsZero() || t.Before(next)) {
				next = t
			}
		}
	}
	return next
}
