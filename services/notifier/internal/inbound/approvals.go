package inbound

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/permission"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/seal"
)

// waits is a run that waits for a second person, as the actioner stored it.
type waits struct {
	run *eventv1.RunChanged
	// mine: the person may decide on it.
	mine bool
}

// runs returns every run as stored now, so that all instances say the same.
func (h *Handler) runs(ctx context.Context) ([]*eventv1.RunChanged, error) {
	all, err := bus.ActionRuns.List(ctx, h.Conn)
	if err != nil {
		return nil, err
	}
	out := make([]*eventv1.RunChanged, 0, len(all))
	for _, e := range all {
		out = append(out, e.Value.GetRun())
	}
	return out, nil
}

// recorded returns a run with the record that it is told in, and with what that
// is to hear of it still.
func (h *Handler) recorded(ctx context.Context, c *eventv1.RunChanged) (*record.Record, *record.Run, error) {
	id := or(c.GetIncident().GetId(), LooseRun(c.GetRunId()))
	r, err := h.Store.Fresh(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if r == nil {
		r = record.New(id)
	}
	if r.Incident() == nil && c.GetIncident() != nil {
		r.Apply(c.GetIncident())
	}
	r.ApplyRun(c)
	run := r.Run(c.GetRunId())
	run.Title = or(run.Title, h.Actions()[run.Action].GetTitle())
	return r, run, nil
}

// pending returns the runs that wait, those first that the person may decide on.
func (h *Handler) pending(ctx context.Context, in *eventv1.Inbound) ([]waits, error) {
	runs, err := h.runs(ctx)
	if err != nil {
		return nil, err
	}
	var out []waits
	for _, c := range undecided(runs, when(in)) {
		who, err := h.among(ctx, in, c.GetApprovers())
		if err != nil {
			return nil, err
		}
		out = append(out, waits{c, !askedBy(c, in) && permission.Allows(c.GetApprovers(), who)})
	}
	slices.SortStableFunc(out, func(a, b waits) int {
		switch {
		case a.mine == b.mine:
			return 0
		case a.mine:
			return -1
		}
		return 1
	})
	return out, nil
}

// askedBy reports whether a run was asked for by the person.
func askedBy(c *eventv1.RunChanged, in *eventv1.Inbound) bool {
	by := c.GetRequestedBy()
	return by.GetPerson().GetId() == in.GetPerson().GetId() && by.GetBackend() == in.GetBackend()
}

// undecided returns those of the runs that wait for a second person at a time,
// in the order in which they were asked for.
func undecided(runs []*eventv1.RunChanged, at time.Time) []*eventv1.RunChanged {
	var out []*eventv1.RunChanged
	for _, c := range runs {
		if c.GetState() == eventv1.RunState_RUN_STATE_AWAITING_APPROVAL && (c.GetExpiresAt() == nil || !at.After(c.GetExpiresAt().AsTime())) {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b *eventv1.RunChanged) int {
		return cmp.Or(a.GetRequestedAt().AsTime().Compare(b.GetRequestedAt().AsTime()), strings.Compare(a.GetRunId(), b.GetRunId()))
	})
	return out
}

// approvals answers with what waits for a second person.
func (h *Handler) approvals(ctx context.Context, a *ask) (chat.Content, error) {
	all, err := h.pending(ctx, a.in)
	if err != nil {
		return chat.Content{}, err
	}
	if len(all) == 0 {
		return chat.Say("✅ Nothing waits for an approval."), nil
	}
	var lines chat.Lines
	mine := 0
	for i, w := range all {
		if w.mine {
			mine++
		}
		if i >= rows {
			continue
		}
		r, run, err := h.recorded(ctx, w.run)
		if err != nil {
			return chat.Content{}, err
		}
		c, sign := w.run, "⏳ "
		if w.mine {
			sign = "✋ "
		}
		lines = append(lines, chat.Line{chat.P(sign), chat.C(message.Short(run.ID)), chat.P(" "), chat.B(or(run.Title, run.Action)),
			chat.P(": " + message.Cut(or(c.GetPlan(), record.Finding(r.Incident())), 200))})
		detail := chat.Line{chat.P("      asked by " + run.By.Mention() + " "), chat.T(run.At), chat.P(" · until "), chat.T(c.GetExpiresAt().AsTime())}
		if !w.mine {
			detail = append(detail, chat.P(" · may approve: "+message.Cut(people(c.GetApprovers()), 150)))
		}
		lines = append(lines, detail)
	}
	if len(all) > rows {
		lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more", len(all)-rows))})
	}
	text := fmt.Sprintf("%d wait for an approval, %d of them for yours", len(all), mine)
	return chat.Content{Text: text, Parts: []chat.Part{chat.Lines{{chat.B(text)}}, lines,
		chat.Note{{chat.P("Approve in the incident's thread, where the whole plan is; "), chat.C("/parley reject <run> <reason>"), chat.P(" says no")}}}}, nil
}

// named returns the one run whose id begins as typed.
func (h *Handler) named(ctx context.Context, text string, is func(*record.Record, *record.Run) bool) (*record.Record, *record.Run, error) {
	if len(text) < 4 || !idLike(text) {
		return nil, nil, refuse("unknown", "%q is no run: write the beginning of its id, four letters or more.", message.Cut(text, 40))
	}
	runs, err := h.runs(ctx)
	if err != nil {
		return nil, nil, err
	}
	var r *record.Record
	var run *record.Run
	for _, c := range runs {
		if !strings.HasPrefix(c.GetRunId(), text) {
			continue
		}
		one, o, err := h.recorded(ctx, c)
		if err != nil {
			return nil, nil, err
		}
		if !is(one, o) {
			continue
		}
		if run != nil {
			return nil, nil, refuse("ambiguous", "Several runs begin with %s: write more of the id.", text)
		}
		r, run = one, o
	}
	if run == nil {
		return nil, nil, refuse("unknown", "There is no run %s for which that can be done now.", text)
	}
	return r, run, nil
}

// rejectCommand says no to a run, with a reason.
func (h *Handler) rejectCommand(ctx context.Context, a *ask) (chat.Content, error) {
	r, run, err := h.named(ctx, a.Own.(string), func(_ *record.Record, o *record.Run) bool {
		return o.State().GetState() == eventv1.RunState_RUN_STATE_AWAITING_APPROVAL
	})
	if err != nil {
		return chat.Content{}, err
	}
	err = h.decide(ctx, a.in, r, seal.Claim{Run: run.ID, Plan: run.State().GetPlanHash()}, false, message.Cut(a.Comment, 300))
	return chat.Say("🚫 You said no to " + or(run.Title, run.Action) + ". The thread tells so."), err
}

// undoCommand undoes a run.
func (h *Handler) undoCommand(ctx context.Context, a *ask) (chat.Content, error) {
	r, run, err := h.named(ctx, a.Own.(string), func(r *record.Record, o *record.Run) bool {
		_, _, _, ok := r.Undoable(o, when(a.in))
		return ok
	})
	if err != nil {
		return chat.Content{}, err
	}
	action, nonce, _, ok := r.Undoable(run, when(a.in))
	if !ok {
		return chat.Content{}, refuse("late", "That cannot be undone any more: the time for it has passed, or it was undone already.")
	}
	err = h.run(ctx, a.in, r, &eventv1.RunRequested{RunId: nonce, Action: action, UndoOf: run.ID, Parameters: run.State().GetParameters(), ChannelId: a.from.GetChannelId()})
	return chat.Say("↩️ Asked to undo " + or(run.Title, run.Action) + ". The thread tells what comes of it."), err
}
