package policy

import (
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// keepWord says in a file that nothing is done when nobody answers.
const keepWord = "keep"

const leastWithin = time.Minute

var (
	askKeys   = []string{"owner", "question", "within", "otherwise"}
	labelForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,99}$`)
)

// ask reads who is asked first, for how long, and what happens when nobody
// answers.
func (r *reader) ask(n *yaml.Node) *Ask {
	f := r.fields(n, "ask", askKeys)
	a := &Ask{}
	if v := f["owner"]; v == nil {
		r.fail(n, "ask: no owner: a label's name, such as owner, or a text such as \"{{ labels.owner }}\"")
	} else if text := r.text(v, "ask.owner"); strings.Contains(text, "{{") || !labelForm.MatchString(text) {
		a.Owner = r.template(v, "ask.owner")
	} else {
		a.Owner, _ = parseTemplate("{{ labels." + text + " }}")
	}
	if v := f["question"]; v != nil {
		a.Question = r.template(v, "ask.question")
	}
	if v := f["within"]; v == nil {
		r.fail(n, "ask: no within: how long the owner has, such as 24h")
	} else if a.Within = r.duration(v, "ask.within"); a.Within < leastWithin {
		r.fail(v, "ask.within: want %s at least: people have to have a chance to answer", leastWithin)
	}
	switch v := f["otherwise"]; {
	case v == nil:
		r.fail(n, "ask: no otherwise: say what happens when nobody answers: keep, or one of the policy's actions")
	case r.text(v, "ask.otherwise") != keepWord:
		if a.Otherwise = v.Value; !nameForm.MatchString(a.Otherwise) {
			r.fail(v, "ask.otherwise %q: want keep or an action's name", a.Otherwise)
		}
	}
	return a
}

// template reads a text with places to fill.
func (r *reader) template(n *yaml.Node, what string) Template {
	t, wrong := parseTemplate(r.text(n, what))
	for _, w := range wrong {
		r.fail(n, "%s: %s", what, w)
	}
	return t
}
