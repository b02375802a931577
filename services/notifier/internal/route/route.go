package route

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
)

// Table says where incidents are told. The zero value tells them nowhere: make
// it by New or Parse.
type Table struct {
	routes   []compiled
	fallback string
}

type compiled struct {
	matchers   label.Matchers
	bySeverity map[string][]string
	channels   []string
}

type file struct {
	Routes []struct {
		Match    map[string]string   `yaml:"match"`
		Severity map[string][]string `yaml:"severity"`
		Channels []string            `yaml:"channels"`
	} `yaml:"routes"`
}

// New returns the table in which everything goes to fallback.
func New(fallback string) Table { return Table{fallback: fallback} }

// Parse returns the table of a routes file.
func Parse(data []byte, fallback string) (Table, error) {
	var f file
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return Table{}, fmt.Errorf("routes: %w", err)
	}
	t := New(fallback)
	for i, r := range f.Routes {
		c := compiled{bySeverity: r.Severity, channels: r.Channels}
		for _, name := range slices.Sorted(maps.Keys(r.Match)) {
			m, err := label.ParseValue(name, r.Match[name])
			if err != nil {
				return Table{}, fmt.Errorf("routes: route %d: %w", i+1, err)
			}
			c.matchers = append(c.matchers, m)
		}
		for name := range r.Severity {
			if name != "info" && name != "warning" && name != "critical" {
				return Table{}, fmt.Errorf("routes: route %d: severity %q: want info, warning or critical", i+1, name)
			}
		}
		if len(r.Severity) == 0 && len(r.Channels) == 0 {
			return Table{}, fmt.Errorf("routes: route %d leads nowhere: give it channels or severity", i+1)
		}
		t.routes = append(t.routes, c)
	}
	return t, nil
}

// Default returns the channel for what no route takes.
func (t Table) Default() string { return t.fallback }

// Names returns every channel that the table names, each once.
func (t Table) Names() []string {
	out := []string{t.fallback}
	for _, r := range t.routes {
		out = append(out, r.channels...)
		for _, severity := range slices.Sorted(maps.Keys(r.bySeverity)) {
			out = append(out, r.bySeverity[severity]...)
		}
	}
	return tidy(out)
}

// Channels returns where the incident is told: at least one channel.
func (t Table) Channels(c *eventv1.IncidentChanged) []string {
	if out := tidy(c.GetChannels()); len(out) > 0 {
		return out
	}
	if len(t.routes) > 0 {
		labels := silence.Labels(c)
		for _, r := range t.routes {
			if !r.matchers.Match(labels) {
				continue
			}
			to, ok := r.bySeverity[record.SeverityWord(c.GetSeverity())]
			if !ok {
				to = r.channels
			}
			if out := tidy(to); len(out) > 0 {
				return out
			}
		}
	}
	return []string{t.fallback}
}

// tidy returns the names that are some, each once.
func tidy(names []string) []string {
	var out []string
	for _, n := range names {
		if n = strings.TrimSpace(n); n != "" && n != "#" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}
