package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/unit"
)

// Rows says it in lines. combination is how the conditions combine.
func (w *Why) Rows(combination string, clock Clock) []Row {
	var rows []Row
	line := func(name, text string) { rows = append(rows, Row{name, text}) }
	for n, text := range w.Judged {
		line(pick(n == 0, "judged", ""), text)
	}
	if len(w.Judged) > 1 {
		line("", "wanted: "+combination)
	}
	if w.DataAgeSeconds > 0 {
		line("data", unit.Duration(time.Duration(w.DataAgeSeconds*float64(time.Second)))+" old when it was judged")
	}
	if w.Importance != "" {
		line("importance", w.Importance)
	}
	line("policy", w.policyText(clock))
	line("channels", pick(w.RoutedBy == "policy", "named by the policy", "chosen by the notifier's routes: the policy names none"))
	if w.Silence != nil {
		text := "silence " + w.Silence.ID
		if w.Silence.Is != "" {
			text += " (" + w.Silence.Is + ")"
		}
		if w.Silence.By != "" {
			text += " by " + w.Silence.By
		}
		if w.Silence.Until != nil {
			text += " until " + clock(*w.Silence.Until)
		}
		line("silenced", text)
	}
	for _, t := range w.toldText() {
		line("told", t)
	}
	for _, s := range w.Suppressed {
		line("held back", s.words(clock))
	}
	if w.Useful+w.Noise > 0 {
		line("feedback", fmt.Sprintf("%d × useful, %d × noise", w.Useful, w.Noise))
	}
	if o := w.Owner; o != nil {
		text := o.Owner + pick(o.Asked == nil, " is asked first, and was not yet", " was asked")
		if o.Lapsed != nil {
			text += ", and did not answer until " + clock(*o.Lapsed)
		}
		line("owner", text)
	}
	return rows
}

// words says it with its place and times.
func (s *Suppressed) words(clock Clock) string {
	text := s.Text + ", from " + clock(s.At)
	if s.Channel != "" {
		text = s.Channel + ": " + text
	}
	switch {
	case s.Over != nil:
		text += " to " + clock(*s.Over)
	case s.Until != nil:
		text += " until " + clock(*s.Until)
	}
	return text
}

func (w *Why) policyText(clock Clock) string {
	if w.PolicyRevision == 0 {
		return "it is no more"
	}
	text := fmt.Sprintf("revision %d", w.PolicyRevision)
	if w.PolicyBy != "" {
		text += " by " + w.PolicyBy
	}
	if w.PolicyAt != nil {
		text += " of " + clock(*w.PolicyAt)
	}
	if w.PolicyChanged {
		text += ": newer than what judged this incident"
	}
	return text
}

// toldText says what stands for the incident in each channel, or why nothing.
func (w *Why) toldText() []string {
	var out []string
	for _, p := range w.Places {
		text := p.Channel + ": "
		switch {
		case p.Group != "":
			text += cmp.Or(p.where, "in a message for many") + " (" + p.Group + ")"
		case p.Message != "":
			text += "in its own message (" + p.Message + ")"
		default:
			text += "not sent yet"
		}
		if p.Note != "" {
			text += " (" + p.Note + ")"
		}
		out = append(out, text)
	}
	switch {
	case len(out) > 0:
	case !w.Recorded:
		out = append(out, "nowhere yet: it is pending, or on its way")
	case w.Held && slices.ContainsFunc(w.Suppressed, func(s Suppressed) bool { return s.Kind == "dependency" && s.Over == nil }):
		out = append(out, "not by itself: in the message of what it follows from")
	case w.Held:
		out = append(out, "nowhere: it opened while it was silenced")
	default:
		out = append(out, "nowhere yet")
	}
	return out
}

// About says what a silence is about.
func About(s *eventv1.Silence) string {
	var parts []string
	ms, err := label.MatchersFromProto(s.GetMatchers())
	if err == nil {
		for _, m := range ms {
			parts = append(parts, m.String())
		}
	}
	if s.GetPolicy() != "" {
		parts = append(parts, "policy "+s.GetPolicy())
	}
	if s.GetIncidentId() != "" {
		parts = append(parts, "incident "+s.GetIncidentId())
	}
	return strings.Join(parts, ", ")
}

// Author names whom a policy is from: a person, or the evaluator's folder, also
// where it was an evaluator that wrote it down.
func Author(p *eventv1.PolicyDocument) string {
	return pick(p.GetOrigin() == "file", "the evaluator's folder", p.GetAuthor())
}

func at(t *timestamppb.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	return new(t.AsTime())
}

func pick(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}
