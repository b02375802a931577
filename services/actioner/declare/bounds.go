package declare

import (
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/moment"
	"github.com/parley-ops/parley/services/actioner/internal/node"
)

// reserved are names that no declaration may take.
var reserved = []string{Freeze, Thaw}

// The actioner's own actions, which need no declaration.
const (
	Freeze = "freeze"
	Thaw   = "thaw"
)

// Parley is who acts where no person asks: a schedule. An action that allows
// "parley" may be run so.
const Parley = "parley"

// most is what a bound may be.
const most = 10000

// bounds reads what keeps an action from doing too much.
func bounds(m *node.Map, a *Action) {
	a.PerHourTarget = most
	if m.IsMap("per_hour") {
		b := m.Map("per_hour")
		a.PerHour, a.PerHourTarget = b.Int("all", 20, 1, most), b.Int("target", most, 1, most)
		b.Done()
	} else {
		a.PerHour = m.Int("per_hour", 20, 1, most)
	}
	a.PerHourAccount = m.Int("per_hour_account", most, 1, most)
	a.PerRun = m.Int("per_run", 0, 1, most)
	if at := m.Map("at_most"); at != nil {
		a.AtMost = AtMost{Percent: at.Int("percent", 0, 1, 100), Of: at.Text("of")}
		if !at.Has("percent") {
			at.FailAt("percent", "is missing")
		}
		if tag, ok := strings.CutPrefix(a.AtMost.Of, "tag:"); a.AtMost.Of != "group" && (!ok || tag == "") {
			at.FailAt("of", "%q: want group (the far side's own, as an Auto Scaling group) or tag:NAME", a.AtMost.Of)
		}
		at.Done()
	}
}

// undo reads the inverse, and when it comes by itself.
func undo(m *node.Map, a *Action) {
	if u := m.Map("undo"); u != nil {
		a.Undo = Undo{Action: u.Required("action"), Within: u.Duration("within", time.Hour, time.Minute, 30*24*time.Hour)}
		u.Done()
	}
	zone := m.Text("time_zone")
	if !m.Has("until") {
		if zone != "" {
			m.FailAt("time_zone", "belongs to until:")
		}
		return
	}
	var err error
	if a.Until, err = moment.Parse(m.Text("until"), zone); err != nil {
		m.FailAt("until", "%v", err)
	}
	if a.Undo.Action == "" {
		m.FailAt("until", "undo: is missing: what is to be run then")
	}
}

func verify(m *node.Map) Verify {
	v := Verify{Within: m.Duration("within", 5*time.Minute, 10*time.Second, 12*time.Hour)}
	if m == nil {
		return v
	}
	if w := m.OneOf("better_when", "condition", "lower", "higher"); w != "condition" {
		v.BetterWhen = w
	}
	if s := m.Map("silent"); s != nil {
		v.Silent, v.By = s.Required("metric"), s.Texts("by")
		v.SilentFor = s.Duration("for", 10*time.Minute, time.Minute, 2*time.Hour)
		if len(v.By) == 0 {
			s.FailAt("by", "is missing: the labels that tell the resource, as [account, region, instance_id]")
		}
		if v.SilentFor >= v.Within {
			s.FailAt("for", "%s: longer than the verification looks (within: %s)", v.SilentFor, v.Within)
		}
		s.Done()
	}
	m.Done()
	return v
}

// fits checks what needs the kind and the parameters to be known.
func fits(m *node.Map, a Action) {
	if a.Do == nil {
		return
	}
	has := func(name string) bool {
		return slices.ContainsFunc(a.Parameters, func(p Parameter) bool { return p.Name == name })
	}
	if m.Has("per_hour_account") && !has("account") {
		m.FailAt("per_hour_account", "is counted by the parameter account, which is missing")
	}
	_, groups := a.Do.(action.Grouper)
	_, scales := a.Do.(action.Scaler)
	if a.AtMost.Percent > 0 && !groups && !scales {
		m.FailAt("at_most", "the kind %s knows no groups", a.Kind)
	}
	if scales && a.AtMost.Percent > 0 && a.AtMost.Of != "group" {
		m.FailAt("at_most", "the kind %s changes one group: want of: group", a.Kind)
	}
	for _, by := range a.Verify.By {
		if !has(by) {
			m.FailAt("verify", "silent: by: %s is no parameter", by)
		}
	}
}

// undone checks the inverses of all actions together. It returns those that
// are good.
func undone(actions []Action) ([]Action, []Problem) {
	var good []Action
	var problems []Problem
	for _, a := range actions {
		if text := inverse(a, actions); text != "" {
			problems = append(problems, Problem{File: a.File, Line: max(a.Line, 1), Column: 1, Text: a.Name + ": " + text})
			continue
		}
		good = append(good, a)
	}
	return good, problems
}

// inverse says what is wrong with the action that undoes a, or "".
func inverse(a Action, all []Action) string {
	if a.Undo.Action == "" {
		return ""
	}
	at := slices.IndexFunc(all, func(b Action) bool { return b.Name == a.Undo.Action })
	if at < 0 {
		var names []string
		for _, b := range all {
			names = append(names, b.Name)
		}
		return "undo: there is no action \"" + a.Undo.Action + "\"" + node.Suggest(a.Undo.Action, names)
	}
	for _, p := range all[at].Parameters {
		if p.Value.Empty() || slices.ContainsFunc(a.Parameters, func(q Parameter) bool { return q.Name == p.Name }) || len(p.Value.Refs()) == 0 {
			continue
		}
		return "undo: " + a.Undo.Action + " needs the parameter " + p.Name + ", which is none of this action"
	}
	if !a.Until.IsZero() && !slices.Contains(all[at].Allow, Parley) {
		return "until: " + a.Undo.Action + " has to allow \"parley\", who runs it then"
	}
	return ""
}
