package inbound

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/permission"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// homeApprovals are the runs that wait for this person's yes or no. Who is in a
// group is as it was read a while ago: when they decide, it is read anew.
func (h *Handler) homeApprovals(ctx context.Context, in *eventv1.Inbound, now time.Time) []chat.Part {
	unknown := chat.Note{{chat.P("What waits for your approval cannot be read at the moment.")}}
	runs, err := h.runs(ctx)
	if err != nil {
		return []chat.Part{unknown}
	}
	waiting := undecided(runs, now)
	if len(waiting) == 0 {
		return nil
	}
	actor, err := h.actor(ctx, in)
	if err != nil {
		return []chat.Part{chat.Note{{chat.P("What waits for your approval is not known at the moment: the chat does not say which groups you are in.")}}}
	}
	var out []chat.Part
	n := 0
	v := message.View{Key: h.Key(), Channel: chat.HomeOf(in.GetPerson().GetId()), Now: now}
	for _, c := range waiting {
		if askedBy(c, in) || !permission.Allows(c.GetApprovers(), actor) {
			continue
		}
		if n++; n > homeRows {
			continue
		}
		r, run, err := h.recorded(ctx, c)
		if err != nil {
			return []chat.Part{unknown}
		}
		out = append(out, message.Approval(r, run, v)...)
	}
	if n == 0 {
		return nil
	}
	head := "✋ 1 action waits for your approval"
	if n > 1 {
		head = fmt.Sprintf("✋ %d actions wait for your approval", n)
	}
	out = append([]chat.Part{chat.Lines{{chat.B(head)}}}, out...)
	if n > homeRows {
		out = append(out, chat.Lines{{chat.P(fmt.Sprintf("… and %d more: ", n-homeRows)), chat.C("/parley approvals")}})
	}
	return out
}

// homeSilences are a person's own.
func (h *Handler) homeSilences(me record.Who, now time.Time) []chat.Part {
	var out []chat.Part
	n := 0
	all := h.Silences().Active(now)
	slices.SortFunc(all, func(a, b *eventv1.Silence) int { return a.GetEndsAt().AsTime().Compare(b.GetEndsAt().AsTime()) })
	for _, s := range all {
		if s.GetMaintenance() != "" || !theirs(s, me) {
			continue
		}
		if n++; n > homeRows {
			continue
		}
		line := chat.Line{chat.P("🔕 "), chat.C(message.Cut(Scope(s), 200)), chat.P(" until "), chat.T(s.GetEndsAt().AsTime())}
		if s.GetUntilResolved() || s.GetIncidentId() != "" {
			line = append(line, chat.P(" at the latest"))
		}
		if s.GetComment() != "" {
			line = append(line, chat.P(": "+message.Cut(s.GetComment(), 100)))
		}
		out = append(out, chat.Lines{line}, chat.Buttons{
			chat.Button{ID: message.ExtendButton, Text: "Extend 4 h", Value: extendValue(s)},
			chat.Button{ID: message.UnsilenceButton, Text: "End it", Value: s.GetId()}})
	}
	if n == 0 {
		return nil
	}
	out = append([]chat.Part{chat.Lines{{chat.B("Your silences")}}}, out...)
	if n > homeRows {
		out = append(out, chat.Lines{{chat.P(fmt.Sprintf("… and %d more: ", n-homeRows)), chat.C("/parley silences")}})
	}
	return out
}

// theirs reports whether a person made a silence. Those of before ids were noted
// say a name alone.
func theirs(s *eventv1.Silence, me record.Who) bool {
	if s.GetAuthorId() != "" {
		return s.GetAuthorId() == me.ID && s.GetAuthorBackend() == me.Backend
	}
	return s.GetAuthor() == me.Mention()
}

// noisiest is how many policies a home names.
const noisiest = 3

