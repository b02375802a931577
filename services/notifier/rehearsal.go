package notifier

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/service"
	"github.com/parley-ops/parley/services/notifier/internal/queue"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/seal"
	"github.com/parley-ops/parley/services/notifier/rehearsal"
)

// Rehearsal is a notifier in memory, on a clock of its own, with a chat that only
// counts: it decides by the service's code what would have been told.
type Rehearsal struct {
	n       *notifier
	mem     *bus.Memory
	now     time.Time
	desk    *desk
	dry     *dry
	tally   *tally
	touched map[string]bool      // records that were written since they were looked at
	due     map[string]time.Time // when records are to be looked at
	turn    time.Time            // when what is held back may change by time alone
	ended   []ending             // incidents that are over, the first first
	batch   []*eventv1.IncidentChanged
}

// ending is an incident that is over, and since when.
type ending struct {
	id string
	at time.Time
}

// rehearsalKept is how long the record of an incident that is over is kept: what
// comes after may flap with it or join its group for a day.
const rehearsalKept = 48 * time.Hour

// NewRehearsal returns one that has heard of no incident yet.
func NewRehearsal(rules rehearsal.Rules) *Rehearsal {
	log := slog.New(slog.DiscardHandler)
	r := &Rehearsal{mem: bus.NewMemory(), touched: map[string]bool{}, due: map[string]time.Time{}, tally: newTally()}
	r.desk, r.dry = &desk{channels: map[string]*rehearsal.Channel{}}, &dry{plan: rules.Plan, known: rules.Actions != nil, tally: r.tally, clock: r.clock}
	n := &notifier{env: service.Env{Log: log}, backend: r.desk, store: record.NewStore(bus.Incidents.In(r.mem), func(rec *record.Record) { r.touched[rec.ID] = true }), routing: newRouting(rules.Routes, nil),
		known: newKnown(nil, log), due: newDue(), rim: r.dry, now: r.clock}
	n.causes = &causes{changed: n.known.changed, keys: bus.IncidentCauses.In(r.mem), now: r.clock}
	for _, s := range rules.Silences {
		if s.GetIncidentId() == "" {
			n.known.silences = append(n.known.silences, s)
		}
	}
	n.known.windows, n.known.remedies, n.known.actions = rules.Windows, rules.Remedies, maps.Clone(rules.Actions)
	if n.known.actions == nil {
		n.known.actions = map[string]*eventv1.ActionDocument{}
	}
	key := seal.NewKey() // its buttons are never seen
	n.sender = queue.New(queue.Config{Backend: r.desk, Store: n.store, Groups: bus.IncidentGroups.In(r.mem), Notes: bus.NotifierNotes.In(r.mem), Now: r.clock,
		Self: "rehearsal", Default: rules.Routes.Default(), Log: log, Silences: n.known.Silences, Actions: n.known.Actions, Key: func() seal.Key { return key }})
	n.decide()
	r.n = n
	return r
}

func (r *Rehearsal) clock() time.Time { return r.now }

// Take takes a change of an incident, as the evaluator publishes it. Changes come
// in order of their times; those of one time are one batch.
func (r *Rehearsal) Take(ctx context.Context, c *eventv1.IncidentChanged) error {
	if !visible(c) {
		return nil
	}
	if at := c.GetAt().AsTime(); at.After(r.now) {
		if err := r.pass(ctx, at); err != nil {
			return err
		}
	}
	r.batch = append(r.batch, c)
	return nil
}

// tell tells of the batch, as the service does of one that is delivered.
func (r *Rehearsal) tell(ctx context.Context) error {
	batch := r.batch
	r.batch = nil
	for _, c := range batch {
		if err := r.n.cause(ctx, c); err != nil {
			return err
		}
	}
	for _, c := range batch {
		if !r.dry.known {
			r.offer(c)
		}
		r.tally.saw(c)
		if c.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED {
			r.ended = append(r.ended, ending{c.GetId(), r.now})
		}
		r.n.tell(c, 1, func(error) {})
	}
	return nil
}

