package policy

import (
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"
)

// Automatic is an action that is run by itself.
type Automatic struct {
	Action string
	// After is how long after the incident opened.
	After time.Duration
	// Times is how often on one incident.
	Times int
	// WhenSilenced: also while the incident is silenced.
	WhenSilenced bool
}

// mostTimes bounds how often an action runs by itself on one incident.
const mostTimes = 10

var actionKeys = []string{"run", "automatic", "after", "times", "when_silenced"}

// actions reads a list of names, and of {run: NAME, automatic: true}.
func (r *reader) actions(n *yaml.Node, p *Policy) {
	if n.Kind != yaml.SequenceNode {
		p.Actions = r.texts(n, "actions")
		return
	}
	seen := map[string]bool{}
	for _, item := range n.Content {
		name := ""
		if item.Kind == yaml.MappingNode {
			name = r.automatic(item, p)
		} else {
			name = r.text(item, "actions")
		}
		if name != "" && seen[name] {
			r.fail(item, "actions: %q is there twice", name)
			continue
		}
		seen[name] = true
		p.Actions = append(p.Actions, name)
	}
}

func (r *reader) automatic(n *yaml.Node, p *Policy) string {
	f := r.fields(n, "actions", actionKeys)
	a := Automatic{Times: 1}
	if v := f["run"]; v == nil {
		r.fail(n, "actions: no run: the action's name, as in {run: collect-garbage, automatic: true}")
	} else if a.Action = r.text(v, "actions.run"); !nameForm.MatchString(a.Action) {
		r.fail(v, "actions.run %q: want an action's name", a.Action)
	}
	itself := r.boolean(f["automatic"], "actions.automatic")
	if v := f["after"]; v != nil {
		a.After = r.duration(v, "actions.after")
	}
	if v := f["times"]; v != nil {
		var err error
		if a.Times, err = strconv.Atoi(r.text(v, "actions.times")); err != nil || a.Times < 1 || a.Times > mostTimes {
			r.fail(v, "actions.times %q: want a number from 1 to %d", v.Value, mostTimes)
		}
	}
	a.WhenSilenced = r.boolean(f["when_silenced"], "actions.when_silenced")
	switch {
	case itself:
		p.Automatic = append(p.Automatic, a)
	case f["after"] != nil || f["times"] != nil || f["when_silenced"] != nil:
		r.fail(n, "actions: after, times and when_silenced belong to automatic: true")
	}
	return a.Action
}

func (r *reader) boolean(n *yaml.Node, what string) bool {
	if n == nil {
		return false
	}
	b, err := strconv.ParseBool(r.text(n, what))
	if err != nil {
		r.fail(n, "%s: want true or false", what)
	}
	return b
}
