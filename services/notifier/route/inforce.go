package route

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/label"
)

// InForce is a routes file as a notifier wrote down that it uses it, for who
// wants to know: the command line.
type InForce struct {
	// Default is the channel for what no route takes; File the routes file.
	Default string `json:"default"`
	File    string `json:"file"`
}

// Table returns the table that is in force.
func (f InForce) Table() (Table, error) { return Parse([]byte(f.File), f.Default) }

// ReadInForce reads one.
func ReadInForce(data []byte) (InForce, error) {
	var f InForce
	err := json.Unmarshal(data, &f)
	return f, err
}

// Question reads what an incident would be: label=value …, with policy=,
// severity= and team= among them, and perhaps "at TIME" at the end. Without a
// severity it is a warning.
func Question(words []string, now time.Time) (Incident, time.Time, error) {
	labels := map[string]string{}
	at := now
	for i := 0; i < len(words); i++ {
		if strings.EqualFold(words[i], "at") {
			t, err := moment(strings.Join(words[i+1:], " "), now)
			if err != nil {
				return Incident{}, now, err
			}
			at = t
			break
		}
		name, value, ok := strings.Cut(words[i], "=")
		if !ok || name == "" || strings.ContainsAny(name, "!~") {
			return Incident{}, now, fmt.Errorf("%q is no label: write label=value, and at TIME last", words[i])
		}
		labels[name] = strings.Trim(value, `"`)
	}
	if labels["severity"] == "" {
		labels["severity"] = "warning"
	}
	if s := labels["severity"]; !slices.Contains(severities, s) {
		return Incident{}, now, fmt.Errorf("severity %q: want info, warning or critical%s", s, hint(s, severities))
	}
	return Incident{Labels: label.FromMap(labels), Severity: labels["severity"]}, at, nil
}

// moment reads "22:30" (the next time that clocks of now's zone show it),
// "2026-12-24 22:30", or RFC 3339.
func moment(text string, now time.Time) (time.Time, error) {
	if t, err := time.Parse("15:04", text); err == nil {
		at := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, now.Location())
		if at.Before(now) {
			at = time.Date(now.Year(), now.Month(), now.Day()+1, t.Hour(), t.Minute(), 0, 0, now.Location())
		}
		return at, nil
	}
	for _, form := range []string{"2006-01-02 15:04", "2006-01-02T15:04", time.RFC3339} {
		if t, err := time.ParseInLocation(form, text, now.Location()); err == nil {
			return t, nil
		}
	}
	return now, fmt.Errorf("%q is no time: write 22:30, 2026-12-24 22:30 or 2026-12-24T22:30:00+01:00", text)
}

// Lines returns the tree in words, a line a route, by how deep it is.
func (t Table) Lines() []string {
	var out []string
	var walk func([]*Route, string)
	walk = func(routes []*Route, indent string) {
		for _, r := range routes {
			text := indent + r.Name + ": "
			if len(r.Matchers) == 0 {
				text += "everything"
			} else {
				text += r.Matchers.String()
			}
			text += " → " + r.where(t.fallback)
			if r.Continue {
				text += ", and goes on"
			}
			out = append(out, text)
			walk(r.Routes, indent+"  ")
		}
	}
	walk(t.routes, "")
	return append(out, "what no route takes → "+t.fallback)
}

// where names a route's channels: "#ops, critical #leads".
func (r *Route) where(fallback string) string {
	var parts []string
	if len(r.Channels) > 0 {
		parts = append(parts, strings.Join(tidy(r.Channels), ", "))
	}
	for _, s := range slices.Backward(severities) {
		if to := tidy(r.BySeverity[s]); len(to) > 0 {
			parts = append(parts, s+" "+strings.Join(to, ", "))
		}
	}
	if len(parts) == 0 {
		return fallback
	}
	return strings.Join(parts, "; ")
}

// To says where a subscription is told: a person's own is named as they are.
func (s Subscription) To() string {
	if strings.HasPrefix(s.Channel, "@") || strings.Contains(s.Channel, ":@") {
		return "@" + s.By
	}
	return s.Channel
}

// Words says what a subscription is of: "team=shop, severity=critical".
func (s Subscription) Words() string {
	if len(s.Matchers) == 0 {
		return "everything"
	}
	return strings.Join(s.Matchers, ", ")
}
