package explain

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/maintenance"
	"github.com/parley-ops/parley/services/internal/unit"
)

// take takes over what the evaluators know.
func (n *Not) take(e *eventv1.Explanation, now time.Time) {
	n.Scope, n.By, n.Combination = e.GetScope(), e.GetBy(), e.GetCombination()
	if e.GetKnown() {
		n.Severity = severity(e)
	}
	for _, c := range e.GetConditions() {
		out := Condition{Metric: c.GetMetric(), Text: c.GetText(), ForSeconds: c.GetFor().AsDuration().Seconds(), InScope: c.GetInScope(),
			OutOfScope: c.GetOutOfScope(), KeptOutBy: c.GetKeptOutBy(), Series: []Series{}}
		if c.GetOutsider() != nil {
			out.Outsider = label.FromProto(c.GetOutsider().GetLabels()).Map()
		}
		for _, s := range c.GetSeries() {
			x := Series{Labels: label.FromProto(s.GetSeries().GetLabels()).Map(), Value: s.GetValue(), Unit: s.GetUnit(), At: s.GetValueAt().AsTime(),
				Holds: s.GetHolds(), Since: at(s.GetSince()), Lacks: s.GetLacks(), NotLearned: s.GetNotLearned(),
				Silent: s.GetSilentAfter() != nil && now.Sub(s.GetSeenAt().AsTime()) >= s.GetSilentAfter().AsDuration()}
			if s.GetHasThreshold() {
				x.Threshold = new(s.GetThreshold())
			}
			out.Series = append(out.Series, x)
		}
		n.Conditions = append(n.Conditions, out)
	}
	for _, i := range e.GetIncidents() {
		state := strings.ToLower(strings.TrimPrefix(i.GetState().String(), "INCIDENT_STATE_"))
		n.Incidents = append(n.Incidents, Found{ID: i.GetId(), State: state, Labels: label.FromProto(i.GetLabels()).Map(), Began: at(i.GetBeganAt()), Opened: at(i.GetOpenedAt()), previous: i.GetPreviousId()})
	}
}

// silences returns those in force, and open maintenance windows, that would keep
// a message of this incident back.
func silences(ctx context.Context, conn *bus.Conn, q Question, o Opening, now time.Time) ([]Silencing, error) {
	all, err := bus.Silences.List(ctx, conn)
	if err != nil {
		return nil, err
	}
	windows, err := bus.Maintenances.List(ctx, conn)
	if err != nil {
		return nil, err
	}
	var found []*eventv1.Silence
	for _, x := range all {
		found = append(found, x.Value)
	}
	var planned []*eventv1.Maintenance
	for _, x := range windows {
		planned = append(planned, x.Value)
	}
	out := []Silencing{}
	for _, s := range append(found, maintenance.Spans(planned, now)...) {
		ms, err := label.MatchersFromProto(s.GetMatchers())
		if err != nil || s.GetIncidentId() != "" || s.GetPolicy() != "" && s.GetPolicy() != q.Policy || s.GetPolicy() == "" && len(ms) == 0 {
			continue
		}
		if now.Before(s.GetStartsAt().AsTime()) || !now.Before(s.GetEndsAt().AsTime()) || !ms.Match(o.Labels) {
			continue
		}
		out = append(out, Silencing{ID: s.GetId(), By: s.GetAuthor(), Until: at(s.GetEndsAt()), Is: About(s), Maintenance: s.GetMaintenance()})
	}
	return out, nil
}

