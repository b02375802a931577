package alertmanager

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
)

// alert is one of POST /api/v2/alerts.
type alert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

// webhook is version 4 of the payload to webhooks.
type webhook struct {
	Version           string            `json:"version"`
	GroupKey          string            `json:"groupKey"`
	TruncatedAlerts   int               `json:"truncatedAlerts"`
	Status            string            `json:"status"`
	Receiver          string            `json:"receiver"`
	GroupLabels       map[string]string `json:"groupLabels"`
	CommonLabels      map[string]string `json:"commonLabels"`
	CommonAnnotations map[string]string `json:"commonAnnotations"`
	ExternalURL       string            `json:"externalURL"`
	Alerts            []hooked          `json:"alerts"`
}

type hooked struct {
	Status       string            `json:"status"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL"`
	Fingerprint  string            `json:"fingerprint"`
}

// keep is how long an Alertmanager takes an alert for firing that it hears
// nothing more of; without an end it would be five minutes by default.
const keep = 30 * 24 * time.Hour

// alertOf returns the alert that an Alertmanager is told.
func alertOf(t chat.Told, now time.Time) alert {
	a := t.Content.About
	start, end := times(a)
	if a.State != chat.Resolved {
		// A whole day, so that telling again says the same.
		if start.After(now) {
			now = start
		}
		end = now.Truncate(24 * time.Hour).Add(keep).UTC()
	}
	return alert{Labels: labels(t), Annotations: annotations(t.Content), StartsAt: start, EndsAt: end, GeneratorURL: generator(a)}
}

// webhookOf returns the payload that a webhook is told.
func webhookOf(t chat.Told, receiver string) webhook {
	a := t.Content.About
	start, end := times(a)
	h := hooked{Status: "firing", Labels: labels(t), Annotations: annotations(t.Content), StartsAt: start, GeneratorURL: generator(a)}
	if a.State == chat.Resolved {
		h.Status, h.EndsAt = "resolved", end
	}
	h.Fingerprint = fingerprint(h.Labels)
	group := map[string]string{"alertname": h.Labels["alertname"]}
	return webhook{Version: "4", GroupKey: fmt.Sprintf("{}:{alertname=%q, incident=%q}", group["alertname"], h.Labels["incident"]), Status: h.Status, Receiver: receiver,
		GroupLabels: group, CommonLabels: h.Labels, CommonAnnotations: h.Annotations, Alerts: []hooked{h}}
}

// times are when the incident began and ended, the end never before the start.
func times(a *chat.About) (start, end time.Time) {
	start, end = a.Began.UTC(), a.Ended.UTC()
	if start.Unix() <= 0 || start.Year() > 9999 {
		start = time.Unix(1, 0).UTC()
	}
	if end.Before(start) || end.Year() > 9999 {
		end = start.Add(time.Second)
	}
	return start, end
}

func generator(a *chat.About) string {
	if plain.SafeURL(a.Runbook) {
		return a.Runbook
	}
	return ""
}

const (
	maxLabels = 60
	maxValue  = 500
	maxText   = 10_000
)

// labels are what makes the alert: nothing in them changes in its life. Its
// severity may, and is an annotation.
func labels(t chat.Told) map[string]string {
	a := t.Content.About
	out := map[string]string{"alertname": cmp.Or(value(a.Policy, maxValue), "incident"), "incident": cmp.Or(value(t.Key.Incident, maxValue), "unknown")}
	if a.Count > 1 { // of a group, whose policies and teams may become more
		out["alertname"] = "incident_group"
		return out
	}
	add := func(n, v string) {
		if n, v = name(n), value(v, maxValue); v != "" && len(out) < maxLabels {
			for out[n] != "" {
				n += "_"
			}
			out[n] = v
		}
	}
	add("team", a.Team)
	for _, l := range a.Labels {
		if l.Name != "team" || value(l.Value, maxValue) != out["team"] {
			add(l.Name, l.Value)
		}
	}
	return out
}

// annotations are what people read.
func annotations(c chat.Content) map[string]string {
	a := c.About
	out := map[string]string{"summary": cmp.Or(value(plain.Or(a.Finding, c.Text), maxText), "incident"), "description": plain.Text(c, maxText)}
	for n, v := range map[string]string{"severity": a.Severity, "acknowledged_by": a.AckedBy, "runbook_url": generator(a)} {
		if v = value(v, maxText); v != "" {
			out[n] = v
		}
	}
	return out
}

func value(s string, n int) string { return strings.TrimSpace(plain.Cut(plain.Clean(s), n)) }

// name makes a valid label name: a letter or _, then also digits.
func name(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, plain.Cut(s, 100))
	if s == "" || s[0] >= '0' && s[0] <= '9' {
		s = "_" + s
	}
	if strings.HasPrefix(s, "__") { // these are Prometheus's own
		s = "label" + s
	}
	return s
}

// fingerprint identifies a set of labels. Source: prometheus/common,
// model.LabelSet.Fingerprint: FNV-1a of name, 0xFF, value, 0xFF, by name.
func fingerprint(labels map[string]string) string {
	h := fnv.New64a()
	for _, n := range slices.Sorted(maps.Keys(labels)) {
		_, _ = h.Write([]byte(n + "\xff" + labels[n] + "\xff"))
	}
	return fmt.Sprintf("%016x", h.Sum64())
}
