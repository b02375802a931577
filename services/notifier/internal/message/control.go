package message

import (
	"strconv"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// The ids of controls about the conversation; what is done to the world is in
// button.go.
const (
	MoreMenu     = "more"
	UsefulButton = "useful"
	NoiseButton  = "noise"
)

// The choices of the silence menu.
const (
	Silence1h         = "1h"
	Silence4h         = "4h"
	SilenceTomorrow   = "tomorrow"
	SilenceTillSolved = "resolved"
	SilenceEnd        = "end"
	SilenceForm       = "form"
)

// The choices of the more menu beside UsefulButton and NoiseButton.
const (
	MoreComment = "comment"
	MoreUnack   = "unack"
	MoreAssign  = "assign"
	MoreSilence = "silence"
	MoreWhy     = "why"
	MoreVerdict = "verdict"
)

// A message shows at most shownActions actions beside what can always be done,
// so that all is five controls; a silence has a place of its own while there are
// few actions.
const (
	shownActions = 3
	fewActions   = 2
)

// buttons returns what can be done about the incident, what is done most before
// what is done seldom. Values carry the incident's id, and where something is
// done to the world a signed claim with the run's id: what they mean is looked
// up when clicked.
func buttons(r *record.Record, c *eventv1.IncidentChanged, open bool, v View) []chat.Part {
	if !open {
		return []chat.Part{verdicts(r)}
	}
	var row, rest chat.Buttons
	for _, name := range offered(c.GetActions(), v) {
		doc := v.Actions[name]
		switch {
		case doc == nil || busy(r, name) || len(row)+len(rest) >= mostActions:
		case len(row) < shownActions:
			row = append(row, action(r, doc, v))
		default:
			rest = append(rest, action(r, doc, v))
		}
	}
	few := len(row) <= fewActions
	if r.Ack == nil {
		row = append(row, chat.Button{ID: AckButton, Text: "Acknowledge", Value: r.ID})
	}
	if few {
		row = append(row, silences(r))
	}
	row = append(row, more(r, few))
	out := []chat.Part{row}
	if len(rest) > 0 {
		out = append(out, rest)
	}
	return out
}

// silences offers what most want, and a form for everything else.
func silences(r *record.Record) chat.Menu {
	m := chat.Menu{ID: SilenceMenu, Prompt: "Silence …"}
	if r.Mute != nil {
		m.Options = append(m.Options, chat.Option{Text: "End the silence", Value: r.ID + "." + SilenceEnd})
	}
	m.Options = append(m.Options, chat.Option{Text: "Until it resolves", Value: r.ID + "." + SilenceTillSolved},
		chat.Option{Text: "For 1 hour", Value: r.ID + "." + Silence1h}, chat.Option{Text: "For 4 hours", Value: r.ID + "." + Silence4h},
		chat.Option{Text: "Until tomorrow", Value: r.ID + "." + SilenceTomorrow},
		chat.Option{Text: "Choose what and how long …", Value: r.ID + "." + SilenceForm, Form: true})
	return m
}

// mostRare is how many options Slack shows behind "⋯".
const mostRare = 5

// more is what is done seldom. Slack shows the first five: where there are more,
// the verdicts move into a form. What follows is for chats without forms, whose
// menus are longer.
func more(r *record.Record, few bool) chat.Menu {
	m := chat.Menu{ID: MoreMenu, Prompt: "More …", Rare: true}
	add := func(text, choice string, form bool) {
		m.Options = append(m.Options, chat.Option{Text: text, Value: r.ID + "." + choice, Form: form})
	}
	if !few {
		add("Silence …", MoreSilence, true)
	}
	add("Assign …", MoreAssign, true)
	add("Why?", MoreWhy, false)
	if r.Ack != nil {
		add("Nobody is on it any more", MoreUnack, false)
	} else if few {
		add("Acknowledge with a comment …", MoreComment, true)
	}
	if len(m.Options)+2 > mostRare {
		add("Useful or noise? …", MoreVerdict, true)
	}
	add("👍 Useful", UsefulButton, false)
	add("👎 Noise", NoiseButton, false)
	if !few {
		add("Silence until it resolves", SilenceTillSolved, false)
		add("Silence 1 hour", Silence1h, false)
	}
	return m
}

// verdicts asks, when all is over, whether it was worth the message.
func verdicts(r *record.Record) chat.Buttons {
	useful, noise := r.Verdicts()
	label := func(text string, n int) string {
		if n > 0 {
			return text + " · " + strconv.Itoa(n)
		}
		return text
	}
	return chat.Buttons{chat.Button{ID: UsefulButton, Text: label("👍 Useful", useful), Value: r.ID},
		chat.Button{ID: NoiseButton, Text: label("👎 Noise", noise), Value: r.ID}}
}

// judged says what people thought of it; nil if nobody said.
func judged(r *record.Record) chat.Line {
	useful, noise := r.Verdicts()
	text := ""
	if useful > 0 {
		text = strconv.Itoa(useful) + " found it useful"
	}
	if noise > 0 {
		if text != "" {
			text += ", "
		}
		text += strconv.Itoa(noise) + " called it noise"
	}
	if text == "" {
		return nil
	}
	return chat.Line{chat.P("💬 " + text)}
}