// homeNoise says how much was told this month and what of it was worth it.
func (h *Handler) homeNoise(ctx context.Context, now time.Time) (parts []chat.Part, known bool) {
	ctx, cancel := context.WithTimeout(ctx, 2*previewFor)
	defer cancel()
	all := h.past(ctx)
	if all == nil && !h.pastRead() {
		return []chat.Part{chat.Note{{chat.P("This month's messages are still being counted.")}}}, false
	}
	m := monthOf(all, now)
	text := fmt.Sprintf("This month: %s, %s", several(m.incidents, "incident"), several(m.messages, "message"))
	if m.useful+m.noise > 0 {
		text += fmt.Sprintf(" · 👍 %d useful, 👎 %d noise", m.useful, m.noise)
	}
	parts = append(parts, chat.Lines{{chat.B(text)}})
	for _, p := range m.noisy {
		line := chat.Line{chat.P("📣 "), chat.C(message.Cut(p.policy, 100)), chat.P(fmt.Sprintf(": %s, %s", several(p.incidents, "incident"), several(p.messages, "message")))}
		if p.useful+p.noise > 0 {
			line = append(line, chat.P(fmt.Sprintf(" · 👍 %d 👎 %d", p.useful, p.noise)))
		}
		parts = append(parts, chat.Lines{line})
		if h.muted(p.policy, now) {
			parts = append(parts, chat.Note{{chat.P("muted")}})
			continue
		}
		parts = append(parts, chat.Buttons{chat.Button{ID: message.MuteButton, Text: "Mute 1 day", Value: p.policy,
			Confirm: &chat.Confirm{Title: "Mute for 1 day?", Text: "Incidents of " + message.Cut(p.policy, 100) + " are still watched and recorded, but nobody is told of them for 1 day. It stands among your silences, where you can end it.",
				Yes: "Mute", No: "Leave it"}}})
	}
	return parts, true
}

// muted reports whether a silence of a whole policy is in force.
func (h *Handler) muted(policy string, now time.Time) bool {
	return slices.ContainsFunc(h.Silences().Active(now), func(s *eventv1.Silence) bool {
		return s.GetPolicy() == policy && len(s.GetMatchers()) == 0 && s.GetIncidentId() == ""
	})
}

// loudness is what was told of a policy, or of all.
type loudness struct {
	policy                             string
	incidents, messages, useful, noise int
	// vain are the messages of incidents that nobody found useful.
	vain int
}

func (l *loudness) add(t told) {
	l.incidents++
	l.messages += t.messages
	l.useful += t.useful
	l.noise += t.noise
	if t.useful == 0 {
		l.vain += t.messages
	}
}

// month is what was told in a calendar month.
type month struct {
	loudness
	noisy []loudness
}

// monthOf sums up the month that now is in, and names the policies that tell
// most in vain: of three incidents at least, or called noise.
func monthOf(all []told, now time.Time) month {
	now = now.UTC()
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	var m month
	by := map[string]*loudness{}
	for _, t := range all {
		if t.opened.Before(first) {
			continue
		}
		m.add(t)
		if by[t.policy] == nil {
			by[t.policy] = &loudness{policy: t.policy}
		}
		by[t.policy].add(t)
	}
	for _, p := range by {
		if p.policy != "" && p.vain > 0 && (p.incidents >= 3 || p.noise > 0) {
			m.noisy = append(m.noisy, *p)
		}
	}
	slices.SortFunc(m.noisy, func(a, b loudness) int {
		return cmp.Or(cmp.Compare(b.vain, a.vain), cmp.Compare(b.noise, a.noise), strings.Compare(a.policy, b.policy))
	})
	m.noisy = m.noisy[:min(noisiest, len(m.noisy))]
	return m
}

func several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// mutePolicy mutes a whole policy for a day, unless it is muted.
func (h *Handler) mutePolicy(ctx context.Context, in *eventv1.Inbound, policy string) error {
	e, err := h.policyNamed(ctx, policy)
	if err != nil {
		return err
	}
	if h.muted(e.Key, when(in)) {
		return nil
	}
	_, err = h.addSilence(ctx, in, &eventv1.Silence{Policy: e.Key, EndsAt: timestamppb.New(when(in).Add(24 * time.Hour)), Comment: "muted at home"})
	return err
}
