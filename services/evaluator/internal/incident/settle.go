package incident

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
)

const (
	updateEvery = int64(5 * time.Minute / time.Millisecond)
	updateLeast = int64(10 * time.Second / time.Millisecond)
	rememberFor = int64(24 * time.Hour / time.Millisecond)
)

// settle judges a group and does what follows.
func (s *State) settle(g *group) {
	g.dirty = false
	told := g.version
	v := s.judgeGroup(g)
	bits := func(mask uint64) func(int) bool { return func(i int) bool { return mask>>i&1 == 1 } }
	when := &g.rule.p.When
	now := v.silent != 0 || when.Holds(bits(v.holds))
	mature := v.silent != 0 || now && when.Holds(bits(v.mature))
	mask := v.holds | v.silent<<32

	switch {
	case g.phase == idle && g.dismissed:
		g.dismissed = now
	case g.phase == idle && now:
		s.begin(g)
		if !mature {
			g.phase = pending
			s.emit(g, eventv1.IncidentState_INCIDENT_STATE_PENDING, eventv1.IncidentReason_INCIDENT_REASON_BREACHED, "")
			break
		}
		s.enter(g, v, eventv1.IncidentReason_INCIDENT_REASON_BREACHED)
	case g.phase == pending && mature:
		s.enter(g, v, eventv1.IncidentReason_INCIDENT_REASON_HELD)
	case g.phase == pending && !now && s.time >= g.unsettled:
		detail := ""
		if v.departed != nil {
			detail = s.goneWords(v.departed)
		}
		s.finish(g, eventv1.IncidentReason_INCIDENT_REASON_WITHDRAWN, detail)
	case g.phase == open && now:
		g.recovering = 0
		if since := s.time - g.emitted; since >= updateEvery || mask != g.mask && since >= updateLeast {
			detail := ""
			if v.silent != 0 {
				detail = s.silence(g, v.silent)
			}
			s.emit(g, eventv1.IncidentState_INCIDENT_STATE_OPEN, eventv1.IncidentReason_INCIDENT_REASON_UPDATED, detail)
		}
	case g.phase == open:
		if g.recovering == 0 {
			g.recovering = s.time
		}
		s.recover(g, v)
	}
	if g.version != told {
		g.mask = mask
	}
	s.tidy(g)
	s.schedule(g, mask)
}

// begin gives the group its incident.
func (s *State) begin(g *group) {
	h := xxhash.New()
	fmt.Fprintf(h, "%s %s %d %d", g.rule.p.Name, g.labels, s.seq, s.born)
	s.born++
	g.id = fmt.Sprintf("%016x", h.Sum64())
	g.version, g.began, g.opened, g.recovering, g.prev = 0, s.time, 0, 0, ""
	for _, r := range slices.Backward(s.resolved) {
		if r.key == g.key && s.time-r.at <= rememberFor {
			g.prev = r.id
			break
		}
	}
}

func (s *State) enter(g *group, v verdict, reason eventv1.IncidentReason) {
	detail := ""
	if v.silent != 0 {
		reason, detail = eventv1.IncidentReason_INCIDENT_REASON_NO_DATA, s.silence(g, v.silent)
	}
	g.phase, g.opened = open, s.time
	s.open++
	s.emit(g, eventv1.IncidentState_INCIDENT_STATE_OPEN, reason, detail)
}

// recover ends an incident of which nothing holds, when that is certain.
func (s *State) recover(g *group, v verdict) {
	switch {
	case s.time < g.unsettled:
	case v.excused:
		s.finish(g, eventv1.IncidentReason_INCIDENT_REASON_NO_DATA_OK, "the data stopped, and the policy says no_data: ok")
	case v.departed != nil:
		s.finish(g, eventv1.IncidentReason_INCIDENT_REASON_GONE, s.goneWords(v.departed))
	case v.unsure:
	case s.time >= g.recovering+g.rule.p.RecoverAfter.Milliseconds():
		if g.unsettled > 0 && len(g.members) == 0 {
			s.finish(g, eventv1.IncidentReason_INCIDENT_REASON_POLICY_CHANGED, "the policy was changed and does not hold any more")
			return
		}
		s.finish(g, eventv1.IncidentReason_INCIDENT_REASON_RECOVERED, "")
	}
}

// finish resolves the incident and remembers it.
func (s *State) finish(g *group, reason eventv1.IncidentReason, detail string) {
	if g.phase == idle {
		return
	}
	if g.phase == open {
		s.open--
	}
	c := s.emit(g, eventv1.IncidentState_INCIDENT_STATE_RESOLVED, reason, detail)
	s.remember(g.key, c)
	g.phase, g.recovering, g.unsettled, g.mask = idle, 0, 0, 0
}

// tidy forgets facts that nobody needs, and the group with the last.
func (s *State) tidy(g *group) {
	if g.phase != idle {
		return
	}
	alert := g.rule.p.NoData == policy.Alert
	g.members = slices.DeleteFunc(g.members, func(m *member) bool {
		return m.why != "" || !m.holds && !(alert && (m.gone || m.from != nil)) && (m.gone || !g.rule.conds[m.cond].census)
	})
	if len(g.members) == 0 {
		g.due = 0
		delete(s.groups, g.key)
	}
}

// schedule sets the time by when the group has to be looked at again.
func (s *State) schedule(g *group, mask uint64) {
	due := int64(math.MaxInt64)
	at := func(t int64) {
		if t > s.time {
			due = min(due, t)
		}
	}
	if g.phase != idle {
		for _, m := range g.members {
			if m.holds && !m.mature && !m.gone {
				at(m.began + g.rule.conds[m.cond].forMS)
			}
		}
		at(g.unsettled)
	}
	if g.phase == open {
		if g.recovering > 0 {
			at(g.recovering + g.rule.p.RecoverAfter.Milliseconds())
		} else {
			at(g.emitted + updateEvery)
			if mask != g.mask {
				at(g.emitted + updateLeast)
			}
		}
	}
	if due == math.MaxInt64 {
		g.due = 0
		return
	}
	if due != g.due {
		g.due = due
		s.due.push(deadline{at: due, key: g.key, group: true})
	}
}

// silence says in words what is missing.
func (s *State) silence(g *group, mask uint64) string {
	var metrics []string
	for i := range g.rule.conds {
		if c := &g.rule.conds[i]; mask>>i&1 == 1 && !slices.Contains(metrics, c.Metric) {
			metrics = append(metrics, c.Metric)
		}
	}
	return "no data from " + strings.Join(metrics, ", ")
}

// resolveByPerson ends an incident because a person said so; it opens again
// only after its conditions have recovered.
func (s *State) resolveByPerson(r *eventv1.IncidentResolveRequested) {
	for _, g := range s.groups {
		if g.id != r.GetIncidentId() || g.phase == idle {
			continue
		}
		detail := "by " + r.GetBy()
		if r.GetComment() != "" {
			detail += ": " + r.GetComment()
		}
		s.finish(g, eventv1.IncidentReason_INCIDENT_REASON_RESOLVED_BY_PERSON, detail)
		g.dismissed = true
		s.touch(g)
		return
	}
}
