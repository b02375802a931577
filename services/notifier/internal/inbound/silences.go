package inbound

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// silence silences what was named.
func (h *Handler) silence(ctx context.Context, cmd *ask) (chat.Content, error) {
	until := when(cmd.in).Add(cmd.Duration)
	if len(cmd.Matchers) > 0 {
		s := &eventv1.Silence{EndsAt: timestamppb.New(until), Comment: cmd.Comment, UntilResolved: cmd.UntilResolved}
		for _, m := range cmd.Matchers {
			s.Matchers = append(s.Matchers, m.Proto())
		}
		s, err := h.addSilence(ctx, cmd.in, s)
		return silenced(s), err
	}
	r, err := h.find(ctx, cmd.Incident)
	if err != nil {
		return chat.Content{}, err
	}
	say := chat.Say("🔕 Silenced until it resolves: " + record.Finding(r.Incident()))
	if cmd.UntilResolved {
		return say, h.silenceOne(ctx, cmd.in, r, until, cmd.Comment)
	}
	say = chat.Say("🔕 Silenced for " + unit.Duration(cmd.Duration) + ": " + record.Finding(r.Incident()) + ", and what looks like it.")
	return say, h.silenceLike(ctx, cmd.in, r, until, cmd.Comment)
}

func silenced(s *eventv1.Silence) chat.Content {
	line := chat.Line{chat.P("🔕 Silenced "), chat.C(Scope(s)), chat.P(" until "), chat.T(s.GetEndsAt().AsTime())}
	if s.GetUntilResolved() {
		line = chat.Line{chat.P("🔕 Silenced "), chat.C(Scope(s)), chat.P(" until all of it resolves, at the latest "), chat.T(s.GetEndsAt().AsTime())}
	}
	return chat.Content{Text: "Silenced: " + Scope(s), Parts: []chat.Part{chat.Lines{
		line,
		{chat.P("End it with "), chat.C("/parley unsilence " + s.GetId())}}}}
}

// unsilence ends a silence.
func (h *Handler) unsilence(ctx context.Context, a *ask) (chat.Content, error) {
	return chat.Say("🔔 The silence has ended. What is still open is told again."), h.endSilence(ctx, a.in, a.Silence)
}

// silences answers with what is silenced.
func (h *Handler) silences(context.Context, *ask) (chat.Content, error) {
	all := h.Silences().Active(time.Now())
	if len(all) == 0 {
		return chat.Say("🔔 Nothing is silenced."), nil
	}
	slices.SortFunc(all, func(a, b *eventv1.Silence) int { return a.GetEndsAt().AsTime().Compare(b.GetEndsAt().AsTime()) })
	var lines chat.Lines
	for i, s := range all {
		if i == rows {
			lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more", len(all)-i))})
			break
		}
		if s.GetMaintenance() != "" {
			lines = append(lines, chat.Line{chat.P("🔧 maintenance "), chat.B(message.Cut(s.GetMaintenance(), 80)), chat.P(" "), chat.C(message.Cut(Scope(s), 200)), chat.P(" until "), chat.T(s.GetEndsAt().AsTime()),
				chat.P(" by " + s.GetAuthor())})
			continue
		}
		line := chat.Line{chat.P("🔕 "), chat.C(s.GetId()), chat.P(" "), chat.C(message.Cut(Scope(s), 200)), chat.P(" until "), chat.T(s.GetEndsAt().AsTime()),
			chat.P(" by " + s.GetAuthor())}
		if s.GetComment() != "" {
			line = append(line, chat.P(": "+message.Cut(s.GetComment(), 100)))
		}
		lines = append(lines, line)
	}
	return chat.Content{Text: fmt.Sprintf("%d silences", len(all)), Parts: []chat.Part{lines}}, nil
}
