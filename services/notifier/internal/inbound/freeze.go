package inbound

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

var accountID = regexp.MustCompile(`^[0-9]{12}$`)

// freezeCommand asks that no action begins, or that they may again.
func (h *Handler) freezeCommand(ctx context.Context, cmd *ask) (chat.Content, error) {
	account, reason, err := h.frozenWhat(ctx, cmd)
	if err != nil {
		return chat.Content{}, err
	}
	id := "f" + record.RunID(cmd.in.GetId(), cmd.Name, 0)[:15]
	order := &eventv1.FreezeOrder{Id: id, Account: account, Thaw: cmd.Name == "thaw", Reason: reason}
	if err := h.freeze(ctx, cmd.in, order, cmd.from.GetChannelId()); err != nil {
		return chat.Content{}, err
	}
	if order.Thaw {
		return chat.Say("🔥 Asked that actions " + where(account) + " may begin again. It takes the word of two people; the channel hears what comes of it."), nil
	}
	return chat.Say("🧊 Asked that no action begins " + where(account) + ". The channel hears when it is so; " + "/parley thaw ends it, by two people."), nil
}

// frozenWhat reads the account: an id, a name of one that is watched, or all.
func (h *Handler) frozenWhat(ctx context.Context, cmd *ask) (account, reason string, err error) {
	first, rest, _ := strings.Cut(cmd.Comment, " ")
	switch {
	case strings.EqualFold(first, "all"):
		return "", strings.TrimSpace(rest), nil
	case accountID.MatchString(first):
		return first, strings.TrimSpace(rest), nil
	case first == "":
		return "", "", nil
	}
	costs, err := bus.WatchCosts.List(ctx, h.Conn)
	if err != nil {
		return "", "", err
	}
	for _, e := range costs {
		if strings.EqualFold(e.Value.GetAccountName(), first) {
			return e.Value.GetAccount(), strings.TrimSpace(rest), nil
		}
	}
	return "", cmd.Comment, nil
}

// freeze asks the actioner. Asking twice is one.
func (h *Handler) freeze(ctx context.Context, in *eventv1.Inbound, o *eventv1.FreezeOrder, channel string) error {
	if !idLike(o.GetId()) {
		return refuse("invalid", "The id %q is none.", message.Cut(o.GetId(), 40))
	}
	if o.GetAccount() != "" && !accountID.MatchString(o.GetAccount()) {
		return refuse("invalid", "%q is no AWS account: write its 12 digits, or all.", message.Cut(o.GetAccount(), 40))
	}
	actor, err := h.actor(ctx, in)
	if err != nil {
		return err
	}
	q := &eventv1.FreezeRequested{Id: o.GetId(), Account: o.GetAccount(), Thaw: o.GetThaw(), Reason: message.Cut(o.GetReason(), 300), Actor: actor, At: now(in), ChannelId: channel}
	if _, err := bus.Publish(ctx, h.Conn, bus.ActionRequests(q.GetId()), "freeze/"+q.GetId(),
		&eventv1.ActionMessage{Message: &eventv1.ActionMessage_Freeze{Freeze: q}}); err != nil {
		return err
	}
	what := "freeze asked for"
	if q.GetThaw() {
		what = "thaw asked for"
	}
	h.audit(ctx, in, what, or(q.GetAccount(), "all"), "", q.GetReason())
	return nil
}

// where says in words what a freeze is of.
func where(account string) string {
	if account == "" {
		return "anywhere"
	}
	return "in account " + account
}

// schedules answers with what is to be done by itself, and what is frozen.
func (h *Handler) schedules(ctx context.Context, _ *ask) (chat.Content, error) {
	all, err := bus.Schedules.List(ctx, h.Conn)
	if err != nil {
		return chat.Content{}, err
	}
	frozen, err := bus.Freezes.List(ctx, h.Conn)
	if err != nil {
		return chat.Content{}, err
	}
	slices.SortFunc(all, func(a, b bus.Entry[*eventv1.Schedule]) int {
		return a.Value.GetDue().AsTime().Compare(b.Value.GetDue().AsTime())
	})
	lines := chat.Lines{}
	for _, f := range frozen {
		line := chat.Line{chat.P("🧊 no action begins " + where(f.Value.GetAccount()) + ", said " + or(f.Value.GetBy().GetPerson().GetName(), f.Value.GetBy().GetPerson().GetId()) + " · "), chat.T(f.Value.GetAt().AsTime())}
		if r := f.Value.GetReason(); r != "" {
			line = append(line, chat.P(": "+message.Cut(r, 200)))
		}
		if t := f.Value.GetThawBy().GetPerson(); t != nil {
			line = append(line, chat.P(" · "+or(t.GetName(), t.GetId())+" wants it ended; one more has to agree"))
		}
		lines = append(lines, line)
	}
	for i, s := range all {
		if i == rows {
			lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more", len(all)-i))})
			break
		}
		line := chat.Line{chat.P("⏰ "), chat.T(s.Value.GetDue().AsTime()), chat.P(" " + message.Cut(or(s.Value.GetText(), s.Value.GetRequest().GetAction()), 250))}
		if late := time.Since(s.Value.GetDue().AsTime()); late > time.Minute {
			line = append(line, chat.P(" · overdue"))
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return chat.Say("⏰ Nothing is scheduled, and nothing is frozen."), nil
	}
	return chat.Content{Text: fmt.Sprintf("%d scheduled, %d frozen", len(all), len(frozen)), Parts: []chat.Part{lines}}, nil
}
