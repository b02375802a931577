package inbound

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

const (
	// proposeFor bounds the replays behind proposals.
	proposeFor = 15 * time.Minute
	// mostProposed is how many are told at once.
	mostProposed = 5
)

// proposals says at once that it looks, and then which changes of policies would
// have kept noise away.
func (h *Handler) proposals(_ context.Context, a *ask) (chat.Content, error) {
	a.within = proposeFor
	a.then = func(ctx context.Context) (chat.Content, error) {
		p, err := h.propose(ctx)
		if errors.Is(err, bus.ErrNoAnswer) {
			return chat.Content{}, refuse("no_answer", noAnswer)
		}
		if err != nil {
			return chat.Content{}, err
		}
		return proposed(p), nil
	}
	return chat.Say("⏳ Replaying what is stored, to see which changes of noisy policies would have helped …"), nil
}

// propose asks an evaluator for the changes that are worth it.
func (h *Handler) propose(ctx context.Context) (*eventv1.ProposeAnswer, error) {
	noisy := h.Noisy()
	if len(noisy) == 0 {
		return &eventv1.ProposeAnswer{}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, proposeFor)
	defer cancel()
	return bus.Ask(ctx, h.Conn, bus.ProposeQuestion, &eventv1.ProposeQuery{Evidence: noisy})
}

// proposed shows proposals to who asked for them.
func proposed(p *eventv1.ProposeAnswer) chat.Content {
	switch {
	case p.GetError() != "":
		return chat.Say("No changes can be tried: " + message.Cut(p.GetError(), 600))
	case len(p.GetTried()) == 0:
		return chat.Say("✅ No policy is noisy enough to change: that takes three incidents that were called noise, or went away unheeded, and a third of all.")
	case len(p.GetProposals()) == 0:
		return chat.Say("No change of " + message.Cut(strings.Join(p.GetTried(), ", "), 300) + " would have removed noise and kept every useful incident, " + over(p) + ".")
	}
	out := chat.Content{Text: kept(p)}
	for i, one := range p.GetProposals() {
		if i == mostProposed {
			out.Parts = append(out.Parts, chat.Note{{chat.P(fmt.Sprintf("… and %d more", len(p.GetProposals())-i))}})
			break
		}
		out.Parts = append(out.Parts, chat.Lines{{chat.P("💡 "), chat.B(one.GetPolicy()), chat.P(": " + message.Cut(one.GetChange(), 200))}, {chat.P(message.Cut(one.GetEffect(), 300))}},
			chat.Note{{chat.P(message.Cut(one.GetProof(), 300))}})
	}
	out.Parts = append(out.Parts, chat.Note{{chat.C("parley policy propose"), chat.P(" at the command line shows the changed policies, and writes them")}})
	return out
}

// kept counts proposals in words.
func kept(p *eventv1.ProposeAnswer) string {
	return several(len(p.GetProposals()), "change") + " of policies would have kept noise away"
}

// over says in what history was looked.
func over(p *eventv1.ProposeAnswer) string {
	if p.GetFrom() == nil {
		return "and no history is stored to try one on"
	}
	return "in the " + unit.Duration(p.GetTo().AsTime().Sub(p.GetFrom().AsTime())) + " that are stored"
}

// ProposeWeekly tells a week's proposals in a channel, once, whoever comes first.
// A week without any is noted and not told.
func (h *Handler) ProposeWeekly(ctx context.Context, at time.Time, channel string) error {
	id := record.NoticeID("proposals", at.Format(time.DateOnly))
	if r, err := h.Store.Fresh(ctx, id); err != nil || r != nil {
		return err
	}
	p, err := h.propose(ctx)
	if err == nil && p.GetError() != "" {
		err = errors.New(p.GetError())
	}
	if err != nil {
		return err
	}
	n := &record.Notice{At: at, Icon: "💡", Text: kept(p) + " " + over(p)}
	if len(p.GetProposals()) == 0 {
		return h.Say(ctx, id, n, nil)
	}
	for i, one := range p.GetProposals() {
		if i == mostProposed {
			n.More = append(n.More, fmt.Sprintf("… and %d more", len(p.GetProposals())-i))
			break
		}
		n.More = append(n.More, fmt.Sprintf("%s: %s — %s", one.GetPolicy(), one.GetChange(), one.GetEffect()))
	}
	n.More = append(n.More, "/parley proposals says how far that is proven; parley policy propose at the command line writes the changed policies.")
	return h.Say(ctx, id, n, []string{channel})
}
