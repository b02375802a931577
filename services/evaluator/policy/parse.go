package policy

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
	"go.yaml.in/yaml/v4"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/yamlfile"
)

// File is what a policy file holds.
type File struct {
	// Policies that are right.
	Policies []Policy
	// Names of all that are there, right or wrong.
	Names []string
	// Problems by their place in the file.
	Problems []Problem
}

// MaxFileBytes is how large a file may be.
const MaxFileBytes = 1 << 20

// Parse reads a policy file: a mapping with `policies`. name is for the
// problems. It never fails as a whole: what is right counts.
func Parse(name string, data []byte) File {
	r := &reader{file: name}
	var f File
	if len(data) > MaxFileBytes {
		r.problems = append(r.problems, Problem{File: name, Line: 1, Column: 1, Text: "larger than 1 MiB"})
	} else if top := r.document(data); top != nil {
		list, ok := r.fields(top, "the file", []string{"policies"})["policies"]
		switch {
		case !ok:
			r.fail(top, "no policies: begin with `policies:`")
		case list.Kind != yaml.SequenceNode:
			r.fail(list, "policies: want a list, each beginning with `- name:`")
		default:
			for _, n := range list.Content {
				f.add(r, n)
			}
		}
	}
	f.Problems = r.problems
	slices.SortStableFunc(f.Problems, func(a, b Problem) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	return f
}

// ParseOne reads one policy as it stands in the rules bucket.
func ParseOne(name, text string) (Policy, []Problem) {
	r := &reader{file: name}
	top := r.document([]byte(text))
	if top == nil {
		if len(r.problems) == 0 {
			r.problems = append(r.problems, Problem{File: name, Line: 1, Column: 1, Text: "empty"})
		}
		return Policy{}, r.problems
	}
	p := r.parsePolicy(top)
	if len(r.problems) > 0 {
		return Policy{}, r.problems
	}
	p.YAML = text
	return p, nil
}

func (f *File) add(r *reader, n *yaml.Node) {
	before := len(r.problems)
	r.policy = ""
	p := r.parsePolicy(n)
	if p.Name != "" && slices.Contains(f.Names, p.Name) {
		r.fail(n, "a policy named %s is above already", p.Name)
	}
	if p.Name != "" {
		f.Names = append(f.Names, p.Name)
	}
	r.policy = ""
	if len(r.problems) > before {
		return
	}
	text, err := yamlfile.Text(n)
	if err != nil {
		r.fail(n, "cannot be written again: %v", err)
		return
	}
	p.YAML = text
	f.Policies = append(f.Policies, p)
}

// keys of a policy, in the order in which people write them.
var keys = []string{"name", "description", "enabled", "severity", "scope", "by", "when", "recover", "no_data", "channels", "actions", "ask", "labels", "summary", "runbook"}

var (
	severities = map[string]eventv1.Severity{
		"info": eventv1.Severity_SEVERITY_INFO, "warning": eventv1.Severity_SEVERITY_WARNING, "critical": eventv1.Severity_SEVERITY_CRITICAL}
	nameForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,99}$`)
	metricForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.:/-]{0,199}$`)
)

func (r *reader) parsePolicy(n *yaml.Node) Policy {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "a policy: want `key: value` lines, beginning with `- name:`")
		return Policy{}
	}
	for i := 0; i+1 < len(n.Content); i += 2 { // so that every problem can name the policy
		if n.Content[i].Value == "name" {
			r.policy = n.Content[i+1].Value
		}
	}
	f := r.fields(n, "a policy", keys)
	p := Policy{Enabled: true, NoData: Keep, Severity: eventv1.Severity_SEVERITY_WARNING, ByAll: true, Line: n.Line}
	if v := f["name"]; v == nil {
		r.fail(n, "no name")
	} else if p.Name = r.text(v, "name"); !nameForm.MatchString(p.Name) {
		r.fail(v, "name %q: want small letters, digits, '-', '_' and '.', up to 100", p.Name)
		p.Name = ""
	}
	if v := f["description"]; v != nil {
		p.Description = r.text(v, "description")
	}
	if v := f["enabled"]; v != nil {
		if err := v.Decode(&p.Enabled); err != nil {
			r.fail(v, "enabled: want true or false")
		}
	}
	if v := f["severity"]; v != nil {
		s, ok := severities[r.text(v, "severity")]
		if !ok {
			r.fail(v, "severity: want info, warning or critical, not %q%s", v.Value, suggest(v.Value, []string{"info", "warning", "critical"}))
		}
		p.Severity = s
	}
	if v := f["scope"]; v != nil {
		p.Scope = r.scope(v)
	}
	if v := f["by"]; v != nil {
		p.ByAll, p.By = false, r.texts(v, "by")
	}
	if v := f["when"]; v == nil {
		r.fail(n, "no `when`: what has to hold, such as {metric: cpu, above: 80, for: 5m}")
	} else {
		p.When = r.when(v, &p, 0)
		if len(p.Conditions) > maxConditions {
			r.fail(v, "%d conditions: at most %d", len(p.Conditions), maxConditions)
		}
		r.counted(v, &p)
	}
	if v := f["recover"]; v != nil {
		if after := r.fields(v, "recover", []string{"after"})["after"]; after != nil {
			p.RecoverAfter = r.duration(after, "recover.after")
		}
	}
	if v := f["no_data"]; v != nil {
		switch p.NoData = NoData(r.text(v, "no_data")); p.NoData {
		case Keep, Alert, OK:
		default:
			r.fail(v, "no_data: want keep, alert or ok, not %q%s", v.Value, suggest(v.Value, []string{"keep", "alert", "ok"}))
		}
	}
	r.consequences(&p, f)
	p.Hash = p.hash()
	return p
}

