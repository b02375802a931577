package inbound

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/rehearsal"
)

const (
	// storedFor bounds the replay of what is stored: an evaluator reads for 18
	// seconds and tells how far it came.
	storedFor = 22 * time.Second
	// runsListed is how many runs of an action are told one by one.
	runsListed = 2
)

// policyReplay says at once that it looks, and then what the policy would have
// done over what is stored, with a picture; with other values in its conditions,
// what that would change.
func (h *Handler) policyReplay(_ context.Context, a *ask, name string) (chat.Content, error) {
	changed, _ := a.Own.(map[string]string)
	with := ""
	for _, k := range slices.Sorted(maps.Keys(changed)) {
		with += " " + k + "=" + changed[k]
	}
	with = message.Cut(strings.TrimSpace(with), 200)
	a.then = func(ctx context.Context) (chat.Content, error) {
		one, cancel := context.WithTimeout(ctx, storedFor)
		defer cancel()
		r, err := bus.Ask(one, h.Conn, bus.ReplayQuestion, &eventv1.ReplayQuery{Policy: name, Since: timestamppb.New(time.Now().Add(-a.Duration)), Changed: changed})
		switch {
		case errors.Is(err, bus.ErrNoAnswer), errors.Is(err, context.DeadlineExceeded):
			return chat.Content{}, refuse("no_answer", noAnswer)
		case err != nil:
			return chat.Content{}, err
		case r.GetError() != "":
			return chat.Say("The policy " + name + " cannot be replayed: " + message.Cut(r.GetError(), 600)), nil
		case r.GetSeries() == 0:
			return chat.Say("Nothing is stored of that time."), nil
		}
		return h.storedReplay(ctx, a, name, with, r)
	}
	text := "⏳ Replaying the policy " + name + " over the last " + unit.Duration(a.Duration)
	if with != "" {
		text += ", and with " + with
	}
	return chat.Say(text + " …"), nil
}

// storedReplay shows what came of a policy, and what a change of it would change.
func (h *Handler) storedReplay(ctx context.Context, a *ask, name, with string, r *eventv1.ReplayAnswer) (chat.Content, error) {
	until := r.GetTo().AsTime()
	before, err := h.Rehearse(ctx, r.GetBefore(), until)
	if err != nil {
		return chat.Content{}, err
	}
	after := before
	if with != "" {
		if after, err = h.Rehearse(ctx, r.GetAfter(), until); err != nil {
			return chat.Content{}, err
		}
	}
	text := fmt.Sprintf("In %s the policy %s would have opened %s", unit.Duration(until.Sub(r.GetFrom().AsTime())), name, incidents(before.Incidents))
	if with != "" {
		text += fmt.Sprintf("; with %s it would be %d", with, after.Incidents)
	}
	content := chat.Content{Text: text, Parts: []chat.Part{retold(text, &before, &after)}}
	note := chat.Note{{chat.P("Judged and told by the code that does so live, under the routes, silences and windows as they are now.")}}
	if n := r.GetLeftOut(); n > 0 {
		note = append(note, chat.Line{chat.P(fmt.Sprintf("Of the newest incidents alone: %d older ones are not counted.", n))})
	}
	if w := r.GetNote(); w != "" {
		note = append(note, chat.Line{chat.P(capital(w) + ".")})
	}
	up, ok := h.Backend.(chat.Uploader)
	if ok && before.Incidents+after.Incidents > 0 {
		title := "Policy " + name
		if with != "" {
			title += " with " + with
		}
		q := &eventv1.DrawQuery{From: r.GetFrom(), To: r.GetTo(), Lives: &eventv1.Lives{Title: title, Subtitle: text,
			Lanes: rehearsal.Lives(before.Lives, after.Lives, with != "", until)}}
		picture, err := h.picture(ctx, up, a, q)
		var no *refusal
		switch {
		case errors.As(err, &no):
			note = append(note, chat.Line{chat.P("No picture: " + no.text + ".")})
		case err != nil:
			return chat.Content{}, err
		default:
			content.Parts = append(content.Parts, picture.Parts...)
		}
	}
	content.Parts = append(content.Parts, note)
	return content, nil
}

// incidents counts them in words.
func incidents(n int) string {
	switch n {
	case 0:
		return "nothing"
	case 1:
		return "1 incident"
	}
	return fmt.Sprintf("%d incidents", n)
}

// retold is the text, and below it what people would have been told, and what would
// have run by itself.
func retold(text string, before, after *rehearsal.Report) chat.Lines {
	lines := chat.Lines{{chat.B(text + ".")}}
	for _, c := range rehearsal.Channels(before, after) {
		lines = append(lines, chat.Line{chat.P(fmt.Sprintf("• %s: %s messages, %s edits, %s replies", c.Before.Name,
			rehearsal.Turns(c.Before.Messages, c.After.Messages), rehearsal.Turns(c.Before.Edits, c.After.Edits), rehearsal.Turns(c.Before.Replies, c.After.Replies)))})
	}
	if held := rehearsal.HeldWords(before, after); held != "" {
		lines = append(lines, chat.Line{chat.P("• incidents: " + held)})
	}
	for _, x := range rehearsal.ActionWords(before, after) {
		lines = append(lines, chat.Line{chat.P("• " + message.Cut(x.Text, 300))})
		for _, run := range x.Runs[:min(len(x.Runs), runsListed)] {
			lines = append(lines, chat.Line{chat.P("   "), chat.T(run.At), chat.P(" " + message.Cut(run.Plan, 200))})
		}
	}
	if waste := rehearsal.WasteWords(before, after); waste != "" {
		lines = append(lines, chat.Line{chat.P("• " + waste)})
	}
	return lines
}
