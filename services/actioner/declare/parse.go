package declare

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/all"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/node"
)

// Options are what a process adds. The zero Options are for checking alone.
type Options struct {
	// Deps are what kinds need to run.
	Deps action.Deps
	// Settings are the names for {{ settings.x }}; nil: any name will do.
	Settings map[string]string
}

var name = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// Parse returns the good actions of a file and every fault in it.
func Parse(file string, data []byte, o Options) ([]Action, []Problem) {
	doc, problems := node.Parse(file, data)
	if doc == nil {
		return nil, problems.List
	}
	kinds := all.Kinds()
	var actions []Action
	lines := map[string]int{}
	for _, m := range doc.Maps("actions") {
		before := len(problems.List)
		a := read(m, kinds, o)
		if first, twice := lines[a.Name]; twice && a.Name != "" {
			m.FailAt("name", "%q is there already, on line %d", a.Name, first)
		}
		if len(problems.List) > before {
			continue
		}
		a.File = file
		lines[a.Name] = a.Line
		actions = append(actions, a)
	}
	doc.Done()
	slices.SortStableFunc(problems.List, func(a, b Problem) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
	return actions, problems.List
}

// read reads one action; faults are listed in m's file.
func read(m *node.Map, kinds map[string]action.Maker, o Options) Action {
	a := Action{Name: m.Required("name"), Line: m.Line(), Description: m.Text("description"), Confirm: m.Text("confirm"),
		Style: m.OneOf("style", "", "primary", "danger"), Allow: people(m, "allow"), Kind: m.Required("kind")}
	if slices.Contains(reserved, a.Name) {
		m.FailAt("name", "%q is the actioner's own", a.Name)
	}
	if a.Name != "" && !name.MatchString(a.Name) {
		m.FailAt("name", "%q: small letters, digits and - only, at most 63", a.Name)
	}
	if a.Title = m.Text("title"); a.Title == "" {
		a.Title = a.Name
	}
	// Slack's limits: a button has 75 letters, a dialog's text 300.
	short(m, "title", a.Title, 75)
	short(m, "confirm", a.Confirm, 300)
	if strings.Contains(a.Confirm, "{{") {
		m.FailAt("confirm", "is shown as it is: no places here; `plan:` has them")
	}
	a.Target, a.Plan = template(m, "target"), template(m, "plan")
	a.Timeout = m.Duration("timeout", 30*time.Second, time.Second, 30*time.Minute)
	a.CoolDown = m.Duration("cool_down", time.Minute, 0, 24*time.Hour)
	bounds(m, &a)
	undo(m, &a)
	a.WhenResolved = m.OneOf("when_resolved", "refuse", "allow") == "allow"
	if p := m.Map("parameters"); p != nil {
		a.Parameters = parameters(p)
	}
	a.Approval = approval(m)
	a.Verify = verify(m.Map("verify"))
	a.Do = kind(m, &a, kinds, o)
	fits(m, a)
	places(m, a, o)
	m.Done()
	a.Revision = digest(m.All())
	return a
}

func kind(m *node.Map, a *Action, kinds map[string]action.Maker, o Options) action.Kind {
	for other := range kinds {
		if other != a.Kind && m.Has(other) {
			m.FailAt(other, "belongs to another kind: this action is %q", a.Kind)
		}
	}
	maker, ok := kinds[a.Kind]
	if !ok {
		if a.Kind != "" {
			names := slices.Sorted(maps.Keys(kinds))
			m.FailAt("kind", "there is no %q; there are %s%s", a.Kind, strings.Join(names, ", "), node.Suggest(a.Kind, names))
		}
		return nil
	}
	if !m.Has(a.Kind) {
		m.FailAt("kind", "the block %q is missing: what the kind needs to know", a.Kind)
		return nil
	}
	block := m.Map(a.Kind)
	if block == nil {
		return nil
	}
	k := maker(block, o.Deps)
	block.Done()
	return k
}

func parameters(m *node.Map) []Parameter {
	var out []Parameter
	for _, n := range m.Keys() {
		p := Parameter{Name: n}
		if !m.IsMap(n) { // the short form: name: "{{ labels.x }}"
			p.Value = template(m, n)
			out = append(out, p)
			continue
		}
		one := m.Map(n)
		p.Value, p.OneOf, p.Ask = template(one, "value"), one.Texts("one_of"), one.Bool("ask")
		if text := one.Text("matches"); text != "" {
			re, err := regexp.Compile("^(?:" + text + ")$")
			if err != nil {
				one.FailAt("matches", "%v", err)
			}
			p.Matches = re
			if len(p.OneOf) > 0 {
				one.FailAt("matches", "one_of is there too: want one of the two")
			}
		}
		form(one, &p)
		if p.Ask && len(p.OneOf) == 0 && p.Matches == nil && !p.Number {
			one.FailAt("ask", "one_of, matches or type: number is missing: what may be chosen")
		}
		for _, r := range p.Value.Refs() {
			if r.Scope == fill.Parameters || r.Scope == fill.Run || r.Scope == fill.Actor {
				one.FailAt("value", "%s: a parameter is filled from labels, settings and incident", r)
			}
		}
		one.Done()
		out = append(out, p)
	}
	return out
}

func approval(m *node.Map) *Approval {
	a := m.Map("approval")
	if a == nil {
		return nil
	}
	required, from := a.Bool("required"), people(a, "from")
	within := a.Duration("within", 15*time.Minute, 10*time.Second, 12*time.Hour)
	a.Done()
	if !required {
		if len(from) > 0 {
			a.Fail("approval: say `required: true`, or leave the block out")
		}
		return nil
	}
	if len(from) == 0 {
		a.FailAt("from", "nobody could approve: name groups or people")
	}
	return &Approval{From: from, Within: within}
}

func people(m *node.Map, key string) []string {
	list := m.Texts(key)
	for _, p := range list {
		if p == "@" || p == "*" || p == "@*" || p == "everyone" || p == "anyone" {
			m.FailAt(key, "%q: name groups (\"@ops\") or people; there is no word for everybody", p)
		}
	}
	return list
}

func template(m *node.Map, key string) fill.Template {
	t, err := fill.Parse(m.Text(key))
	if err != nil {
		m.FailAt(key, "%v", err)
	}
	return t
}

func short(m *node.Map, key, text string, most int) {
	if len([]rune(text)) > most {
		m.FailAt(key, "has %d letters: at most %d can be shown", len([]rune(text)), most)
	}
}

// places checks that every place names something that can be there.
func places(m *node.Map, a Action, o Options) {
	var known []string
	for _, p := range a.Parameters {
		known = append(known, p.Name)
	}
	settings := slices.Sorted(maps.Keys(o.Settings))
	if k, ok := a.Do.(action.Placed); ok {
		for _, r := range k.Places() {
			if !slices.Contains(known, r.Name) {
				m.FailAt(a.Kind, "%s is missing: say it, or declare the parameter %s", r.Name, r.Name)
			}
		}
	}
	walk(m.All(), func(text string) {
		t, err := fill.Parse(text)
		if err != nil {
			return // said already, where it matters
		}
		for _, r := range t.Refs() {
			if r.Scope == fill.Parameters && !slices.Contains(known, r.Name) {
				m.Fail("%s: there is no such parameter%s", r, node.Suggest(r.Name, known))
			}
			if r.Scope == fill.Settings && o.Settings != nil && !slices.Contains(settings, r.Name) {
				m.Fail("%s: there is no such setting%s; see --actioner-settings", r, node.Suggest(r.Name, settings))
			}
		}
	})
}

func walk(tree any, text func(string)) {
	switch x := tree.(type) {
	case string:
		text(x)
	case []any:
		for _, e := range x {
			walk(e, text)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			walk(x[k], text)
		}
	}
}

// digest returns a short hash that is the same for the same content.
func digest(tree any) string {
	b, err := json.Marshal(tree)
	if err != nil {
		b = []byte(fmt.Sprint(tree)) // keys that are no text; fmt sorts maps
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
