package message

import (
	"slices"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/savings"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// question asks the owner, and says what happens when nobody answers; nil when
// nothing is asked (any more).
func question(r *record.Record, v View) (chat.Lines, string) {
	ask, due := r.Waiting()
	if ask == nil {
		return nil, ""
	}
	what := strings.TrimSpace(ask.GetQuestion())
	if what == "" {
		what = "is this still needed?"
	}
	line, text := chat.Line{chat.P("❓ ")}, ""
	switch {
	case ask.GetOwner() == "":
		line = append(line, chat.P("Nobody is named as its owner: "))
	case v.Owner.ID != "":
		line = append(line, chat.U(v.Owner.ID, v.Owner.Mention()), chat.P(", "))
		text = "@" + v.Owner.Mention() + ", "
	default:
		line = append(line, chat.B("@"+Cut(strings.TrimPrefix(ask.GetOwner(), "@"), 80)), chat.P(", "))
		text = "@" + Cut(strings.TrimPrefix(ask.GetOwner(), "@"), 80) + ", "
	}
	line = append(line, chat.B(Cut(what, 300)))
	then := chat.Line{chat.P("If nobody answers by "), chat.T(due), chat.P(", " + otherwise(ask, v) + ". Any button is an answer; so is "), chat.C("/parley ack " + Short(r.ID))}
	return chat.Lines{line, then}, text + Cut(what, 300)
}

// otherwise says what happens when nobody answers.
func otherwise(ask *eventv1.Ask, v View) string {
	name := ask.GetOtherwise()
	if name == "" {
		return "it is kept as it is"
	}
	if doc := v.Actions[name]; doc != nil {
		name = Title(doc)
	}
	return "this is done: " + name
}

// priced reports whether the incident speaks of list prices.
func priced(c *eventv1.IncidentChanged) bool {
	for _, k := range c.GetConditions() {
		if strings.HasPrefix(k.GetMetric(), savings.Prefix) {
			return true
		}
	}
	return false
}

// saving is what a run that stopped something saves, in words; "" if nothing.
func saving(c *eventv1.RunChanged) string {
	usd := c.GetSavingUsdPerHour()
	if usd <= 0 || c.GetState() != eventv1.RunState_RUN_STATE_DONE {
		return ""
	}
	return "saves " + savings.USD(usd) + " an hour, " + savings.USD(usd*730) + " a month, until it is started again (" + savings.Note() + ")"
}

// askedBy names who asked for a run.
func askedBy(run *record.Run) chat.Span {
	if run.By.Backend == record.Parley.Backend {
		return chat.B("Parley, because nobody answered")
	}
	return person(run.By)
}

// length says how long something has been so.
func length(f savings.Find) string { return unit.Duration(f.For) }

// over says why something is not wasted any more: what was done about it here,
// or by which of its figures it is in use again; nothing of other incidents, or
// where the ending says why.
func over(r *record.Record, c *eventv1.IncidentChanged) string {
	if !priced(c) || c.GetReason() != eventv1.IncidentReason_INCIDENT_REASON_RECOVERED {
		return ""
	}
	for _, run := range slices.Backward(r.Runs) {
		if run.UndoOf == "" && run.State().GetState() == eventv1.RunState_RUN_STATE_DONE && !run.State().GetDryRun() {
			if run.State().GetUndoneBy() != "" {
				return ": " + done(run) + ", then undone"
			}
			return ": " + done(run)
		}
	}
	for _, k := range c.GetConditions() {
		if !k.GetHolds() && k.GetValueAt() != nil && savings.Drawn(k.GetMetric()) {
			return ": in use again (" + savings.Words(k.GetMetric()) + " " + unit.Format(k.GetValue(), k.GetUnit()) + ")"
		}
	}
	return ": over (stopped, kept or gone)"
}

// done says what a run did to what was wasted.
func done(run *record.Run) string {
	switch name := strings.ToLower(name(run)); {
	case run.State().GetSavingUsdPerHour() > 0, strings.HasPrefix(name, "stop"):
		return "stopped"
	case strings.HasPrefix(name, "keep"):
		_, until, _ := strings.Cut(run.State().GetResult(), " until ")
		if until, _, _ = strings.Cut(until, " ("); until == "" {
			return "kept for now"
		}
		return "kept until " + Cut(until, 40)
	default:
		return "after " + name
	}
}
