package message

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/lasting"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
)

// SilenceForms is the callback of the form that makes a silence.
const SilenceForms = "silence"

// The fields of that form.
const (
	SilenceHow   = "how"
	SilenceUntil = "until"
	SilenceWhich = "which"
	SilenceWhy   = "why"
)

// Lasting is how long a silence may last. Resolved ones end when nothing that
// they are about is open any more, At ones at a time that is entered.
type Lasting struct {
	Value, Text  string
	For          time.Duration
	Resolved, At bool
}

// Lastings are what the form offers, the usual one first.
func Lastings() []Lasting {
	const day = 24 * time.Hour
	return []Lasting{
		{Value: "resolved-1d", Text: "Until it resolves, at most 1 day", For: day, Resolved: true},
		{Value: "resolved-7d", Text: "Until it resolves, at most 7 days", For: 7 * day, Resolved: true},
		{Value: "1h", Text: "1 hour", For: time.Hour}, {Value: "4h", Text: "4 hours", For: 4 * time.Hour},
		{Value: "1d", Text: "1 day", For: day}, {Value: "7d", Text: "7 days", For: 7 * day},
		{Value: "at", Text: "Until a time that I choose", At: true}}
}

// mostBoxes is how many boxes a chat takes in one row.
const mostBoxes = 10

// policyBox is the box of the policy; a label's is labelBox and its name.
const (
	policyBox = "policy"
	labelBox  = "label="
)

// Boxes are what a silence of what looks like an incident can be about: its
// policy and its most telling labels.
func Boxes(c *eventv1.IncidentChanged) []chat.Option {
	out := []chat.Option{{Text: "policy = " + Cut(c.GetPolicy(), 60), Value: policyBox}}
	for _, l := range telltale(c) {
		if len(out) < mostBoxes && len(l.GetName()) <= 100 {
			out = append(out, chat.Option{Text: Cut(l.GetName(), 30) + " = " + Cut(l.GetValue(), 40), Value: labelBox + l.GetName()})
		}
	}
	return out
}

// telltale returns the incident's labels, most telling first.
func telltale(c *eventv1.IncidentChanged) []*eventv1.Label {
	ls := slices.DeleteFunc(slices.Clone(c.GetLabels()), func(l *eventv1.Label) bool { return l.GetValue() == "" })
	slices.SortStableFunc(ls, func(a, b *eventv1.Label) int { return rank(a) - rank(b) })
	return ls
}

// Entered returns the silence that a form's values mean for an incident, without
// author and id; wrong says which values are none.
func Entered(c *eventv1.IncidentChanged, values map[string]string, now time.Time) (s *eventv1.Silence, ends time.Time, wrong chat.Faults) {
	ends, resolved, wrong := Ending(values, now)
	s = &eventv1.Silence{Comment: Cut(strings.TrimSpace(chat.Value(values, SilenceWhy)), 500), UntilResolved: resolved}
	ticked := strings.Split(chat.Value(values, SilenceWhich), "\n")
	all := true
	for _, o := range Boxes(c) {
		if !slices.Contains(ticked, o.Value) {
			all = false
			continue
		}
		if o.Value == policyBox {
			s.Policy = c.GetPolicy()
			continue
		}
		for _, l := range c.GetLabels() {
			if l.GetName() == strings.TrimPrefix(o.Value, labelBox) {
				s.Matchers = append(s.Matchers, &eventv1.Matcher{Label: l.GetName(), Op: eventv1.Matcher_OP_EQUAL, Value: l.GetValue()})
			}
		}
	}
	if all && resolved { // nothing is to be silenced that looks like it: it alone
		s.IncidentId, s.Policy, s.Matchers = c.GetId(), "", nil
	}
	return s, ends, wrong
}

// Ending returns when the silence in a form's values ends, and what is wrong
// with them: all that can be said without the incident.
func Ending(values map[string]string, now time.Time) (ends time.Time, resolved bool, wrong chat.Faults) {
	wrong = chat.Faults{}
	if chat.Value(values, SilenceWhich) == "" {
		wrong[SilenceWhich] = "Tick at least one: else everything would be silent."
	}
	how := chat.Value(values, SilenceHow)
	i := slices.IndexFunc(Lastings(), func(l Lasting) bool { return l.Value == how })
	if i < 0 {
		wrong[SilenceHow] = "Choose how long."
		return now, false, wrong
	}
	l := Lastings()[i]
	if !l.At {
		return now.Add(l.For), l.Resolved, wrong
	}
	at, err := strconv.ParseInt(chat.Value(values, SilenceUntil), 10, 64)
	ends = time.Unix(at, 0)
	switch {
	case err != nil:
		wrong[SilenceUntil] = "Choose a day and a time."
	case !ends.After(now):
		wrong[SilenceUntil] = "That is over already: choose a time to come."
	case ends.Sub(now) > lasting.Longest:
		wrong[SilenceUntil] = "A silence lasts 90 days at most."
	}
	return ends, false, wrong
}

