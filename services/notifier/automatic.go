package notifier

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/permission"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// automaticPatience is how long an action that runs by itself waits for an
// actioner that says what it would do.
const automaticPatience = 2 * time.Minute

// automate runs what the policy runs by itself, if it is time: or says why not
// and leaves it to people. It reports whether the record changed.
func (n *notifier) automate(ctx context.Context, r *record.Record, now time.Time) (*record.Record, bool, error) {
	a, due := r.Automatic()
	if a == nil || now.Before(due) {
		return r, false, nil
	}
	title, plan, refused := n.mayAutomate(r, a)
	if refused == "" && plan == "" {
		if now.Sub(due) < automaticPatience {
			return r, false, fmt.Errorf("no actioner says what %s would do", a.GetAction())
		}
		refused = "no actioner says what it would do"
	}
	changed := false
	r, err := n.store.Mutate(ctx, r.ID, func(r *record.Record) error {
		if changed = r.Automate(now, a, title, plan, refused); !changed {
			return record.ErrUnchanged
		}
		return nil
	})
	if err == nil && changed && refused != "" {
		n.rim.Audit(ctx, &eventv1.AuditRecord{Id: fmt.Sprintf("auto/%s/%s/refused", r.ID, a.GetAction()), At: timestamppb.New(now), Actor: parley(), What: "refused",
			Target: r.ID, IncidentId: r.ID, Reason: a.GetAction() + " was to run by itself, but " + refused})
	}
	return r, changed, err
}

// mayAutomate returns the title of an action that is to run by itself, the hash
// of what it would do, and why it may not.
func (n *notifier) mayAutomate(r *record.Record, a *eventv1.Automatic) (title, plan, refused string) {
	doc := n.known.Actions()[a.GetAction()]
	if doc == nil {
		return a.GetAction(), "", "no actioner offers it"
	}
	title = message.Title(doc)
	score := n.known.Scores(r.Incident().GetPolicy())[a.GetAction()]
	switch {
	case !permission.Allows(doc.GetAllow(), parley()):
		return title, "", "its allow list does not name parley"
	case !a.GetWhenSilenced() && (r.Mute != nil || n.known.Silences().Mutes(r.Incident(), n.now()) != nil): // told or held back
		return title, "", "the incident is silenced"
	case r.Ack != nil:
		return title, "", r.Ack.By.Mention() + " is on it"
	case score.Demoted != "":
		return title, "", score.Demoted
	}
	p := n.rim.Plan(&eventv1.RunRequested{RunId: r.NextRun(a.GetAction()), Action: a.GetAction(), Incident: r.Incident(), Actor: parley()})
	return title, p.GetHash(), p.GetRefused()
}

// askAutomatic asks the actioner for the runs that the record says run by
// themselves. Asking twice is one run.
func (n *notifier) askAutomatic(ctx context.Context, r *record.Record) error {
	d := r.Unsent()
	if d == nil {
		return nil
	}
	request := &eventv1.RunRequested{RunId: d.Run, Action: d.Action, Incident: r.Incident(), Actor: parley(), At: timestamppb.New(d.At), PlanHash: d.Plan}
	for _, p := range r.Places {
		if p.Root.TS != "" {
			request.ChannelId, request.ThreadTs = p.ID, p.Root.TS
			break
		}
	}
	if err := n.rim.Run(ctx, request); err != nil {
		return err
	}
	n.rim.Audit(ctx, &eventv1.AuditRecord{Id: "auto/" + d.Run, At: timestamppb.New(d.At), Actor: parley(), What: "requested", Target: r.ID, RunId: d.Run, IncidentId: r.ID,
		Reason: d.Action + ": the policy " + r.Incident().GetPolicy() + " runs it by itself"})
	_, err := n.store.Mutate(ctx, r.ID, func(r *record.Record) error {
		now := r.Unsent()
		if now == nil || now.Run != d.Run {
			return record.ErrUnchanged
		}
		now.Sent = true
		return nil
	})
	return err
}

// automatic returns done, and has what runs by itself looked at once the change
// is told: then there is a record of the incident.
func (n *notifier) automatic(c *eventv1.IncidentChanged, done func(error)) func(error) {
	if len(c.GetAutomatic()) == 0 || c.GetState() != eventv1.IncidentState_INCIDENT_STATE_OPEN {
		return done
	}
	return func(err error) {
		done(err)
		n.due.watch(c.GetId())
	}
}