// judge finds the one reason that matters most.
func (n *Not) judge(e *eventv1.Explanation, now time.Time) {
	what := "on anything"
	if n.Matchers != "" {
		what = "on " + n.Matchers
	}
	say := func(why Reason, format string, args ...any) { n.Why, n.Answer = why, fmt.Sprintf(format, args...) }
	state := func(s string) *Found {
		i := slices.IndexFunc(n.Incidents, func(f Found) bool { return f.State == s })
		if i < 0 {
			return nil
		}
		return &n.Incidents[i]
	}
	in, out := uint32(0), uint32(0)
	for _, c := range n.Conditions {
		in, out = in+c.InScope, out+c.OutOfScope
	}
	switch open, pending := state("open"), state("pending"); {
	case !e.GetKnown():
		say(NotInForce, "The policy %s is not in force yet: no evaluator that answers has it. It takes some seconds after it was applied.", n.Policy)
	case !e.GetEnabled():
		say(Disabled, "The policy %s is disabled: it judges nothing.", n.Policy)
	case open != nil:
		say(IsOpen, "It has one: incident %s is open%s.", cut(open.ID), since(open.Opened, now))
		if text := open.keptBack(); text != "" {
			n.Answer += text
		} else if len(n.Silences) > 0 {
			n.Answer += " It is silenced, so that nobody is told."
		}
	case pending != nil:
		say(IsPending, "It is about to: incident %s has held%s, and not for long enough yet.", cut(pending.ID), since(pending.Began, now))
		if len(n.Follows) > 0 && n.Follows[0].Others == 0 {
			n.Answer += fmt.Sprintf(" It will be held back: it follows from “%s”.", n.Follows[0].Finding)
		}
	case len(e.GetDismissed()) > 0:
		say(IsDismissed, "A person resolved it by hand, and its conditions still hold: it opens again only after they have recovered.")
	case in == 0 && out > 0:
		c := n.Conditions[slices.IndexFunc(n.Conditions, func(c Condition) bool { return c.OutOfScope > 0 })]
		say(OutOfScope, "Its scope leaves that out: it wants %s, and %s is %s.", c.KeptOutBy, c.Metric, braces(c.Outsider))
	case in == 0:
		say(NoData, "There is no data %s of what it looks at: %s.", what, n.metrics())
	default:
		n.conditions(what, now)
	}
}

// conditions says which of them does not hold.
func (n *Not) conditions(what string, now time.Time) {
	var missing, silent, not []string
	for _, c := range n.Conditions {
		holds := slices.ContainsFunc(c.Series, func(s Series) bool { return s.Holds })
		quiet := len(c.Series) > 0 && !slices.ContainsFunc(c.Series, func(s Series) bool { return !s.Silent })
		switch {
		case c.InScope == 0:
			missing = append(missing, c.Metric)
		case quiet:
			silent = append(silent, fmt.Sprintf("%s (the newest value is %s old)", c.Metric, unit.Duration(now.Sub(newest(c.Series)))))
		case !holds && c.Series[0].Lacks != "":
			not = append(not, fmt.Sprintf("%s cannot be compared: %s has no value there", c.Metric, c.Series[0].Lacks))
		case !holds:
			s := c.Series[0]
			not = append(not, fmt.Sprintf("%s is %s, not %s", c.Metric, unit.Format(s.Value, s.Unit), c.Text))
		}
	}
	switch {
	case len(silent) > 0 && len(not) == 0:
		n.Why, n.Answer = NoData, "No data comes any more "+what+": "+strings.Join(silent, ", ")+"."
	case len(not) > 0:
		n.Why, n.Answer = NotHolding, "Its conditions do not hold "+what+": "+strings.Join(not, "; ")+"."
		if len(silent) > 0 {
			n.Answer += " And no data comes any more of " + strings.Join(silent, ", ") + "."
		}
	case len(missing) > 0:
		n.Why, n.Answer = NoData, "There is no data "+what+" of "+strings.Join(missing, ", ")+"."
	default:
		n.Why, n.Answer = NotTogether, "Each condition holds somewhere, but not together on one group"+pick(len(n.By) > 0, " of "+strings.Join(n.By, ", "), "")+"."
	}
	if len(missing) > 0 && n.Why != NoData {
		n.Answer += " There is no data of " + strings.Join(missing, ", ") + "."
	}
}

func newest(all []Series) time.Time {
	var at time.Time
	for _, s := range all {
		if s.At.After(at) {
			at = s.At
		}
	}
	return at
}

// shownSeries is how many series of a condition Rows lists.
const shownSeries = 5

