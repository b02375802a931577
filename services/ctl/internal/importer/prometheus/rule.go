package prometheus

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/importer"
	"github.com/parley-ops/parley/services/internal/config"
)

// converter makes policies of rules.
type converter struct {
	records map[string]*rule
	used    map[*rule]bool
	names   map[string]bool
}

// policies makes the policy of an alerting rule.
func (c *converter) policies(r *rule) (importer.Policy, error) {
	e := &expression{c: c, uses: map[*rule]bool{}}
	wait, err := duration(r.wait)
	if err != nil {
		return importer.Policy{}, fmt.Errorf("for: %w", err)
	}
	keep, err := duration(r.keep)
	if err != nil {
		return importer.Policy{}, fmt.Errorf("keep_firing_for: %w", err)
	}
	n, err := e.condition(r.parsed, 0)
	if err != nil {
		return importer.Policy{}, err
	}
	if n.by != nil && wait > 0 {
		e.note("`for` is asked of each series: where several of a group take turns Prometheus fires, and this does not.")
	}
	when, err := n.yaml(wait, n.scope)
	if err != nil {
		return importer.Policy{}, err
	}
	severity, note := severityOf(get(r.labels, "severity"))
	p := importer.Policy{Name: c.name(r.alert, severity), Group: r.group,
		Notes: append([]string{fmt.Sprintf("%s:%d, %s: %s", r.file, r.line, r.alert, strings.Join(strings.Fields(r.expr), " "))}, e.notes...)}
	if note != "" {
		p.Notes = append(p.Notes, note)
	}
	for _, key := range r.aside {
		p.Notes = append(p.Notes, "The group's "+key+" is not taken over.")
	}
	if r.every != "" {
		p.Notes = append(p.Notes, "Prometheus looks every "+r.every+"; here each sample is judged when it comes.")
	}
	p.Node = importer.Map(false, "name", p.Name)
	describe(&p, r, severity)
	if len(n.scope) > 0 {
		scope := importer.Map(true)
		for _, m := range n.scope {
			importer.Add(scope, m.label, m.op+m.value)
		}
		importer.Add(p.Node, "scope", scope)
	}
	if n.by != nil {
		by := importer.List(true)
		for _, l := range *n.by {
			by.Content = append(by.Content, importer.Text(l))
		}
		importer.Add(p.Node, "by", by)
	}
	importer.Add(p.Node, "when", when)
	if keep > 0 {
		importer.Add(p.Node, "recover", importer.Map(true, "after", config.Span(keep).String()))
	}
	importer.Add(p.Node, "no_data", "ok")
	if wrong := importer.Check(p); wrong != "" {
		return importer.Policy{}, fmt.Errorf("a policy cannot say it: %s", wrong)
	}
	c.names[p.Name] = true
	for u := range e.uses {
		c.used[u] = true
	}
	return p, nil
}

var place = regexp.MustCompile(`\{\{.*?\}\}`)

// describe adds what people read.
func describe(p *importer.Policy, r *rule, severity string) {
	summary, description := get(r.annotations, "summary", "message", "title"), get(r.annotations, "description")
	if summary == "" {
		summary, description = description, ""
	}
	if description = strings.Join(strings.Fields(words(p, description, false)), " "); description != "" {
		importer.Add(p.Node, "description", description)
	}
	importer.Add(p.Node, "severity", severity)
	labels := importer.Map(true)
	for _, l := range r.labels {
		switch {
		case l.name == "severity":
		case strings.Contains(l.value, "{{"):
			p.Notes = append(p.Notes, "Left out, a label is a fixed text here: "+l.name+" = "+l.value)
		case l.value != "":
			importer.Add(labels, l.name, l.value)
		}
	}
	if len(labels.Content) > 0 {
		importer.Add(p.Node, "labels", labels)
	}
	if summary = strings.Join(strings.Fields(words(p, summary, true)), " "); summary != "" {
		importer.Add(p.Node, "summary", summary)
	}
	for _, a := range r.annotations {
		switch link := strings.HasPrefix(a.value, "https://") || strings.HasPrefix(a.value, "http://"); {
		case (a.name == "runbook_url" || a.name == "runbook") && link && !strings.Contains(a.value, "{{"):
			importer.Add(p.Node, "runbook", a.value)
		case a.name != "summary" && a.name != "message" && a.name != "title" && a.name != "description":
			p.Notes = append(p.Notes, "Annotation "+a.name+": "+a.value)
		}
	}
}

var labelPlace = regexp.MustCompile(`^\{\{-?\s*(?:\$labels|\.Labels)\.([A-Za-z_][A-Za-z0-9_]*)\s*-?\}\}$`)
var valuePlace = regexp.MustCompile(`^\{\{-?[^{}]*(?:\$value|\.Value)[^{}]*\}\}$`)

// words writes an annotation in our places, or without places as plain words.
func words(p *importer.Policy, text string, places bool) string {
	return place.ReplaceAllStringFunc(text, func(found string) string {
		if m := labelPlace.FindStringSubmatch(found); m != nil {
			if places {
				return "{{ labels." + m[1] + " }}"
			}
			return "<" + m[1] + ">"
		}
		if valuePlace.MatchString(found) {
			if places {
				return "{{ value }}"
			}
			return "<value>"
		}
		p.Notes = append(p.Notes, "Left out of the text, nothing fills it in here: "+found)
		return "…"
	})
}

func severityOf(s string) (severity, note string) {
	switch strings.ToLower(s) {
	case "critical", "page", "emergency", "fatal", "high", "disaster":
		return "critical", ""
	case "warning", "warn", "ticket", "medium", "minor":
		return "warning", ""
	case "info", "none", "low", "notice", "information":
		return "info", ""
	case "":
		return "warning", "The rule has no label severity; warning was taken."
	}
	return "warning", "Severity " + s + " is not one of info, warning, critical; warning was taken."
}

// name returns a name that no other policy has.
func (c *converter) name(alert, severity string) string {
	base := importer.Kebab(alert)
	if !c.names[base] {
		return base
	}
	name := base + "-" + severity
	for i := 2; c.names[name]; i++ {
		name = base + "-" + strconv.Itoa(i)
	}
	return name
}

var part = regexp.MustCompile(`^([0-9]+)(ms|s|m|h|d|w|y)`)

// duration reads a time of Prometheus: 1h30m, 2d, 1w.
func duration(text string) (time.Duration, error) {
	units := map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour, "y": 365 * 24 * time.Hour}
	var d time.Duration
	for rest := text; rest != "" && text != "0"; {
		m := part.FindStringSubmatch(rest)
		if m == nil {
			return 0, fmt.Errorf("%q is not a time", text)
		}
		n, err := strconv.ParseInt(m[1], 10, 32)
		if err != nil || n > int64(365*24*time.Hour/units[m[2]]) {
			return 0, fmt.Errorf("%q is too long", text)
		}
		d += time.Duration(n) * units[m[2]]
		rest = rest[len(m[0]):]
	}
	return d, nil
}
