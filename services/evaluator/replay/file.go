package replay

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/internal/label"
)

// File is a file of tests.
type File struct {
	Name string
	// Policies are the files that are in force, as paths from where the
	// program runs.
	Policies []string
	Tests    []Test
	// Problems by their place; with one, the tests that are right still count.
	Problems []policy.Problem
}

// Test is one replay and what is expected of it.
type Test struct {
	Name   string
	Line   int
	Series []Series
	// End is how long it lasts.
	End  time.Duration
	Want []Want
}

// Want is an incident that has to open.
type Want struct {
	Policy string
	// Opened and Resolved count from the first values; Resolved is negative
	// for an incident that is open at the end.
	Opened, Resolved time.Duration
	// Labels that the incident must have, among others.
	Labels label.Set
	// Severity and Summary, where they are expected.
	Severity eventv1.Severity
	Summary  string
	Line     int
}

// start is the time of a test's first values: a Monday.
var start = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

var (
	nameForm  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.:/-]{0,199}$`)
	labelForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,99}$`)

	fileKeys = []string{"policies", "interval", "units", "tests"}
	testKeys = []string{"name", "interval", "series", "events", "until", "incidents", "none"}
	wantKeys = []string{"policy", "opened", "resolved", "labels", "severity", "summary"}

	severities = map[string]eventv1.Severity{"info": eventv1.Severity_SEVERITY_INFO, "warning": eventv1.Severity_SEVERITY_WARNING,
		"critical": eventv1.Severity_SEVERITY_CRITICAL}
)

// maxTests and maxTestValues bound one file.
const maxTests, maxTestValues = 1000, 2_000_000

// ParseFile reads a file of tests. It never fails as a whole: see Problems.
func ParseFile(name string, data []byte) File {
	f := File{Name: name}
	r := &reader{file: name}
	if top := r.document(data); top != nil {
		f.read(r, top)
	}
	f.Problems = r.problems
	return f
}

func (f *File) read(r *reader, top *yaml.Node) {
	m := r.fields(top, "the file", fileKeys)
	dir := filepath.Dir(f.Name)
	if n := m["policies"]; n != nil {
		for _, path := range r.texts(n, "policies") {
			f.Policies = append(f.Policies, filepath.Join(dir, filepath.FromSlash(path)))
		}
	} else {
		f.Policies = []string{filepath.Join(dir, "..", filepath.Base(f.Name))}
	}
	interval := time.Minute
	if n := m["interval"]; n != nil {
		interval = r.span(n, "interval", time.Second)
	}
	units := map[string]string{}
	if n := m["units"]; n != nil {
		r.each(n, "units", func(key, value *yaml.Node) { units[key.Value] = r.text(value, "the unit of "+key.Value) })
	}
	tests := m["tests"]
	if tests == nil || tests.Kind != yaml.SequenceNode || len(tests.Content) > maxTests {
		r.fail(top, "no tests: want `tests:` and a list of up to %d, each beginning with `- name:`", maxTests)
		return
	}
	for _, n := range tests.Content {
		before := len(r.problems)
		t := r.test(n, interval, units)
		if i := slices.IndexFunc(f.Tests, func(o Test) bool { return o.Name == t.Name }); i >= 0 {
			r.fail(n, "a test named %q is in line %d already", t.Name, f.Tests[i].Line)
		}
		if len(r.problems) == before {
			f.Tests = append(f.Tests, t)
		}
	}
}

