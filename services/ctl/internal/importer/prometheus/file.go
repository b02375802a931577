package prometheus

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/ctl/internal/importer"
)

// File is a rule file.
type File struct {
	Name string
	Data []byte
}

const (
	maxBytes = 8 << 20
	maxRules = 10_000
	maxExpr  = 20_000
	maxDepth = 60
)

// rule is a rule as it was written.
type rule struct {
	file, group         string
	line                int
	alert, record, expr string
	wait, keep          string
	every               string
	aside               []string // what the group says beside that: not taken over
	labels, annotations []pair
	parsed              parser.Expr
}

type pair struct{ name, value string }

func (r *rule) name() string {
	if r.alert != "" {
		return r.alert
	}
	return r.record
}

// Import makes policies of the rules of all files.
func Import(files []File) importer.Result {
	var out importer.Result
	var rules []*rule
	for _, f := range files {
		rules = append(rules, read(f, &out)...)
	}
	c := &converter{records: map[string]*rule{}, used: map[*rule]bool{}, names: map[string]bool{}}
	p := parser.NewParser(parser.Options{})
	alerts := make([]*rule, 0, len(rules))
	for _, r := range rules {
		if r.record != "" {
			out.Recorded++
		} else {
			out.Rules++
		}
		var err error
		if len(r.expr) > maxExpr {
			err = fmt.Errorf("%d bytes, at most %d are read", len(r.expr), maxExpr)
		} else if r.parsed, err = p.ParseExpr(r.expr); err == nil && deep(r.parsed) > maxDepth {
			err = fmt.Errorf("nested more than %d deep", maxDepth)
		}
		switch {
		case err != nil:
			out.Refused = append(out.Refused, refusal(r, "Prometheus does not take the expression: "+err.Error()))
		case r.record == "":
			alerts = append(alerts, r)
		case c.records[r.record] != nil:
			c.records[r.record] = &rule{record: r.record} // two of a name: which one is meant?
		default:
			c.records[r.record] = r
		}
	}
	for _, r := range alerts {
		made, err := c.policies(r)
		if err != nil {
			out.Refused = append(out.Refused, refusal(r, err.Error()))
			continue
		}
		out.Policies = append(out.Policies, made)
	}
	for _, r := range rules {
		switch {
		case r.record == "" || r.parsed == nil:
		case c.used[r]:
			out.Inlined++
		default:
			out.Refused = append(out.Refused, refusal(r, "a recording rule: Parley computes no series for later, and no policy that was imported needs it"))
		}
	}
	slices.SortStableFunc(out.Refused, func(a, b importer.Refused) int {
		if a.File != b.File {
			return 0
		}
		return a.Line - b.Line
	})
	return out
}

func refusal(r *rule, reason string) importer.Refused {
	return importer.Refused{File: r.file, Line: r.line, Rule: r.name(), Reason: reason}
}

// deep returns how deep an expression is nested.
func deep(n parser.Node) int {
	most := 0
	for child := range parser.ChildrenIter(n) {
		most = max(most, deep(child))
	}
	return most + 1
}

// read reads the documents of a file.
func read(f File, out *importer.Result) (rules []*rule) {
	wrong := func(line int, text string) {
		out.Refused = append(out.Refused, importer.Refused{File: f.Name, Line: max(line, 1), Reason: text})
	}
	if len(f.Data) > maxBytes {
		wrong(1, "larger than 8 MiB")
		return nil
	}
	d := yaml.NewDecoder(bytes.NewReader(f.Data))
	found := false
	for {
		var top yaml.Node
		if err := d.Decode(&top); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			wrong(1, "no YAML: "+err.Error())
			return rules
		}
		if len(top.Content) == 0 {
			continue
		}
		m := fields(top.Content[0])
		if spec := m["spec"]; spec != nil { // a PrometheusRule
			m = fields(spec)
		}
		groups := m["groups"]
		if groups == nil || groups.Kind != yaml.SequenceNode {
			continue
		}
		found = true
		for _, g := range groups.Content {
			gm := fields(g)
			shared, aside := pairs(gm["labels"]), unknown(g, "name", "interval", "rules", "labels")
			if gm["rules"] == nil {
				continue
			}
			for _, n := range gm["rules"].Content {
				m := fields(n)
				r := &rule{file: f.Name, line: n.Line, group: text(gm["name"]), every: text(gm["interval"]), alert: text(m["alert"]), record: text(m["record"]),
					expr: text(m["expr"]), wait: text(m["for"]), keep: text(m["keep_firing_for"]), annotations: pairs(m["annotations"])}
				r.aside = aside
				r.labels = append(pairs(m["labels"]), shared...)
				for _, key := range unknown(n, "alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations") {
					wrong(n.Line, "unknown key "+key+" in a rule")
				}
				if (r.alert == "") == (r.record == "") || len(rules) >= maxRules {
					wrong(n.Line, fmt.Sprintf("no rule: want either alert or record, and at most %d rules", maxRules))
					continue
				}
				rules = append(rules, r)
			}
		}
	}
	if !found {
		wrong(1, "no rules: want `groups:` as Prometheus' rule files have it, or a PrometheusRule")
	}
	return rules
}

// unknown returns the keys of a mapping that are none of these, in order of name.
func unknown(n *yaml.Node, known ...string) []string {
	names := slices.Sorted(maps.Keys(fields(n)))
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(known, name) })
}

func fields(n *yaml.Node) map[string]*yaml.Node {
	m := map[string]*yaml.Node{}
	if n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = n.Content[i+1]
		}
	}
	return m
}

func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

func pairs(n *yaml.Node) (out []pair) {
	if n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			out = append(out, pair{n.Content[i].Value, text(n.Content[i+1])})
		}
	}
	return out
}

func get(list []pair, names ...string) string {
	for _, name := range names {
		for _, p := range list {
			if p.name == name {
				return p.value
			}
		}
	}
	return ""
}
