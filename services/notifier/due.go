package notifier

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/permission"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// dueEvery is how often records with something to come are looked at; what is
// due sooner wakes it.
const dueEvery = time.Minute

// due remembers which records have something to come although nothing happens:
// a question whose time runs out, a run that can be undone for a while, what
// flaps and may have calmed down. What it
// is stands in the records; this is only where to look.
type due struct {
	mu   sync.Mutex
	ids  map[string]time.Time // when to look
	wake chan struct{}
}

func newDue() *due { return &due{ids: map[string]time.Time{}, wake: make(chan struct{}, 1)} }

func (d *due) watch(id string) {
	d.mu.Lock()
	d.ids[id] = time.Time{}
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// loaded notes which of all records have something to come.
func (d *due) loaded(all []*record.Record) {
	for _, r := range all {
		if !r.Due().IsZero() || r.Open() && (r.Incident().GetAsk() != nil || r.Timed()) {
			d.watch(r.ID)
		}
	}
}

// take returns the records to be looked at now, which are not until set says so
// or something new is to be watched, and when the next one is.
func (d *due) take(now time.Time) (out []string, next time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	next = now.Add(dueEvery)
	for id, at := range d.ids {
		if !at.After(now) {
			out = append(out, id)
			d.ids[id] = now.Add(dueEvery)
		} else if at.Before(next) {
			next = at
		}
	}
	return out, next
}

// set says when to look at a record again, unless it is to be looked at before.
func (d *due) set(id string, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if old, ok := d.ids[id]; ok && !old.IsZero() {
		d.ids[id] = at
	}
}

func (d *due) forget(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.ids, id)
}

// watchDue does what is due, until ctx is done. Whichever instance comes first
// does it: records change by compare-and-set.
func (n *notifier) watchDue(ctx context.Context) {
	for ctx.Err() == nil {
		ids, next := n.due.take(time.Now())
		for _, id := range ids {
			at, err := n.lookDue(ctx, id)
			// What changes a record may make it due before: it is looked at again.
			again := time.Now().Add(dueEvery)
			switch {
			case err != nil && ctx.Err() == nil:
				n.env.Log.Warn("what is due is not done, again", "incident", id, "err", err)
				again = time.Now().Add(5 * time.Second)
			case !at.IsZero() && at.Before(again):
				again = at
			}
			n.due.set(id, again)
			if again.Before(next) {
				next = again
			}
		}
		t := time.NewTimer(max(time.Until(next), time.Second))
		select {
		case <-ctx.Done():
		case <-n.due.wake:
		case <-t.C:
		}
		t.Stop()
	}
}

// lookDue does what is due about one record and returns when to look again.
func (n *notifier) lookDue(ctx context.Context, id string) (time.Time, error) {
	r, err := n.store.Get(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	if err := n.auditQuestion(ctx, r); err != nil {
		return time.Time{}, err
	}
	now := n.now()
	if r == nil || r.Due().IsZero() {
		if r == nil {
			if len(n.sender.Grouped(id)) > 0 { // a group's message is not reminded of
				n.due.forget(id)
			}
			return now.Add(10 * time.Second), nil // it is not told yet
		}
		if !r.Open() { // nothing will be due any more unless a run comes
			n.due.forget(id)
		}
		return time.Time{}, nil
	}
	if at := r.Due(); now.Before(at) {
		return at, nil
	}
	// Another instance may know better.
	if r, err = n.store.Fresh(ctx, id); err != nil || r == nil {
		return time.Time{}, err
	}
	changed := false
	if ask, _ := r.Waiting(); ask != nil {
		title, refused := n.otherwise(ask)
		lapsed := false
		r, err = n.store.Mutate(ctx, id, func(r *record.Record) error {
			if lapsed = r.Lapse(now, title, refused); !lapsed {
				return record.ErrUnchanged
			}
			return nil
		})
		if err != nil {
			return time.Time{}, err
		}
		changed = changed || lapsed
		if err := n.auditQuestion(ctx, r); err != nil {
			return time.Time{}, err
		}
	}
	if err := n.askOtherwise(ctx, r); err != nil {
		return time.Time{}, err
	}
	r, automated, err := n.automate(ctx, r, now)
	if err == nil {
		err = n.askAutomatic(ctx, r)
	}
	if err != nil {
		return time.Time{}, err
	}
	changed = changed || automated
	r, err = n.store.Mutate(ctx, id, func(r *record.Record) error {
		undone, calm, nagged := r.EndUndo(now), r.EndFlap(now), r.Nag(now)
		if !undone && !calm && !nagged {
			return record.ErrUnchanged
		}
		changed = true
		return nil
	})
	if err != nil {
		return time.Time{}, err
	}
	if changed {
		n.sender.Touch(ctx, id, func(error) {})
	}
	return r.Due(), nil
}

// otherwise returns the title of what is done when nobody answers, and why it
// may not be done.
func (n *notifier) otherwise(ask *eventv1.Ask) (title, refused string) {
	name := ask.GetOtherwise()
	doc := n.known.Actions()[name]
	switch {
	case name == "":
		return "", ""
	case doc == nil:
		return name, "no actioner offers it"
	case !permission.Allows(doc.GetAllow(), parley()):
		return message.Title(doc), "its allow list does not name parley"
	}
	return message.Title(doc), ""
}

// parley is the actor of what is done because nobody answered.
func parley() *eventv1.Actor {
	return &eventv1.Actor{Backend: record.Parley.Backend, Person: &eventv1.Person{Id: record.Parley.ID, Name: record.Parley.Name}}
}

// askOtherwise asks the actioner for the run that the record says is to be
// asked for. Asking twice is one run.
func (n *notifier) askOtherwise(ctx context.Context, r *record.Record) error {
	q := r.Question
	if q == nil || q.Run == "" || q.Sent {
		return nil
	}
	run := r.Run(q.Run)
	if run == nil {
		return fmt.Errorf("record %s names the run %s and has none such", r.ID, q.Run)
	}
	request := &eventv1.RunRequested{RunId: run.ID, Action: run.Action, Incident: r.Incident(), Actor: parley(), At: timestamppb.New(run.At)}
	for _, p := range r.Places {
		if p.Root.TS != "" {
			request.ChannelId, request.ThreadTs = p.ID, p.Root.TS
			break
		}
	}
	if err := n.rim.Run(ctx, request); err != nil {
		return err
	}
	a := &eventv1.AuditRecord{Id: "ask/" + run.ID + "/lapsed", At: timestamppb.New(q.Lapsed), Actor: parley(), What: "requested", Target: r.ID, RunId: run.ID, IncidentId: r.ID,
		Reason: run.Action + ": nobody answered the question to " + r.Incident().GetAsk().GetOwner()}
	n.rim.Audit(ctx, a)
	_, err := n.store.Mutate(ctx, r.ID, func(r *record.Record) error {
		if r.Question == nil || r.Question.Sent {
			return record.ErrUnchanged
		}
		r.Question.Sent = true
		return nil
	})
	return err
}