func (r *reader) test(n *yaml.Node, interval time.Duration, units map[string]string) Test {
	t := Test{Line: n.Line}
	m := r.fields(n, "a test", testKeys)
	if t.Name = strings.TrimSpace(r.optional(m["name"], "name")); t.Name == "" {
		r.fail(n, "no name: say in a few words what happens")
	}
	if v := m["interval"]; v != nil {
		interval = r.span(v, "interval", time.Second)
	}
	if v := m["events"]; v != nil {
		r.events(v, &t)
	}
	if v := m["series"]; v == nil && len(t.Series) > 0 {
	} else if v == nil || v.Kind != yaml.MappingNode || len(v.Content) == 0 {
		r.fail(n, "no series: write such as\n  series:\n    cpu{instance_id=\"i-1\"}: 10x5 97x20")
	} else {
		r.series(v, &t, interval, units)
	}
	if v := m["until"]; v != nil {
		t.End = r.span(v, "until", 0)
	}
	incidents, none := m["incidents"], r.optional(m["none"], "none")
	switch {
	case none != "" && none != "true":
		r.fail(m["none"], "none: want `none: true`")
	case (incidents != nil) == (none != ""):
		r.fail(n, "want either `incidents:` with what opens, or `none: true`")
	case incidents != nil && (incidents.Kind != yaml.SequenceNode || len(incidents.Content) == 0):
		r.fail(incidents, "incidents: want a list, or else `none: true`")
	case incidents != nil:
		for _, w := range incidents.Content {
			t.Want = append(t.Want, r.want(w))
		}
	}
	return t
}

func (r *reader) series(n *yaml.Node, t *Test, interval time.Duration, units map[string]string) {
	total := 0
	r.each(n, "series", func(key, value *yaml.Node) {
		name, labels, err := parseSeries(key.Value)
		if err != nil {
			r.fail(key, "%v", err)
			return
		}
		s := Series{Name: name, Labels: labels, Unit: units[name], Start: start, Interval: interval}
		if slices.ContainsFunc(t.Series, func(o Series) bool { return o.Name == name && slices.Equal(o.Labels, labels) }) {
			r.fail(key, "series %s is above already", key.Value)
		}
		if s.Values, err = parseValues(r.text(value, "the values"), s.Unit); err != nil {
			r.fail(value, "%v", err)
			return
		}
		if total += len(s.Values); total > maxTestValues {
			r.fail(value, "more than %d values in a test", maxTestValues)
			return
		}
		t.Series = append(t.Series, s)
		t.End = max(t.End, time.Duration(len(s.Values))*interval)
	})
}

func (r *reader) want(n *yaml.Node) Want {
	w := Want{Line: n.Line, Resolved: -1}
	m := r.fields(n, "an incident", wantKeys)
	if w.Policy = r.optional(m["policy"], "policy"); w.Policy == "" {
		r.fail(n, "no policy: whose incident is it?")
	}
	if v := m["opened"]; v == nil {
		r.fail(n, "no `opened`: how long after the first values? 25m, or 0")
	} else {
		w.Opened = r.span(v, "opened", 0)
	}
	if v := m["resolved"]; v != nil {
		w.Resolved = r.span(v, "resolved", 0)
	}
	if v := m["labels"]; v != nil {
		labels := map[string]string{}
		r.each(v, "labels", func(key, value *yaml.Node) { labels[key.Value] = r.text(value, "label "+key.Value) })
		w.Labels = label.FromMap(labels)
	}
	if v := m["severity"]; v != nil {
		var ok bool
		if w.Severity, ok = severities[r.text(v, "severity")]; !ok {
			r.fail(v, "severity: want info, warning or critical")
		}
	}
	w.Summary = r.optional(m["summary"], "summary")
	return w
}

// span reads 0, 90s, 5m, 1h30m or 2d.
func (r *reader) span(n *yaml.Node, what string, least time.Duration) time.Duration {
	text := r.text(n, what)
	var of config.Span
	err := of.UnmarshalText([]byte(text))
	d := time.Duration(of)
	if err != nil || d < least || d > 400*24*time.Hour {
		r.fail(n, "%s: %q is not a time: write 90s, 5m, 1h30m or 2d, at least %s", what, text, words(least))
		return max(least, time.Minute)
	}
	return d
}

// words writes a time as test files do: 1h30m, not 1h30m0s.
func words(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	return config.Span(d).String()
}
