package inbound

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/explain"
	"github.com/parley-ops/parley/services/internal/nearest"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// policy shows, tests or mutes a policy.
func (h *Handler) policy(ctx context.Context, a *ask) (chat.Content, error) {
	e, err := h.policyNamed(ctx, a.Policy)
	if err != nil {
		return chat.Content{}, err
	}
	switch a.Sub {
	case "mute":
		s := &eventv1.Silence{Policy: e.Key, EndsAt: timestamppb.New(when(a.in).Add(a.Duration)), Comment: a.Comment}
		s, err := h.addSilence(ctx, a.in, s)
		if err != nil {
			return chat.Content{}, err
		}
		return silenced(s), nil
	case "test":
		return h.policyTest(ctx, a, e.Key)
	case "replay":
		return h.policyReplay(ctx, a, e.Key)
	}
	return h.policyShow(ctx, e), nil
}

// policyNamed returns a policy, or a refusal that names the nearest.
func (h *Handler) policyNamed(ctx context.Context, name string) (bus.Entry[*eventv1.PolicyDocument], error) {
	name = strings.Trim(name, "`")
	e, err := bus.Policies.Get(ctx, h.Conn, bus.Token(name))
	if err == nil && e.Key == name {
		return e, nil
	}
	if err != nil && !errors.Is(err, bus.ErrNotFound) {
		return e, err
	}
	names, err := h.policyNames(ctx)
	if err != nil {
		return e, err
	}
	text := fmt.Sprintf("There is no policy %q.", message.Cut(name, 60))
	if near := nearest.To(name, names); near != "" {
		text += fmt.Sprintf(" Did you mean %q?", near)
	} else if len(names) > 0 {
		text += " There are: " + message.Cut(strings.Join(names, ", "), 600) + "."
	}
	return e, refuse("unknown", "%s", text)
}

func (h *Handler) policyNames(ctx context.Context) ([]string, error) {
	all, err := bus.Policies.List(ctx, h.Conn)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.Key
	}
	return names, nil
}

// policyShow shows a policy's text, where it is from and what it has open.
func (h *Handler) policyShow(ctx context.Context, e bus.Entry[*eventv1.PolicyDocument]) chat.Content {
	now := time.Now()
	from := cmp.Or(explain.Author(e.Value), "nobody known")
	head := chat.Line{chat.B(e.Key), chat.P(fmt.Sprintf(" · revision %d by %s", e.Revision, message.Cut(from, 80)))}
	if e.Value.GetAt() != nil {
		head = append(head, chat.P(" of "), chat.T(e.Value.GetAt().AsTime()))
	}
	lines := chat.Lines{head}
	n := 0
	for _, c := range h.open(ctx) {
		if c.GetPolicy() != e.Key {
			continue
		}
		if n++; n > 5 {
			continue
		}
		lines = append(lines, chat.Line{chat.P(dot(c.GetSeverity()) + " "), chat.C(message.Short(c.GetId())), chat.P(" " + message.Cut(record.Finding(c), 150) +
			" · " + unit.Duration(now.Sub(c.GetOpenedAt().AsTime())))})
	}
	switch {
	case n == 0:
		lines = append(lines, chat.Line{chat.P("✅ It has nothing open.")})
	case n > 5:
		lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more open", n-5))})
	}
	for _, s := range h.Silences().Active(now) {
		if s.GetPolicy() == e.Key {
			lines = append(lines, chat.Line{chat.P("🔕 muted by " + s.GetAuthor() + " until "), chat.T(s.GetEndsAt().AsTime()), chat.P(" · "), chat.C("/parley unsilence " + s.GetId())})
		}
	}
	text := strings.Split(strings.TrimRight(e.Value.GetYaml(), "\n"), "\n")
	const most = 40
	var yaml chat.Lines
	for i, l := range text {
		if i == most {
			yaml = append(yaml, chat.Line{chat.P(fmt.Sprintf("… and %d more lines", len(text)-i))})
			break
		}
		yaml = append(yaml, chat.Line{chat.C(message.Cut(l, 300))})
	}
	parts := []chat.Part{lines, yaml}
	return chat.Content{Text: fmt.Sprintf("Policy %s: revision %d, %d open", e.Key, e.Revision, n), Parts: parts}
}
