package message

import (
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// about returns the incident as data.
func about(r *record.Record) *chat.About {
	c := r.Incident()
	a := &chat.About{ID: r.ID, State: chat.Open, Severity: record.SeverityWord(c.GetSeverity()), Finding: record.Finding(c),
		Policy: c.GetPolicy(), Team: c.GetTeam(), Runbook: c.GetRunbook(), Began: c.GetOpenedAt().AsTime(), Count: 1}
	if c.GetBeganAt() != nil {
		a.Began = c.GetBeganAt().AsTime()
	}
	for _, l := range c.GetLabels() {
		a.Labels = append(a.Labels, chat.Label{Name: l.GetName(), Value: l.GetValue()})
	}
	if r.Ack != nil {
		a.State, a.AckedBy = chat.Acknowledged, r.Ack.By.Mention()
	}
	if !r.Open() {
		a.State, a.Ended = chat.Resolved, c.GetAt().AsTime()
		if c.GetResolvedAt() != nil {
			a.Ended = c.GetResolvedAt().AsTime()
		}
	}
	return a
}

// aboutGroup returns a group as data. Its ID is that of its first member: the
// one that never leaves it.
func aboutGroup(members []*Member, at time.Time, worst eventv1.Severity, open int, last int64) *chat.About {
	a := &chat.About{State: chat.Open, Severity: record.SeverityWord(worst), Began: at, Count: len(members), Finding: count(len(members)) + " incidents opened together"}
	if len(members) > 0 {
		a.ID, a.Policy = "group-"+members[0].ID, members[0].Policy
	}
	for _, m := range members {
		if m.Policy != a.Policy {
			a.Policy = ""
		}
	}
	if open == 0 {
		a.State, a.Ended = chat.Resolved, time.Unix(last, 0)
	}
	return a
}
