package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/unit"
)

const (
	// mostPlans is how many plans one question may ask for.
	mostPlans = 50
	// lookTime bounds a look at a target for a plan: a person waits.
	lookTime = 2 * time.Second
)

// Plans answers what runs would do: the same plan, with the same hash, that a
// request for them would get now. Nothing is recorded or done.
func (r *Runner) Plans(ctx context.Context, q *eventv1.PlanQuery) *eventv1.PlanAnswer {
	if len(q.GetRuns()) > mostPlans {
		return &eventv1.PlanAnswer{Error: fmt.Sprintf("%d plans at once: at most %d", len(q.GetRuns()), mostPlans)}
	}
	out := &eventv1.PlanAnswer{}
	for _, req := range q.GetRuns() {
		p, err := r.planFor(ctx, req, q.GetLook())
		if err != nil {
			r.Log.Warn("plan not made", "action", req.GetAction(), "err", err)
			return &eventv1.PlanAnswer{Error: "what is known of runs could not be read"}
		}
		out.Plans = append(out.Plans, p)
	}
	return out
}

func (r *Runner) planFor(ctx context.Context, req *eventv1.RunRequested, look bool) (*eventv1.RunPlan, error) {
	now := time.Now()
	req, no, err := r.inverse(ctx, req, now)
	if err != nil {
		return nil, err
	}
	a, found := r.action(req.GetAction())
	p := &eventv1.RunPlan{RunId: req.GetRunId(), Action: req.GetAction(), Title: a.Title}
	if no != nil || !found || a.Do == nil {
		p.Refused = fmt.Sprintf("there is no action %q (any more)", req.GetAction())
		if no != nil {
			p.Refused = no.Text
		}
		return p, nil
	}
	run := &eventv1.RunChanged{RunId: req.GetRunId(), Action: a.Name, Incident: req.GetIncident(), RequestedBy: req.GetActor(), UndoOf: req.GetUndoOf()}
	asked := r.canonical(a, req.GetParameters())
	p.Faults = Faults(a, run, asked, r.Settings)
	made, err := Plan(a, run, asked, r.Settings)
	if err != nil {
		p.Refused, p.Parameters = r.Secrets.Scrub(err.Error()), begin(a, run, asked, r.Settings)
		return p, nil
	}
	p.Words, p.Hash, p.Target, p.Parameters = r.Secrets.Scrub(made.Words), made.Hash, made.Target, made.Parameters
	run.Parameters = made.Parameters
	p.Checks = checks(a, run)
	if undo, ok := r.action(a.Undo.Action); ok && a.Undo.Action != "" && req.GetUndoOf() == "" {
		p.Undo, p.UndoWithin = undo.Title, durationpb.New(a.Undo.Within)
	}
	if a.Approval != nil {
		p.Approvers, p.ApproveWithin = a.Approval.From, durationpb.New(a.Approval.Within)
	}
	if no, err = r.against(ctx, p, a, req, now); err != nil {
		return nil, err
	}
	if no != nil {
		p.Refused = no.Text
	} else if look {
		r.lookAt(ctx, p, a, run)
	}
	return p, nil
}

// against says what speaks against the run now, and counts what is left of the
// bounds.
func (r *Runner) against(ctx context.Context, p *eventv1.RunPlan, a declare.Action, req *eventv1.RunRequested, now time.Time) (*Refusal, error) {
	e, err := bus.ActionBounds.Get(ctx, r.Bus, a.Name)
	if err != nil && !errors.Is(err, bus.ErrNotFound) {
		return nil, err
	}
	use := &eventv1.ActionUse{RunId: req.GetRunId(), Target: p.GetTarget(), At: timestamppb.New(now), Account: r.account(p.GetParameters()["account"])}
	left, of := Left(e.Value, use, limits(a))
	p.Left, p.Of = uint32(left), uint32(of)
	if req.GetActor() != nil {
		if no := Permit(req, a, true, now, now); no != nil {
			return no, nil
		}
	}
	if no, err := r.frozen(ctx, a.Name, p.GetParameters()); no != nil || err != nil {
		return no, err
	}
	_, no := Reserve(e.Value, use, limits(a))
	return no, nil
}