// Silence is the form that makes a silence of what looks like an incident, with
// what it would silence; values is what is entered, nil for a new one.
func Silence(r *record.Record, about About, values map[string]string, shown *silence.Shown, now time.Time) chat.Form {
	c := r.Incident()
	if values == nil {
		values = map[string]string{}
		for id, v := range Fresh(c) {
			values[id+"/"+id] = v
		}
	}
	f := chat.Form{Callback: SilenceForms, Metadata: about.String(), Title: "Silence", Submit: "Silence"}
	f.Fields = append(f.Fields, chat.Field{Kind: chat.Shown, ID: "about", Lines: chat.Lines{{chat.B(Cut(record.Finding(c), 300))}}})
	how := chat.Field{ID: SilenceHow, Label: "How long?", Kind: chat.Choice, Initial: chat.Value(values, SilenceHow), Live: true}
	for _, l := range Lastings() {
		how.Options = append(how.Options, chat.Option{Text: l.Text, Value: l.Value})
	}
	f.Fields = append(f.Fields, how)
	if chat.Value(values, SilenceHow) == "at" {
		f.Fields = append(f.Fields, chat.Field{ID: SilenceUntil, Label: "Until when?", Hint: "In your own time zone.", Kind: chat.Moment, Live: true,
			Initial: or(chat.Value(values, SilenceUntil), strconv.FormatInt(now.Add(24*time.Hour).Truncate(time.Hour).Unix(), 10))})
	}
	f.Fields = append(f.Fields, chat.Field{ID: SilenceWhich, Label: "What looks like this, in …", Hint: "What you untick may be anything: more is silenced.", Kind: chat.Boxes,
		Initial: chat.Value(values, SilenceWhich), Options: Boxes(c), Live: true})
	f.Fields = append(f.Fields, chat.Field{Kind: chat.Shown, ID: "preview", Lines: previewLines(c, values, shown, now)})
	f.Fields = append(f.Fields, chat.Field{ID: SilenceWhy, Label: "Why?", Hint: "Others see it beside the silence.", Optional: true})
	return f
}

// Fresh is what the form begins with.
func Fresh(c *eventv1.IncidentChanged) map[string]string {
	var ticked []string
	for _, o := range Boxes(c) {
		ticked = append(ticked, o.Value)
	}
	return map[string]string{SilenceHow: Lastings()[0].Value, SilenceWhich: strings.Join(ticked, "\n")}
}

// previewed is how many incidents a preview names.
const previewed = 4

// previewLines say what the silence would do now; shown is nil if nobody could
// tell.
func previewLines(c *eventv1.IncidentChanged, values map[string]string, shown *silence.Shown, now time.Time) chat.Lines {
	s, ends, wrong := Entered(c, values, now)
	if text := wrong[SilenceWhich]; text != "" {
		return chat.Lines{{chat.P("⚠️ " + text)}}
	}
	end := chat.Line{chat.P("Ends "), chat.T(ends)}
	switch {
	case len(wrong) > 0:
		end = nil
	case s.GetUntilResolved():
		end = chat.Line{chat.P("Ends when it resolves, "), chat.T(ends), chat.P(" at the latest")}
	}
	var lines chat.Lines
	switch {
	case shown == nil:
		lines = append(lines, chat.Line{chat.P("What it would silence now is not known: no evaluator answers at the moment.")})
	case len(shown.Open) == 0:
		lines = append(lines, chat.Line{chat.B("Would silence nothing that is open now")})
	default:
		lines = append(lines, chat.Line{chat.B("Would silence now: " + incidentsOf(len(shown.Open)))})
		for i, o := range shown.Open {
			if i == previewed && len(shown.Open) > previewed {
				lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more", len(shown.Open)-i))})
				break
			}
			lines = append(lines, chat.Line{chat.P(Dot(o.GetSeverity()) + " " + Cut(record.Finding(o), 120) + " · " + unit.Duration(now.Sub(o.GetOpenedAt().AsTime())))})
		}
	}
	if shown != nil && shown.Day > len(shown.Open) {
		lines = append(lines, chat.Line{chat.P("In the last 24 h it would have silenced " + incidentsOf(shown.Day))})
	}
	if end != nil {
		lines = append(lines, end)
	}
	return lines
}

func incidentsOf(n int) string {
	if n == 1 {
		return "1 incident"
	}
	return count(n) + " incidents"
}

// Dot is a severity as a sign.
func Dot(s eventv1.Severity) string {
	switch s {
	case eventv1.Severity_SEVERITY_CRITICAL:
		return "🔴"
	case eventv1.Severity_SEVERITY_WARNING:
		return "🟠"
	}
	return "🔵"
}
