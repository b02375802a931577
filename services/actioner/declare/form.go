package declare

import (
	"strconv"

	"github.com/parley-ops/parley/services/actioner/internal/node"
)

// mostChoices is how many a select of a form may have: Slack's limit.
const mostChoices = 100

// form reads how people fill a parameter in.
func form(m *node.Map, p *Parameter) {
	p.Form, p.Label, p.Help = m.Bool("form"), m.Text("label"), m.Text("help")
	p.Ask = p.Ask || p.Form
	p.Optional = m.Has("required") && !m.Bool("required")
	p.Number = m.OneOf("type", "text", "number") == "number"
	p.Min, p.Max = bound(m, "min"), bound(m, "max")
	short(m, "label", p.Label, 75)
	short(m, "help", p.Help, 150)
	switch {
	case !p.Number && (p.Min != nil || p.Max != nil):
		m.FailAt("type", "min and max belong to type: number")
	case p.Number && (len(p.OneOf) > 0 || p.Matches != nil):
		m.FailAt("type", "a number is bounded by min and max, not by one_of or matches")
	case p.Min != nil && p.Max != nil && *p.Min > *p.Max:
		m.FailAt("max", "is less than min")
	case p.Form && len(p.OneOf) > mostChoices:
		m.FailAt("one_of", "%d choices: a form shows %d at most", len(p.OneOf), mostChoices)
	}
	if !p.Ask {
		for _, key := range []string{"label", "help", "required"} {
			if m.Has(key) {
				m.FailAt(key, "belongs to what people choose: say form: true or ask: true")
			}
		}
	}
}

func bound(m *node.Map, key string) *float64 {
	if !m.Has(key) {
		return nil
	}
	n, err := strconv.ParseFloat(m.Text(key), 64)
	if err != nil {
		m.FailAt(key, "%q: want a number", m.Text(key))
		return nil
	}
	return &n
}