// Rows says the rest in lines.
func (n *Not) Rows(now time.Time, clock Clock) []Row {
	var rows []Row
	line := func(name, format string, args ...any) { rows = append(rows, Row{name, fmt.Sprintf(format, args...)}) }
	if n.Revision > 0 {
		line("policy", "%s, revision %d", n.Policy, n.Revision)
	}
	if n.Scope != "" {
		line("scope", "%s", n.Scope)
	}
	for i, c := range n.Conditions {
		name := pick(i == 0, "wanted", "")
		text := c.Metric + " " + c.Text
		if i > 0 && n.Combination != "" {
			text = pick(n.Combination == "all", "and ", pick(n.Combination == "any", "or ", "")) + text
		}
		line(name, "%s", text)
		for k, s := range c.Series {
			if k == shownSeries {
				line("", "   … and %d more series", int(c.InScope)-k)
				break
			}
			line("", "   %s", s.words(now, clock))
		}
		if c.OutOfScope > 0 {
			line("", "   %d more out of scope: it wants %s, and one is %s", c.OutOfScope, c.KeptOutBy, braces(c.Outsider))
		}
	}
	for _, i := range n.Incidents {
		line("incident", "%s is %s on %s", cut(i.ID), i.State, braces(i.Labels))
		for k, t := range i.Told {
			line(pick(k == 0, "told", ""), "%s", t)
		}
		for _, s := range i.Suppressed {
			line("held back", "%s", s.words(clock))
		}
	}
	for _, f := range n.Follows {
		rows = append(rows, f.rows(clock)...)
	}
	for _, s := range n.Silences {
		text := "silence " + s.ID + " (" + s.Is + ")"
		if s.Maintenance != "" {
			text = "maintenance " + s.Maintenance + " (" + s.Is + ")"
		}
		if s.By != "" {
			text += " by " + s.By
		}
		line("silenced", "%s until %s", text, clock(*s.Until))
	}
	for i, d := range n.Destinations {
		if i == shownSeries {
			line("", "… and %d more channels", len(n.Destinations)-i)
			break
		}
		line(pick(i > 0, "", pick(len(n.Follows) > 0 && n.Follows[0].Others == 0, "otherwise", "would tell")), "%s", d.words(n.Severity == "critical", clock))
	}
	if n.Silent > 0 {
		line("partly", "%d of %d partitions did not answer: something may be missing here", n.Silent, bus.Partitions)
	}
	return rows
}

// words says where a condition stands on a series.
func (s *Series) words(now time.Time, clock Clock) string {
	text := unit.Format(s.Value, s.Unit) + " " + braces(s.Labels)
	if s.Threshold != nil {
		text += ", threshold " + unit.Format(*s.Threshold, s.Unit)
	}
	switch {
	case s.Lacks != "":
		text += ": nothing to compare with, " + s.Lacks + " has no value"
	case s.Holds && s.Since != nil:
		text += ": holds since " + clock(*s.Since)
	case s.Holds:
		text += ": holds"
	default:
		text += ": does not hold"
	}
	text += ", " + unit.Duration(now.Sub(s.At)) + " old"
	if s.Silent {
		text += ", silent"
	}
	if s.NotLearned != "" {
		text += ", not learned: maintenance " + s.NotLearned
	}
	return text
}

func (n *Not) metrics() string {
	var names []string
	for _, c := range n.Conditions {
		if !slices.Contains(names, c.Metric) {
			names = append(names, c.Metric)
		}
	}
	return strings.Join(names, ", ")
}

// braces writes labels without the team: "{env=prod, host=a}".
func braces(m map[string]string) string {
	var parts []string
	for _, l := range label.FromMap(m) {
		if l.Name != label.Team {
			parts = append(parts, l.Name+"="+l.Value)
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func since(t *time.Time, now time.Time) string {
	if t == nil {
		return ""
	}
	return " for " + unit.Duration(now.Sub(*t))
}

// cut shortens an incident's id to what people type.
func cut(id string) string {
	if len(id) > 8 {
		return id[:8]
	}
	return id
}
