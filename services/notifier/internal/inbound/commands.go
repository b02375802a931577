package inbound

import (
	"context"
	"errors"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/nearest"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/command"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// command does what a slash command asks for and always answers.
func (h *Handler) command(ctx context.Context, in *eventv1.Inbound, c *eventv1.Command) error {
	cmd, err := command.Parse(c.GetText())
	var wrong *command.Error
	if errors.As(err, &wrong) {
		h.answer(ctx, in, chat.Say(wrong.Text))
		return nil
	}
	answer, err := h.carryOut(ctx, in, c, cmd)
	if err != nil {
		return err
	}
	h.answer(ctx, in, answer)
	return nil
}

func (h *Handler) carryOut(ctx context.Context, in *eventv1.Inbound, c *eventv1.Command, cmd command.Command) (chat.Content, error) {
	switch cmd.Name {
	case "help":
		return command.Help(cmd.Action), nil
	case "status":
		return h.status(ctx), nil
	case "incidents":
		return h.incidents(ctx), nil
	case "silences":
		return h.silenceList(), nil
	case "actions":
		return h.actionList(), nil
	case "query", "graph":
		return h.query(ctx, cmd), nil
	case "cost":
		return h.cost(ctx)
	case "idle":
		return h.idle(ctx)
	case "schedules":
		return h.schedules(ctx)
	case "freeze", "thaw":
		return h.freezeCommand(ctx, in, c, cmd)
	case "unsilence":
		return chat.Say("🔔 The silence has ended. What is still open is told again."), h.endSilence(ctx, in, cmd.Silence)
	case "silence":
		return h.silenceCommand(ctx, in, cmd)
	}
	r, err := h.find(ctx, cmd.Incident)
	if err != nil {
		return chat.Content{}, err
	}
	name := record.Finding(r.Incident())
	switch cmd.Name {
	case "ack":
		return chat.Say("👀 You are on it: " + name), h.acknowledge(ctx, in, r, cmd.Comment)
	case "resolve":
		return chat.Say("✅ Ending it: " + name + ". If its conditions still hold, it opens again."), h.resolve(ctx, in, r, cmd.Comment)
	}
	action, err := h.actionNamed(cmd.Action)
	if err != nil {
		return chat.Content{}, err
	}
	q := &eventv1.RunRequested{RunId: r.NextRun(action), Action: action, ChannelId: c.GetChannelId()}
	return chat.Say("⚙️ Asked for " + action + ": " + name + ". The incident's thread tells what comes of it."), h.run(ctx, in, r, q)
}

// silenceCommand silences what was named.
func (h *Handler) silenceCommand(ctx context.Context, in *eventv1.Inbound, cmd command.Command) (chat.Content, error) {
	until := when(in).Add(cmd.Duration)
	if len(cmd.Matchers) > 0 {
		s := &eventv1.Silence{EndsAt: timestamppb.New(until), Comment: cmd.Comment}
		for _, m := range cmd.Matchers {
			s.Matchers = append(s.Matchers, m.Proto())
		}
		s, err := h.addSilence(ctx, in, s)
		return silenced(s), err
	}
	r, err := h.find(ctx, cmd.Incident)
	if err != nil {
		return chat.Content{}, err
	}
	say := chat.Say("🔕 Silenced until it resolves: " + record.Finding(r.Incident()))
	if cmd.UntilResolved {
		return say, h.silenceOne(ctx, in, r, cmd.Comment)
	}
	say = chat.Say("🔕 Silenced for " + unit.Duration(cmd.Duration) + ": " + record.Finding(r.Incident()) + ", and what looks like it.")
	return say, h.silenceLike(ctx, in, r, until, cmd.Comment)
}

func silenced(s *eventv1.Silence) chat.Content {
	return chat.Content{Text: "Silenced: " + Scope(s), Parts: []chat.Part{chat.Lines{
		{chat.P("🔕 Silenced "), chat.C(Scope(s)), chat.P(" until "), chat.T(s.GetEndsAt().AsTime())},
		{chat.P("End it with "), chat.C("/parley unsilence " + s.GetId())}}}}
}

// find returns the one open incident whose id begins as typed.
func (h *Handler) find(ctx context.Context, text string) (*record.Record, error) {
	text = strings.Trim(text, "`<>. ")
	if !idLike(text) {
		return nil, refuse("unknown", "%q is no incident. /parley incidents lists them.", text)
	}
	var found []*record.Record
	for _, r := range h.Store.Remembered() {
		if r.ID == text {
			return h.Store.Fresh(ctx, r.ID)
		}
		if r.Incident() != nil && r.Open() && strings.HasPrefix(r.ID, text) {
			found = append(found, r)
		}
	}
	if len(found) == 0 {
		for _, c := range h.open(ctx) {
			if strings.HasPrefix(c.GetId(), text) {
				r, err := h.promote(ctx, c)
				if err != nil {
					return nil, err
				}
				found = append(found, r)
				if len(found) > 1 {
					break
				}
			}
		}
	}
	switch len(found) {
	case 0:
		return nil, refuse("unknown", "There is no open incident %s. /parley incidents lists them.", message.Cut(text, 40))
	case 1:
		return h.Store.Fresh(ctx, found[0].ID)
	}
	return nil, refuse("ambiguous", "Several incidents begin with %s: write more of the id.", message.Cut(text, 40))
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