// consequences reads what follows from an incident.
func (r *reader) consequences(p *Policy, f map[string]*yaml.Node) {
	if v := f["channels"]; v != nil {
		p.Channels = r.texts(v, "channels")
	}
	if v := f["actions"]; v != nil {
		r.actions(v, p)
	}
	if v := f["labels"]; v != nil {
		p.Labels = r.labels(v)
	}
	if v := f["ask"]; v != nil {
		p.Ask = r.ask(v)
	}
	if v := f["summary"]; v != nil {
		p.Summary = r.template(v, "summary")
	}
	if v := f["runbook"]; v != nil {
		p.Runbook = r.text(v, "runbook")
		if p.Runbook != "" && !strings.HasPrefix(p.Runbook, "https://") && !strings.HasPrefix(p.Runbook, "http://") {
			r.fail(v, "runbook: want an address that begins with https://")
		}
	}
}

func (r *reader) scope(n *yaml.Node) label.Matchers {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "scope: want labels and what they must be: {env: prod, service: \"~checkout|cart\"}")
		return nil
	}
	var out label.Matchers
	for i := 0; i+1 < len(n.Content); i += 2 {
		m, err := label.ParseValue(n.Content[i].Value, r.text(n.Content[i+1], "scope."+n.Content[i].Value))
		if err != nil {
			r.fail(n.Content[i+1], "scope: %v", err)
			continue
		}
		out = append(out, m)
	}
	return out
}

func (r *reader) labels(n *yaml.Node) label.Set {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "labels: want `name: value` lines")
		return nil
	}
	m := map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		m[n.Content[i].Value] = r.text(n.Content[i+1], "labels."+n.Content[i].Value)
	}
	return label.FromMap(m)
}

// hash covers all that decides whether and when there is an incident.
func (p *Policy) hash() uint64 {
	h := xxhash.New()
	fmt.Fprintf(h, "%v|%q|%v|%q|%s|%s|%v", p.Enabled, p.Scope.String(), p.ByAll, p.By, p.RecoverAfter, p.NoData, p.When)
	for _, c := range p.Conditions {
		fmt.Fprintf(h, "|%q %s %v %v %s %s", c.Metric, c.Kind, c.Operand, c.Until, c.For, c.NoDataAfter)
		if c.OrEqual {
			fmt.Fprint(h, " or equal")
		}
		if c.Other != nil {
			fmt.Fprintf(h, " %+v", *c.Other)
		}
		if c.Past != nil {
			fmt.Fprintf(h, " past %+v", *c.Past)
		}
		if c.Silence > 0 {
			fmt.Fprintf(h, " silence %s", c.Silence)
		}
		if c.Baseline != nil {
			fmt.Fprintf(h, " baseline %+v %g", *c.Baseline, c.Rarity)
		}
		if c.Forecast != nil {
			fmt.Fprintf(h, " forecast %+v", *c.Forecast)
		}
		if c.Expr != nil {
			fmt.Fprintf(h, " expr %q", c.Expr.Text)
		}
		if e := c.Event; e != nil {
			fmt.Fprintf(h, " event %q %d %d %q %q %s", e.Type, e.Least, e.Most, e.Matches, e.Until, e.Lasts)
		}
		if c.Count != nil {
			fmt.Fprintf(h, " count %+v", *c.Count)
		}
		if c.Datapoints != nil {
			fmt.Fprintf(h, " datapoints %+v", *c.Datapoints)
		}
	}
	return h.Sum64()
}
