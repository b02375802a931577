package message

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// Member is one incident of a group, as short as can be: a storm has thousands.
type Member struct {
	ID       string           `json:"i"`
	Version  uint32           `json:"v"`
	Severity eventv1.Severity `json:"s"`
	Policy   string           `json:"p"`
	Labels   string           `json:"l,omitempty"`
	// At is when it opened, End when it resolved, in Unix seconds.
	At  int64 `json:"a"`
	End int64 `json:"e,omitempty"`
}

// NewMember returns the member for an incident.
func NewMember(c *eventv1.IncidentChanged) *Member {
	m := &Member{ID: c.GetId(), Policy: Cut(c.GetPolicy(), 80), Labels: Cut(briefly(c), 120), At: c.GetOpenedAt().GetSeconds()}
	m.Take(c)
	return m
}

// Differs reports whether the change says something that the group shows.
func (m *Member) Differs(c *eventv1.IncidentChanged) bool {
	return c.GetVersion() > m.Version && (c.GetSeverity() != m.Severity || (c.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED) != (m.End > 0))
}

// Take takes over a newer change.
func (m *Member) Take(c *eventv1.IncidentChanged) {
	if c.GetVersion() <= m.Version {
		return
	}
	m.Version, m.Severity, m.End = c.GetVersion(), c.GetSeverity(), 0
	if c.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED {
		m.End = max(c.GetResolvedAt().GetSeconds(), c.GetAt().GetSeconds(), 1)
	}
}

// listed is how many members a group's message names.
const listed = 20

// Group returns the message for many incidents that opened at about the same
// time.
func Group(members []*Member, at time.Time, note string) chat.Content {
	return group(members, at, note, "incidents opened together", "told in one message, because more opened than a channel takes · ")
}

// Digested returns the message for the incidents of a channel that has had as
// many new messages as its route allows in a time.
func Digested(members []*Member, at time.Time, note string, most int, per time.Duration) chat.Content {
	return group(members, at, note, "more incidents, in a digest", fmt.Sprintf("this channel takes %d new messages in %s, and critical ones in any case; further ones are listed here · ", most, unit.Duration(per)))
}

func group(members []*Member, at time.Time, note, what, why string) chat.Content {
	open, worst, last := 0, eventv1.Severity_SEVERITY_INFO, int64(0)
	severities, policies := map[eventv1.Severity]int{}, map[string]int{}
	for _, m := range members {
		last = max(last, m.End)
		if m.End > 0 {
			continue
		}
		open++
		worst = max(worst, m.Severity)
		severities[m.Severity]++
		policies[m.Policy]++
	}
	n := len(members)
	out := chat.Content{Title: fmt.Sprintf("%s %s %s", groupIcon(worst), count(n), what),
		Text: fmt.Sprintf("%s %s, %s still open", count(n), what, count(open))}
	first := chat.Line{chat.B(count(open) + " open"), chat.P(fmt.Sprintf(", %s resolved · since ", count(n-open))), chat.T(at)}
	if open == 0 {
		d := unit.Duration(time.Unix(last, 0).Sub(at))
		out.Title, out.Text = fmt.Sprintf("✅ all %s incidents resolved", count(n)), fmt.Sprintf("All %s incidents resolved after %s", count(n), d)
		first = chat.Line{chat.B("Resolved after " + d), chat.P(" · since "), chat.T(at)}
	}
	out.About = aboutGroup(members, at, worst, open, last)
	lines := chat.Lines{first}
	if open > 0 {
		var words []string
		for _, s := range []eventv1.Severity{eventv1.Severity_SEVERITY_CRITICAL, eventv1.Severity_SEVERITY_WARNING, eventv1.Severity_SEVERITY_INFO} {
			if severities[s] > 0 {
				words = append(words, count(severities[s])+" "+record.SeverityWord(s))
			}
		}
		lines = append(lines, chat.Line{chat.P(strings.Join(words, " · "))})
	}
	out.Parts = append(out.Parts, lines)
	if len(policies) > 0 {
		out.Parts = append(out.Parts, policyLines(policies))
	}
	out.Parts = append(out.Parts, memberLines(members, open), chat.Note{{chat.P(why),
		chat.C("/parley incidents"), chat.P(" lists them, "), chat.C("/parley ack <id>"), chat.P(" takes one")}})
	if note != "" {
		out.Parts = append(out.Parts, chat.Note{{chat.P("⚠️ " + note)}})
	}
	return out
}

func groupIcon(worst eventv1.Severity) string {
	switch worst {
	case eventv1.Severity_SEVERITY_CRITICAL:
		return "🔴"
	case eventv1.Severity_SEVERITY_WARNING:
		return "🟠"
	}
	return "🔵"
}

func policyLines(policies map[string]int) chat.Lines {
	names := slices.SortedFunc(maps.Keys(policies), func(a, b string) int {
		return cmp.Or(policies[b]-policies[a], strings.Compare(a, b))
	})
	var lines chat.Lines
	for i, name := range names {
		if i == 8 {
			lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more policies", len(names)-i))})
			break
		}
		lines = append(lines, chat.Line{chat.B(count(policies[name])), chat.P(" × "), chat.C(name)})
	}
	return lines
}

// memberLines names the first members, those that are open before the others.
func memberLines(members []*Member, open int) chat.Lines {
	var lines chat.Lines
	add := func(m *Member) {
		mark := "• "
		if m.End > 0 {
			mark = "✅ "
		}
		line := chat.Line{chat.P(mark), chat.C(Short(m.ID)), chat.P(" " + m.Policy)}
		if m.Labels != "" {
			line = append(line, chat.P(" "), chat.C(m.Labels))
		}
		lines = append(lines, line)
	}
	for _, resolved := range []bool{false, true} {
		for _, m := range members {
			if len(lines) < listed && (m.End > 0) == resolved {
				add(m)
			}
		}
	}
	if n := len(members) - len(lines); n > 0 {
		lines = append(lines, chat.Line{chat.P("and " + count(n) + " more")})
	}
	return lines
}
