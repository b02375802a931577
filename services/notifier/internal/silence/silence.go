package silence

import (
	"errors"
	"fmt"
	"maps"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
)

// Set is the silences in force. The zero value mutes nothing.
type Set struct{ all []entry }

type entry struct {
	*eventv1.Silence
	matchers   label.Matchers
	start, end time.Time
}

// NewSet returns the set of these silences. Those that cannot be read are left
// out and named in the error; the set is good without them.
func NewSet(silences []*eventv1.Silence) (Set, error) {
	var s Set
	var errs []error
	for _, p := range silences {
		ms, err := label.MatchersFromProto(p.GetMatchers())
		if err != nil {
			errs = append(errs, fmt.Errorf("silence %s: %w", p.GetId(), err))
			continue
		}
		if len(ms) == 0 && p.GetPolicy() == "" && p.GetIncidentId() == "" {
			errs = append(errs, fmt.Errorf("silence %s names nothing: it would mute everything", p.GetId()))
			continue
		}
		s.all = append(s.all, entry{p, ms, p.GetStartsAt().AsTime(), p.GetEndsAt().AsTime()})
	}
	return s, errors.Join(errs...)
}

// Mutes returns the silence that mutes the incident at this time, or nil.
func (s Set) Mutes(c *eventv1.IncidentChanged, now time.Time) *eventv1.Silence {
	var best *entry
	var labels label.Set
	for i := range s.all {
		e := &s.all[i]
		if now.Before(e.start) || !now.Before(e.end) || best != nil && !e.end.After(best.end) || !e.names(c) {
			continue
		}
		if len(e.matchers) > 0 {
			if labels == nil {
				labels = Labels(c)
			}
			if !e.matchers.Match(labels) {
				continue
			}
		}
		best = e
	}
	if best == nil {
		return nil
	}
	return best.Silence
}

// names reports whether the incident and the policy that it names, if any, are
// the incident's.
func (e *entry) names(c *eventv1.IncidentChanged) bool {
	return (e.GetIncidentId() == "" || e.GetIncidentId() == c.GetId()) && (e.GetPolicy() == "" || e.GetPolicy() == c.GetPolicy())
}

func (e *entry) matches(c *eventv1.IncidentChanged) bool {
	return e.names(c) && (len(e.matchers) == 0 || e.matchers.Match(Labels(c)))
}

// Matches returns the silences in force at this time that match the incident.
func (s Set) Matches(c *eventv1.IncidentChanged, now time.Time) []*eventv1.Silence {
	var out []*eventv1.Silence
	for i := range s.all {
		if e := &s.all[i]; !now.Before(e.start) && now.Before(e.end) && e.matches(c) {
			out = append(out, e.Silence)
		}
	}
	return out
}

// Next returns when the set's answers may change next by time alone; zero if
// never.
func (s Set) Next(now time.Time) time.Time {
	var next time.Time
	for _, e := range s.all {
		for _, t := range []time.Time{e.start, e.end} {
			if t.After(now) && (next.IsZero() || t.Before(next)) {
				next = t
			}
		}
	}
	return next
}

// Active returns the silences in force at this time.
func (s Set) Active(now time.Time) []*eventv1.Silence {
	var out []*eventv1.Silence
	for _, e := range s.all {
		if !now.Before(e.start) && now.Before(e.end) {
			out = append(out, e.Silence)
		}
	}
	return out
}

// Labels returns what an incident is matched by: its labels, over those of its
// policy, with policy, severity and team.
func Labels(c *eventv1.IncidentChanged) label.Set {
	m := label.FromProto(c.GetPolicyLabels()).Map()
	maps.Copy(m, label.FromProto(c.GetLabels()).Map())
	for name, v := range map[string]string{"policy": c.GetPolicy(), "team": c.GetTeam(), "severity": Severity(c.GetSeverity())} {
		if _, ok := m[name]; !ok && v != "" {
			m[name] = v
		}
	}
	return label.FromMap(m)
}

// Severity returns the severity as matchers name it; "" if there is none.
func Severity(s eventv1.Severity) string {
	switch s {
	case eventv1.Severity_SEVERITY_INFO:
		return "info"
	case eventv1.Severity_SEVERITY_WARNING:
		return "warning"
	case eventv1.Severity_SEVERITY_CRITICAL:
		return "critical"
	}
	return ""
}
