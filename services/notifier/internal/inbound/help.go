package inbound

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/nearest"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/command"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// help answers with what a command does, or what anything else is.
func (h *Handler) help(ctx context.Context, a *ask) (chat.Content, error) {
	about := strings.Trim(strings.TrimSpace(a.Comment), "`?\"")
	if about == "" {
		return h.words.All(), nil
	}
	if c, ok := h.words.Help(about); ok {
		return c, nil
	}
	if text, ok := command.Meanings[strings.TrimSuffix(strings.ToLower(about), "s")]; ok {
		return chat.Say(capital(about) + ": " + text), nil
	}
	if doc := h.Actions()[about]; doc != nil {
		return aboutAction(about, doc), nil
	}
	e, err := bus.Policies.Get(ctx, h.Conn, bus.Token(about))
	if err == nil && e.Key == about {
		return h.policyShow(ctx, e), nil
	}
	if err != nil && !errors.Is(err, bus.ErrNotFound) {
		return chat.Content{}, err
	}
	metrics, _ := h.metrics(ctx) // without evaluators there is still the rest
	for _, m := range metrics {
		if m.GetName() == about {
			return aboutMetric(m), nil
		}
	}
	return h.nearestHelp(ctx, about, metrics)
}

func aboutMetric(m *eventv1.MetricName) chat.Content {
	text := fmt.Sprintf("%s is a metric with %d series", m.GetName(), m.GetSeries())
	if m.GetUnit() != "" {
		text += ", in " + m.GetUnit()
	}
	return chat.Content{Text: text, Parts: []chat.Part{chat.Lines{{chat.P("📈 "), chat.B(text)},
		{chat.C("/parley graph " + m.GetName()), chat.P(" draws it")}, {chat.C("/parley top " + m.GetName()), chat.P(" lists the highest")}}}}
}

func aboutAction(name string, doc *eventv1.ActionDocument) chat.Content {
	lines := chat.Lines{{chat.P("⚙️ "), chat.C(name), chat.P(" "), chat.B(message.Title(doc))}}
	if d := doc.GetDescription(); d != "" {
		lines = append(lines, chat.Line{chat.P(message.Cut(d, 600))})
	}
	who := "may run it: " + people(doc.GetAllow())
	if doc.GetNeedsApproval() {
		who += " · a second person approves"
	}
	lines = append(lines, chat.Line{chat.P(message.Cut(who, 300))}, chat.Line{chat.C("/parley run " + name + " <incident>")})
	return chat.Content{Text: "Action " + name + ": " + message.Title(doc), Parts: []chat.Part{lines}}
}

// nearestHelp names what was perhaps meant, of all that there is help about.
func (h *Handler) nearestHelp(ctx context.Context, about string, metrics []*eventv1.MetricName) (chat.Content, error) {
	policies, err := h.policyNames(ctx)
	if err != nil {
		return chat.Content{}, err
	}
	all := slices.Concat(h.words.Names(), slices.Sorted(maps.Keys(command.Meanings)), slices.Sorted(maps.Keys(h.Actions())), policies)
	for _, m := range metrics {
		all = append(all, m.GetName())
	}
	text := fmt.Sprintf("There is no command, policy, action, metric or word %q.", message.Cut(about, 60))
	if near := nearest.To(about, all); near != "" {
		return chat.Say(fmt.Sprintf("%s Did you mean %q? /parley help %s says more.", text, near, near)), nil
	}
	return chat.Say(text + " /parley help lists the commands."), nil
}

// capital makes the first letter a capital one.
func capital(s string) string {
	if s == "" {
		return s
	}
	r := []rune(s)
	return strings.ToUpper(string(r[0])) + string(r[1:])
}
