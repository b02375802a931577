package record

import (
	"cmp"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"

	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
)

// Apply takes over a newer change of the incident, with the lines it adds to
// the history. It reports whether it was newer. While the incident is silenced
// only its end is shown.
func (r *Record) Apply(c *eventv1.IncidentChanged) bool {
	if c == nil || c.GetVersion() <= r.Version {
		return false
	}
	data, err := proto.Marshal(c)
	if err != nil {
		return false
	}
	before := r.Incident()
	r.Change, r.change, r.Version = data, c, c.GetVersion()
	if before == nil && (r.Flap == nil || !r.Flap.Before) {
		r.Lines = append(r.Lines, Line{At: stamp(c.GetOpenedAt().AsTime(), c.GetAt().AsTime()), Icon: "🔔", Text: "opened: " + finding(c)})
	}
	resolved := c.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED
	if resolved && r.Flap != nil {
		r.Flap.end(stamp(c.GetResolvedAt().AsTime(), c.GetAt().AsTime()))
	}
	switch {
	case r.Flapping() && (before == nil || c.GetSeverity() <= before.GetSeverity()): // the message alone shows it
	case resolved && before.GetState() != c.GetState():
		r.close(stamp(c.GetResolvedAt().AsTime(), c.GetAt().AsTime()))
	case r.Mute != nil || before == nil:
	case c.GetSeverity() > before.GetSeverity():
		r.Lines = append(r.Lines, Line{At: c.GetAt().AsTime(), Icon: "⬆️", Text: "now " + SeverityWord(c.GetSeverity()) + ": " + finding(c), Loud: true})
		r.raised(c.GetAt().AsTime())
	case !slices.Equal(holding(before), holding(c)) && len(r.Lines) < maxLines:
		r.Lines = append(r.Lines, Line{At: c.GetAt().AsTime(), Icon: "🔄", Text: "updated: " + finding(c)})
	}
	at := c.GetAt().AsTime()
	if sameNews(before, c) {
		if at.Sub(r.At) < editEvery {
			return true // later, and nothing else: not worth an edit
		}
	} else {
		r.News = c.GetVersion()
	}
	r.At = at
	if r.Mute == nil || resolved {
		r.Rev++
	}
	return true
}

// editEvery is how often a message is edited although there is nothing new: it
// says how old its data are, and a message that somebody deleted is found out.
const editEvery = 15 * time.Minute

// sameNews reports whether a change says what the one before it said, but for
// when that was judged.
func sameNews(before, c *eventv1.IncidentChanged) bool {
	if before == nil || c.GetReason() != eventv1.IncidentReason_INCIDENT_REASON_UPDATED {
		return false
	}
	bare := func(c *eventv1.IncidentChanged) *eventv1.IncidentChanged {
		c = proto.CloneOf(c)
		c.Version, c.At, c.DataAge, c.Reason = 0, nil, nil, 0
		for _, k := range c.GetConditions() {
			k.ValueAt = nil
		}
		return c
	}
	return proto.Equal(bare(before), bare(c))
}

// Drawn reports whether a picture of the incident as it was at a version shows
// all that is new.
func (r *Record) Drawn(version uint32) bool { return r.News > 0 && version >= r.News }

// Acknowledge notes who works on it; the first one stays, unless it is assigned
// to by. It reports whether that is new.
func (r *Record) Acknowledge(by Who, at time.Time, comment string) bool {
	if r.Ack != nil && !r.takesOver(by) || !r.Open() {
		return false
	}
	r.Ack = &Ack{By: by, At: at, Comment: comment}
	text := "acknowledged"
	if comment != "" {
		text += ": " + comment
	}
	r.note(Line{At: at, Icon: "👀", Text: text, By: &by})
	return true
}

// SetMute shows a silence, or that there is none any more. It reports whether
// that is new.
func (r *Record) SetMute(m *Mute, at time.Time) bool {
	switch {
	case m == nil && r.Mute == nil, m != nil && r.Mute != nil && m.ID == r.Mute.ID && m.Until.Equal(r.Mute.Until):
		return false
	case m == nil && r.Open():
		for _, p := range r.Places {
			if !p.Since.IsZero() {
				p.Since, p.Reminded, p.Stepped = at, time.Time{}, at // reminders go on from here
			}
		}
		what := "silence by " + r.Mute.By
		if r.Mute.Maintenance != "" {
			what = "maintenance " + r.Mute.Maintenance
		}
		r.note(Line{At: at, Icon: "🔔", Text: what + " ended; still open: " + finding(r.Incident()), Loud: true})
	case m == nil:
		r.Rev++
	case m.Maintenance != "":
		r.note(Line{At: at, Icon: "🔧", Text: "maintenance " + m.Maintenance + ": not told until", Until: m.Until})
	case m.UntilResolved:
		r.note(Line{At: at, Icon: "🔕", Text: "silenced until it resolves, by " + m.By})
	default:
		r.note(Line{At: at, Icon: "🔕", Text: "silenced by " + m.By + " until", Until: m.Until})
	}
	r.Mute = m
	if m != nil && m.Maintenance == "" && r.Question != nil {
		r.Question.Answered = true
	}
	return true
}

