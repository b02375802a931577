package inbound

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/command"
)

// entry is a command: its words, and what it does.
type entry struct {
	command.Verb
	do func(*Handler, context.Context, *ask) (chat.Content, error)
}

// commands returns every command, in the order in which help lists them.
func commands() []entry {
	return []entry{
		{command.Status, (*Handler).status},
		{command.Incidents, (*Handler).incidents},
		{command.Why, (*Handler).why},
		{command.Whynot, (*Handler).whynot},
		{command.Ack, (*Handler).ack},
		{command.Unack, (*Handler).unackCommand},
		{command.Assign, (*Handler).assignCommand},
		{command.Resolve, (*Handler).resolveCommand},
		{command.Feedback, (*Handler).feedbackCommand},
		{command.Silence, (*Handler).silence},
		{command.Silences, (*Handler).silences},
		{command.Unsilence, (*Handler).unsilence},
		{command.Maintenance, (*Handler).maintenanceCommand},
		{command.Actions, (*Handler).actions},
		{command.Run, (*Handler).runCommand},
		{command.Approvals, (*Handler).approvals},
		{command.Reject, (*Handler).rejectCommand},
		{command.Undo, (*Handler).undoCommand},
		{command.Idle, (*Handler).idle},
		{command.Cost, (*Handler).cost},
		{command.Freeze, (*Handler).freezeCommand},
		{command.Thaw, (*Handler).freezeCommand},
		{command.Schedules, (*Handler).schedules},
		{command.Route, (*Handler).routeCommand},
		{command.Subscribe, (*Handler).subscribe},
		{command.Unsubscribe, (*Handler).unsubscribe},
		{command.Oncall, (*Handler).oncall},
		{command.Query, (*Handler).query},
		{command.Graph, (*Handler).graph},
		{command.Top, (*Handler).top},
		{command.Policy, (*Handler).policy},
		{command.Proposals, (*Handler).proposals},
		{command.Help, (*Handler).help},
	}
}

// ask is a command that a person wrote.
type ask struct {
	command.Command
	in   *eventv1.Inbound
	from *eventv1.Command
	// again: an earlier delivery may have answered.
	again bool
	// then, if the doing set it, is work that may take long: its answer comes
	// after the first one. It is not done again when this process dies.
	then func(context.Context) (chat.Content, error)
	// within bounds it; 0: thenFor.
	within time.Duration
}

const (
	// saySoon is after how long a person hears that their command is worked on.
	saySoon = 2 * time.Second
	// thenFor bounds the work behind a second answer, and slots how many such
	// there are at a time.
	thenFor = 30 * time.Second
	slots   = 8
)

// command does what a slash command asks for and always answers: within three
// seconds, and when it is done.
func (h *Handler) command(ctx context.Context, in *eventv1.Inbound, c *eventv1.Command, again bool) error {
	cmd, err := h.words.Parse(c.GetText())
	var wrong *command.Error
	if errors.As(err, &wrong) {
		h.answer(ctx, in, chat.Say(wrong.Text))
		return nil
	}
	a := &ask{Command: cmd, in: in, from: c, again: again}
	to := &reply{h: h, a: a}
	content, err := h.waiting(ctx, to)
	if err != nil {
		return err
	}
	to.say(ctx, content)
	if a.then == nil {
		return nil
	}
	select {
	case h.slots <- struct{}{}:
	default:
		to.more(ctx, chat.Say("There is too much to do at the moment for the rest of the answer. Please ask again in a minute."))
		return nil
	}
	h.later.Go(func() {
		defer func() { <-h.slots }()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cmp.Or(a.within, thenFor))
		defer cancel()
		content, err := a.then(ctx)
		var no *refusal
		switch {
		case errors.As(err, &no):
			content = chat.Say("🚫 " + no.text)
		case err != nil:
			h.Log.Warn("rest of an answer not made", "command", a.Name, "err", err)
			content = chat.Say("The rest of the answer could not be made. Please ask again in a minute.")
		}
		to.more(ctx, content)
	})
	return nil
}

// waiting does the command, and says so if it takes a while.
func (h *Handler) waiting(ctx context.Context, to *reply) (chat.Content, error) {
	type result struct {
		content chat.Content
		err     error
	}
	done := make(chan result, 1)
	go func() { // waited for below
		defer func() {
			if p := recover(); p != nil {
				done <- result{err: fmt.Errorf("command %s: panic: %v\n%s", to.a.Name, p, debug.Stack())}
			}
		}()
		content, err := h.doing[to.a.Name](h, ctx, to.a)
		done <- result{content, err}
	}()
	t := time.NewTimer(saySoon)
	defer t.Stop()
	select {
	case r := <-done:
		return r.content, r.err
	case <-t.C:
	}
	to.say(ctx, chat.Say("⏳ Still at it: /parley "+to.a.Name+" …"))
	r := <-done
	return r.content, r.err
}

// Wait returns when all second answers are given.
func (h *Handler) Wait() { h.later.Wait() }