func (r *Runner) lookAt(ctx context.Context, p *eventv1.RunPlan, a declare.Action, run *eventv1.RunChanged) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	seen, err := action.Look(ctx, a.Do, r.Secrets, r.call(run, a))
	switch {
	case ctx.Err() != nil:
		p.Seen = "the target did not answer in time; it is looked at again before anything is done"
	case action.OutcomeOf(err) == action.OutcomeRefused && err != nil:
		p.Refused = action.TextOf(err)
	case err != nil:
		p.Seen = action.TextOf(err)
	default:
		p.Seen = seen.Text
	}
}

// checks says in words what is looked at before the run may begin.
func checks(a declare.Action, run *eventv1.RunChanged) []string {
	var out []string
	if run.GetIncident().GetId() != "" && !a.WhenResolved && run.GetUndoOf() == "" {
		out = append(out, "the incident is still open")
	}
	if k, ok := a.Do.(action.Checker); ok {
		out = append(out, k.Checks()...)
	}
	if a.AtMost.Percent > 0 {
		out = append(out, fmt.Sprintf("no more than %d %% of its group (%s) out of work", a.AtMost.Percent, strings.TrimPrefix(a.AtMost.Of, "tag:")))
	}
	if a.CoolDown > 0 {
		out = append(out, "not run on it within "+unit.Duration(a.CoolDown))
	}
	return out
}

// limits are the action's bounds, but for the group's.
func limits(a declare.Action) Limits {
	return Limits{CoolDown: a.CoolDown, PerHour: a.PerHour, PerHourTarget: a.PerHourTarget, PerHourAccount: a.PerHourAccount, Busy: a.Timeout + skew}
}

// Left returns how many more runs like this one may begin within the hour, and
// of how many: by the bound that is nearest.
func Left(b *eventv1.ActionBound, use *eventv1.ActionUse, l Limits) (left, of int) {
	hour, target, account := 0, 0, 0
	for _, u := range b.GetUses() {
		if use.GetAt().AsTime().Sub(u.GetAt().AsTime()) >= time.Hour || u.GetRunId() == use.GetRunId() {
			continue
		}
		hour++
		if u.GetTarget() == use.GetTarget() {
			target++
		}
		if use.GetAccount() != "" && u.GetAccount() == use.GetAccount() {
			account++
		}
	}
	left, of = max(l.PerHour-hour, 0), l.PerHour
	if n := max(l.PerHourTarget-target, 0); n < left {
		left, of = n, l.PerHourTarget
	}
	if n := max(l.PerHourAccount-account, 0); l.PerHourAccount > 0 && use.GetAccount() != "" && n < left {
		left, of = n, l.PerHourAccount
	}
	return left, of
}

// Faults says what is wrong with each of the parameters that a person filled
// in: for the fields of a form.
func Faults(a declare.Action, run *eventv1.RunChanged, asked, settings map[string]string) map[string]string {
	out := map[string]string{}
	v := values(run, settings)
	for name := range asked {
		if !slices.ContainsFunc(a.Parameters, func(p declare.Parameter) bool { return p.Name == name }) {
			out[name] = "there is no such parameter"
		}
	}
	for _, p := range a.Parameters {
		if value, ok := asked[p.Name]; ok && p.Ask {
			if err := p.Check(value); err != nil {
				out[p.Name] = err.Error()
			}
		} else if err := known(p, v); err != nil && !ok {
			out[p.Name] = err.Error()
		}
	}
	return out
}

// begin returns the parameters as far as they are known: what a form begins
// with.
func begin(a declare.Action, run *eventv1.RunChanged, asked, settings map[string]string) map[string]string {
	out, v := map[string]string{}, values(run, settings)
	for _, p := range a.Parameters {
		if value, ok := asked[p.Name]; ok {
			out[p.Name] = value
		} else if value, err := p.Value.Fill(v, nil); err == nil {
			out[p.Name] = value
		}
	}
	return out
}
