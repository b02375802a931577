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
	// Finding and Actions are there where each gets buttons.
	Finding string   `json:"f,omitempty"`
	Actions []string `json:"x,omitempty"`
	// Recorded: it has a record of its own, which says that Ack works on it and
	// whether it is Muted.
	Recorded bool   `json:"r,omitempty"`
	Ack      string `json:"k,omitempty"`
	Muted    bool   `json:"m,omitempty"`
	// Chart is the picture's file, of one that leads.
	Chart string `json:"c,omitempty"`
}

// NewMember returns the member for an incident; whole with what its buttons
// need.
func NewMember(c *eventv1.IncidentChanged, whole bool) *Member {
	m := &Member{ID: c.GetId(), Policy: Cut(c.GetPolicy(), 80), Labels: Cut(briefly(c), 120), At: c.GetOpenedAt().GetSeconds()}
	if whole {
		m.Finding, m.Actions = Cut(record.Finding(c), 160), c.GetActions()[:min(len(c.GetActions()), 5)]
	}
	m.Take(c)
	return m
}

// DiffersFrom reports whether the record says something that the group does not
// show.
func (m *Member) DiffersFrom(r *record.Record) bool {
	o := *m
	o.Note(r)
	return o.Recorded != m.Recorded || o.Ack != m.Ack || o.Muted != m.Muted || o.Chart != m.Chart
}

// Note takes over what a record says of it; none says nothing.
func (m *Member) Note(r *record.Record) {
	if r == nil {
		return
	}
	m.Recorded, m.Muted, m.Ack, m.Chart = true, r.Mute != nil, "", ""
	if r.Leads() && r.Chart != nil {
		m.Chart = r.Chart.File
	}
	if r.Ack != nil {
		m.Ack = Cut(r.Ack.By.Mention(), 60)
	}
}

// Rise returns what the thread is told when the change is a rise of severity.
func (m *Member) Rise(c *eventv1.IncidentChanged) []record.Line {
	if c.GetSeverity() <= m.Severity || c.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED || m.Recorded {
		return nil // its record has a line of its own
	}
	return []record.Line{{At: c.GetAt().AsTime(), Icon: "⬆️", Text: "now " + record.SeverityWord(c.GetSeverity()) + ": " + told(c), Loud: true}}
}

// Joined is what the thread is told of a new member.
func Joined(c *eventv1.IncidentChanged) record.Line {
	return record.Line{At: c.GetOpenedAt().AsTime(), Icon: "🔔", Text: told(c), Loud: true}
}

// AndMore stands for lines that are too many.
func AndMore(n int) string { return "and " + count(n) + " more; /parley incidents lists what is open" }

