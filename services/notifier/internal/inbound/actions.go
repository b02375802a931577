package inbound

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/nearest"
	"github.com/parley-ops/parley/services/internal/remedy"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// actions answers with what can be done.
func (h *Handler) actions(context.Context, *ask) (chat.Content, error) {
	actions := h.Actions()
	if len(actions) == 0 {
		return chat.Say("No action is offered at the moment: is an actioner running?"), nil
	}
	var lines chat.Lines
	for i, name := range slices.Sorted(maps.Keys(actions)) {
		if i == rows {
			lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more", len(actions)-i))})
			break
		}
		a := actions[name]
		line := chat.Line{chat.P("⚙️ "), chat.C(name), chat.P(" "), chat.B(message.Title(a))}
		if d := a.GetDescription(); d != "" {
			line = append(line, chat.P(": "+message.Cut(d, 200)))
		}
		lines = append(lines, line)
		who := "may run it: " + people(a.GetAllow())
		if a.GetNeedsApproval() {
			who += " · a second person approves"
		}
		lines = append(lines, chat.Line{chat.P("      " + message.Cut(who, 200))})
		for _, line := range h.record(name) {
			lines = append(lines, chat.Line{chat.P("      " + line)})
		}
	}
	return chat.Content{Text: fmt.Sprintf("%d actions", len(actions)), Parts: []chat.Part{lines,
		chat.Note{{chat.C("/parley run <action> <incident>"), chat.P(" asks for one")}}}}, nil
}

// record says how often an action helped, policy by policy.
func (h *Handler) record(action string) []string {
	var out []string
	if h.Remedies == nil {
		return nil
	}
	all := h.Remedies()
	for _, key := range slices.Sorted(maps.Keys(all)) {
		r := all[key]
		if r.GetAction() != action || len(r.GetRuns()) == 0 {
			continue
		}
		if len(out) == 3 {
			return append(out, "…")
		}
		s := remedy.Of(r)
		line := s.Words() + " with " + message.Cut(r.GetPolicy(), 60)
		if s.Demoted != "" {
			line = "⚠️ " + line + ": offered last, " + s.Demoted
		}
		out = append(out, line)
	}
	return out
}

// runCommand asks for an action: on an incident, or with parameters alone.
func (h *Handler) runCommand(ctx context.Context, a *ask) (chat.Content, error) {
	action, err := h.actionNamed(a.Action)
	if err != nil {
		return chat.Content{}, err
	}
	q := &eventv1.RunRequested{Action: action, ChannelId: a.from.GetChannelId()}
	q.Parameters, _ = a.Own.(map[string]string)
	if a.Incident == "" {
		q.RunId = record.RunID(a.in.GetId(), action, 0) // delivered again, it is the same run
		return chat.Say("⚙️ Asked for " + action + ". The channel hears what comes of it."), h.run(ctx, a.in, record.New(LooseRun(q.RunId)), q)
	}
	r, err := h.find(ctx, a.Incident)
	var no *refusal
	if errors.As(err, &no) && no.reason == "unknown" {
		return chat.Content{}, refuse("unknown", "%s To run it without an incident, write its parameters: /parley run %s name=value", no.text, action)
	}
	if err != nil {
		return chat.Content{}, err
	}
	q.RunId = r.NextRun(action)
	return chat.Say("⚙️ Asked for " + action + ": " + record.Finding(r.Incident()) + ". The incident's thread tells what comes of it."), h.run(ctx, a.in, r, q)
}

// actionNamed returns the offered action's name, or names the nearest.
func (h *Handler) actionNamed(name string) (string, error) {
	var names []string
	for n := range h.Actions() {
		if n == name {
			return n, nil
		}
		names = append(names, n)
	}
	if near := nearest.To(name, names); near != "" {
		return "", refuse("no_action", "There is no action %q. Did you mean %q?", message.Cut(name, 40), near)
	}
	return "", refuse("no_action", "There is no action %q. /parley actions lists them.", message.Cut(name, 40))
}