// offer takes the actions that an incident names for offered.
func (r *Rehearsal) offer(c *eventv1.IncidentChanged) {
	names := append([]string{c.GetAsk().GetOtherwise()}, c.GetActions()...)
	for _, a := range c.GetAutomatic() {
		names = append(names, a.GetAction())
	}
	for _, name := range names {
		if name != "" {
			r.n.known.actions[name] = &eventv1.ActionDocument{Name: name, Title: name, Allow: []string{record.Parley.ID}}
		}
	}
}

// End lets time pass until then, and returns what would have been told.
func (r *Rehearsal) End(ctx context.Context, at time.Time) (rehearsal.Report, error) {
	if err := r.pass(ctx, at); err != nil {
		return rehearsal.Report{}, err
	}
	all, err := r.n.store.All(ctx)
	if err != nil {
		return rehearsal.Report{}, err
	}
	for _, rec := range all {
		r.tally.note(rec)
	}
	return r.tally.report(r.desk, r.n.sender.Manies()), nil
}

// mostIdle bounds what happens without time passing.
const mostIdle = 100_000

// pass lets time pass, with all that comes due.
func (r *Rehearsal) pass(ctx context.Context, until time.Time) error {
	if r.now.IsZero() { // the first incident's time is the clock's first
		r.now = until
		r.recheck()
	}
	if err := r.tell(ctx); err != nil {
		return err
	}
	last, idle := r.now, 0
	for {
		select {
		case <-r.n.known.changed: // a cause came or went
			r.recheck()
		default:
		}
		next, err := r.n.sender.Advance(ctx)
		if err != nil {
			return err
		}
		at, busy, err := r.look(ctx)
		if err != nil {
			return err
		}
		if busy || len(r.n.known.changed) > 0 {
			if idle++; idle > mostIdle {
				return fmt.Errorf("at %s: %w", r.now, queue.ErrRestless)
			}
			continue
		}
		next = earliest(next, at, r.turn)
		if next.IsZero() || next.After(until) {
			r.now = until
			return r.forget(ctx)
		}
		if !next.After(r.now) {
			next = r.now.Add(time.Millisecond)
		}
		if r.now = next; r.now.Sub(last) > 0 {
			last, idle = r.now, 0
		}
		if !r.turn.IsZero() && !r.turn.After(r.now) {
			r.recheck()
		}
	}
}

// recheck looks again at all that is held back.
func (r *Rehearsal) recheck() {
	r.n.known.renew(r.now)
	r.n.sender.Recheck()
	r.turn = r.n.turns(r.now)
}

// look does what is due about records. It returns when the next is, and whether it
// did something.
func (r *Rehearsal) look(ctx context.Context) (next time.Time, busy bool, err error) {
	for id, at := range r.due {
		if !at.After(r.now) {
			r.touched[id] = true
		}
	}
	ids := sortedKeys(r.touched)
	clear(r.touched)
	for _, id := range ids {
		at, err := r.n.lookDue(ctx, id)
		if err != nil {
			return next, false, err
		}
		if delete(r.due, id); !at.IsZero() {
			r.due[id] = at
		}
	}
	for _, at := range r.due {
		next = earliest(next, at)
	}
	return next, len(r.touched) > 0, nil
}

// forget drops the records of what is long over.
func (r *Rehearsal) forget(ctx context.Context) error {
	for len(r.ended) > 0 && r.now.Sub(r.ended[0].at) > rehearsalKept {
		id := r.ended[0].id
		r.ended = r.ended[1:]
		delete(r.tally.opened, id)
		rec, err := r.n.store.Get(ctx, id)
		if err != nil {
			return err
		}
		if rec == nil || rec.Open() || !rec.Clean() || !rec.Due().IsZero() {
			continue
		}
		r.tally.note(rec)
		r.n.store.Forget(id)
		if err := bus.Incidents.In(r.mem).Delete(ctx, id, 0); err != nil {
			return err
		}
	}
	return nil
}

// earliest returns the first of the times that are set.
func earliest(times ...time.Time) time.Time {
	var first time.Time
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}
