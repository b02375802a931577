package inbound

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/permission"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/seal"
)

// waits is a run that waits for a second person.
type waits struct {
	r   *record.Record
	run *record.Run
	// mine: the person may decide on it.
	mine bool
}

// pending returns the runs that wait, those first that the person may decide on.
func (h *Handler) pending(ctx context.Context, in *eventv1.Inbound) ([]waits, error) {
	out := h.undecided(when(in))
	for i, w := range out {
		c := w.run.State()
		who, err := h.among(ctx, in, c.GetApprovers())
		if err != nil {
			return nil, err
		}
		asked := w.run.By.ID == in.GetPerson().GetId() && w.run.By.Backend == in.GetBackend()
		out[i].mine = !asked && permission.Allows(c.GetApprovers(), who)
	}
	slices.SortStableFunc(out, func(a, b waits) int {
		if a.mine != b.mine {
			if a.mine {
				return -1
			}
			return 1
		}
		return a.run.At.Compare(b.run.At)
	})
	return out, nil
}

// undecided returns the runs that wait for a second person at a time, in the
// order in which they were asked for.
func (h *Handler) undecided(at time.Time) []waits {
	var out []waits
	for _, r := range h.Store.Remembered() {
		for _, run := range r.Runs {
			c := run.State()
			if c.GetState() == eventv1.RunState_RUN_STATE_AWAITING_APPROVAL && (c.GetExpiresAt() == nil || !at.After(c.GetExpiresAt().AsTime())) {
				out = append(out, waits{r: r, run: run})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b waits) int {
		return cmp.Or(a.run.At.Compare(b.run.At), strings.Compare(a.run.ID, b.run.ID))
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
		c, sign := w.run.State(), "⏳ "
		if w.mine {
			sign = "✋ "
		}
		lines = append(lines, chat.Line{chat.P(sign), chat.C(message.Short(w.run.ID)), chat.P(" "), chat.B(or(w.run.Title, w.run.Action)),
			chat.P(": " + message.Cut(or(c.GetPlan(), record.Finding(w.r.Incident())), 200))})
		detail := chat.Line{chat.P("      asked by " + w.run.By.Mention() + " "), chat.T(w.run.At), chat.P(" · until "), chat.T(c.GetExpiresAt().AsTime())}
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
func (h *Handler) named(text string, is func(*record.Record, *record.Run) bool) (*record.Record, *record.Run, error) {
	if len(text) < 4 || !idLike(text) {
		return nil, nil, refuse("unknown", "%q is no run: write the beginning of its id, four letters or more.", message.Cut(text, 40))
	}
	var r *record.Record
	var run *record.Run
	for _, one := range h.Store.Remembered() {
		for _, o := range one.Runs {
			if !strings.HasPrefix(o.ID, text) || !is(one, o) {
				continue
			}
			if run != nil && run.ID != o.ID {
				return nil, nil, refuse("ambiguous", "Several runs begin with %s: write more of the id.", text)
			}
			r, run = one, o
		}
	}
	if run == nil {
		return nil, nil, refuse("unknown", "There is no run %s for which that can be done now.", text)
	}
	return r, run, nil
}

// rejectCommand says no to a run, with a reason.
func (h *Handler) rejectCommand(ctx context.Context, a *ask) (chat.Content, error) {
	r, run, err := h.named(a.Own.(string), func(_ *record.Record, o *record.Run) bool {
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
	r, run, err := h.named(a.Own.(string), func(r *record.Record, o *record.Run) bool {
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