func told(c *eventv1.IncidentChanged) string {
	text := Cut(record.Finding(c), 200)
	if w := briefly(c); w != "" {
		text += " · " + Cut(w, 120)
	}
	return text + " (" + Short(c.GetId()) + ")"
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

// listed is how many members a storm's message names.
const listed = 20

// AckGroupButton takes all that is open in a group's message; its value is the
// group's key.
const AckGroupButton = "acknowledge-group"

// Group is a message for many incidents.
type Group struct {
	Members []*Member
	At      time.Time
	Note    string
	// Keyed: they have something in common, which Text names for people; else it
	// is a storm's.
	Keyed bool
	Text  string
	Key   string
	Ack   *record.Ack
	// Most makes it a digest: the channel takes that many new messages Per.
	Most int
	Per  time.Duration
	// Records are those of members that have one.
	Records map[string]*record.Record
	// Lead is the one whose picture is shown; nil: none.
	Lead *record.Record
	View View
}

// Content returns the message.
func (g Group) Content() chat.Content {
	open, worst, last := 0, eventv1.Severity_SEVERITY_INFO, int64(0)
	severities, policies := map[eventv1.Severity]int{}, map[string]int{}
	for _, m := range g.Members {
		last = max(last, m.End)
		if m.End > 0 {
			continue
		}
		open++
		worst = max(worst, m.Severity)
		severities[m.Severity]++
		policies[m.Policy]++
	}
	n := len(g.Members)
	what := " incidents opened together"
	if g.Keyed {
		what = " incidents · " + Cut(g.Text, 150)
	} else if g.Most > 0 {
		what = " more incidents, in a digest"
	}
	out := chat.Content{Title: fmt.Sprintf("%s %s%s", groupIcon(worst), count(n), what), Text: fmt.Sprintf("%s%s, %s still open", count(n), what, count(open))}
	first := chat.Line{chat.B(count(open) + " open"), chat.P(fmt.Sprintf(", %s resolved · since ", count(n-open))), chat.T(g.At)}
	if open == 0 {
		d := unit.Duration(time.Unix(last, 0).Sub(g.At))
		of := ""
		if g.Keyed {
			of = " · " + Cut(g.Text, 150)
		}
		out.Title, out.Text = fmt.Sprintf("✅ all %s incidents resolved%s", count(n), of), fmt.Sprintf("All %s incidents resolved after %s%s", count(n), d, of)
		first = chat.Line{chat.B("Resolved after " + d), chat.P(" · since "), chat.T(g.At)}
	}
	out.About = aboutGroup(g.Members, g.At, worst, open, last)
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
	if a := g.Ack; a != nil && open > 0 {
		lines = append(lines, chat.Line{chat.P("👀 "), person(a.By), chat.P(" is on it since "), chat.T(a.At)})
	}
	out.Parts = append(out.Parts, lines)
	why := "told in one message, because more opened than a channel takes · "
	if g.Most > 0 {
		why = fmt.Sprintf("this channel takes %d new messages in %s, and critical ones in any case; further ones are listed here · ", g.Most, unit.Duration(g.Per))
	}
	if g.Keyed {
		why = "told in one message, because they belong together · "
		if worst := Worst(g.Members, 1); open > 0 && len(worst) > 0 {
			out.Text += ", the worst: " + worst[0].Finding
		}
		out.Parts = append(append(out.Parts, g.picture()...), g.each()...)
	} else {
		if len(policies) > 0 {
			out.Parts = append(out.Parts, policyLines(policies))
		}
		out.Parts = append(out.Parts, memberLines(g.Members, listed))
	}
	if open > 0 && g.Ack == nil {
		out.Parts = append(out.Parts, chat.Buttons{chat.Button{ID: AckGroupButton, Text: fmt.Sprintf("Acknowledge all %s", count(open)), Value: g.Key}})
	}
	out.Parts = append(out.Parts, chat.Note{{chat.P(why), chat.C("/parley incidents"), chat.P(" lists them, "), chat.C("/parley ack <id>"), chat.P(" takes one")}})
	if g.Note != "" {
		out.Parts = append(out.Parts, chat.Note{{chat.P("⚠️ " + g.Note)}})
	}
	return out
}

// withButtons is how many members of a group get buttons, and alsoNamed how many
// more are named.
const withButtons, alsoNamed = 6, 10

// each lists the worst that are open, each with its buttons, and names others.
func (g Group) each() []chat.Part {
	var out []chat.Part
	worst := Worst(g.Members, withButtons)
	shown := map[string]bool{}
	for _, m := range worst {
		shown[m.ID] = true
		line := chat.Line{chat.P(icons(m) + " "), chat.B(m.Finding), chat.P(" since "), chat.T(time.Unix(m.At, 0)), chat.P(" "), chat.C(Short(m.ID))}
		lines := chat.Lines{line}
		if m.Labels != "" {
			lines = append(lines, chat.Line{chat.C(m.Labels)})
		}
		r := g.Records[m.ID]
		if r == nil {
			r = record.New(m.ID)
			r.Apply(&eventv1.IncidentChanged{Id: m.ID, Version: m.Version, State: eventv1.IncidentState_INCIDENT_STATE_OPEN, Severity: m.Severity, Actions: m.Actions})
		}
		if d := doings(r, true); len(d) > 0 {
			lines = append(lines, d...)
		}
		out = append(out, lines)
		if b := buttons(r, r.Incident(), true, g.View); len(b) > 0 {
			out = append(out, b...)
		}
	}
	var rest []*Member
	for _, m := range g.Members {
		if !shown[m.ID] {
			rest = append(rest, m)
		}
	}
	if len(rest) > 0 {
		out = append(out, memberLines(rest, alsoNamed))
	}
	return out
}

func icons(m *Member) string {
	if m.Muted {
		return "🔕"
	}
	return groupIcon(m.Severity)
}

// Worst returns the n worst members that are open, of equal ones the oldest.
func Worst(members []*Member, n int) []*Member {
	var out []*Member
	for _, m := range members {
		if m.End == 0 {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b *Member) int { return cmp.Or(int(b.Severity)-int(a.Severity), cmp.Compare(a.At, b.At)) })
	return out[:min(n, len(out))]
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
func memberLines(members []*Member, most int) chat.Lines {
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
		if m.Ack != "" && m.End == 0 {
			line = append(line, chat.P(" 👀 "+m.Ack))
		}
		lines = append(lines, line)
	}
	for _, resolved := range []bool{false, true} {
		for _, m := range members {
			if len(lines) < most && (m.End > 0) == resolved {
				add(m)
			}
		}
	}
	if n := len(members) - len(lines); n > 0 {
		lines = append(lines, chat.Line{chat.P("and " + count(n) + " more")})
	}
	return lines
}