// Ask notes that a run was asked for; false if it was before.
func (r *Record) Ask(id, action, title string, by Who, at time.Time) bool {
	if r.Run(id) != nil {
		return false
	}
	r.Rev++
	r.Runs = append(r.Runs, &Run{ID: id, Action: action, Title: title, By: by, At: at, Rev: r.Rev})
	return true
}

// AskUndo notes that a run was asked for that undoes another.
func (r *Record) AskUndo(id, undoOf, action, title string, by Who, at time.Time) bool {
	if !r.Ask(id, action, title, by, at) {
		return false
	}
	r.Run(id).UndoOf = undoOf
	if of := r.Run(undoOf); of != nil {
		of.Rev = r.Rev // its reply loses the button
	}
	return true
}

// ApplyRun takes over a newer change of a run; false if it is not newer.
func (r *Record) ApplyRun(c *eventv1.RunChanged) bool {
	run := r.Run(c.GetRunId())
	if run == nil {
		p := c.GetRequestedBy().GetPerson()
		run = &Run{ID: c.GetRunId(), Action: c.GetAction(), At: c.GetRequestedAt().AsTime(), UndoOf: c.GetUndoOf(),
			By: Who{Backend: c.GetRequestedBy().GetBackend(), ID: p.GetId(), Name: p.GetName()}}
		r.Runs = append(r.Runs, run)
	}
	if c.GetVersion() <= run.Version && !further(run.State(), c) {
		return false
	}
	data, err := proto.Marshal(c)
	if err != nil {
		return false
	}
	r.Rev++
	run.Change, run.Version, run.Rev = data, c.GetVersion(), r.Rev
	r.amend()
	return true
}

// further reports whether c only says how far the run is by now.
func further(now, c *eventv1.RunChanged) bool {
	return c.GetVersion() == now.GetVersion() && c.GetProgress() != "" && now.GetState() == eventv1.RunState_RUN_STATE_STARTED && c.GetAt().AsTime().After(now.GetAt().AsTime())
}

// maxLines bounds a history of conditions that come and go.
const maxLines = 200

// note adds a line to the history that people should see.
func (r *Record) note(l Line) {
	r.Lines = append(r.Lines, l)
	r.Rev++
}

// stamp returns the first time that is one.
func stamp(times ...time.Time) time.Time {
	for _, t := range times {
		if t.Unix() > 0 {
			return t
		}
	}
	return time.Time{}
}

// holding returns which conditions hold.
func holding(c *eventv1.IncidentChanged) []uint32 {
	var out []uint32
	for _, k := range c.GetConditions() {
		if k.GetHolds() {
			out = append(out, k.GetIndex())
		}
	}
	return out
}

func finding(c *eventv1.IncidentChanged) string {
	if s := c.GetSummary(); s != "" {
		return s
	}
	for _, k := range c.GetConditions() {
		if k.GetHolds() {
			return k.GetMetric() + " " + k.GetText()
		}
	}
	return c.GetPolicy()
}

// Finding returns what is wrong, in a sentence.
func Finding(c *eventv1.IncidentChanged) string { return finding(c) }

// SeverityWord returns the severity in a word.
func SeverityWord(s eventv1.Severity) string { return cmp.Or(silence.Severity(s), "unknown") }

// EndIcon is the sign of an incident that is over: what recovered is well, what is
// gone is not.
func EndIcon(c *eventv1.IncidentChanged) string {
	if c.GetReason() == eventv1.IncidentReason_INCIDENT_REASON_GONE {
		return "⚫"
	}
	return "✅"
}

// EndWord is how an incident that is over is called.
func EndWord(c *eventv1.IncidentChanged) string {
	if c.GetReason() == eventv1.IncidentReason_INCIDENT_REASON_GONE {
		return "Gone"
	}
	return "Resolved"
}

// Ending says how an incident ended: "resolved after 12 min".
func Ending(c *eventv1.IncidentChanged) string {
	text := "resolved"
	if c.GetReason() == eventv1.IncidentReason_INCIDENT_REASON_GONE {
		text = "gone, not recovered"
	}
	from, to := stamp(c.GetOpenedAt().AsTime(), c.GetBeganAt().AsTime()), stamp(c.GetResolvedAt().AsTime(), c.GetAt().AsTime())
	if d := to.Sub(from); !from.IsZero() && d >= 0 {
		text += " after " + unit.Duration(d)
	}
	switch c.GetReason() {
	case eventv1.IncidentReason_INCIDENT_REASON_GONE:
		return text + ": " + c.GetDetail()
	case eventv1.IncidentReason_INCIDENT_REASON_NO_DATA_OK:
		text += ": no data comes any more"
	case eventv1.IncidentReason_INCIDENT_REASON_POLICY_REMOVED:
		text += ": the policy no longer covers it"
	case eventv1.IncidentReason_INCIDENT_REASON_POLICY_CHANGED:
		text += ": the policy was changed"
	case eventv1.IncidentReason_INCIDENT_REASON_RESOLVED_BY_PERSON:
		text += " by hand"
	}
	if d := c.GetDetail(); d != "" {
		text += " (" + d + ")"
	}
	return text
}
