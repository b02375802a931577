package main

import (
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/notifier/rehearsal"
)

// plansShown is how many runs are told one by one.
const plansShown = 3

// showTold shows what people would have been told, and what would have been asked
// of actioners: of one side, or of both beside each other.
func showTold(s *screen.Screen, v *replayResult) {
	before, after := v.Before.Told, v.Before.Told
	if v.After != nil {
		after = v.After.Told
	}
	s.Line(s.Paint(screen.Bold, "messages") + s.Paint(screen.Dim, " under "+v.Rules))
	showChannels(s, before, after)
	if held := rehearsal.HeldWords(before, after); held != "" {
		s.Line("incidents: " + held)
	}
	for _, a := range rehearsal.ActionWords(before, after) {
		s.Line(a.Text)
		for _, r := range a.Runs[:min(len(a.Runs), plansShown)] {
			s.Line(s.Paint(screen.Dim, "  "+stamp(r.At)+"  "+r.Plan))
		}
	}
	if waste := rehearsal.WasteWords(before, after); waste != "" {
		s.Line(waste)
	}
}

func showChannels(s *screen.Screen, before, after *rehearsal.Report) {
	channels := rehearsal.Channels(before, after)
	if len(channels) == 0 {
		s.Line("nothing, in no channel")
		return
	}
	t := &screen.Table{Head: []string{"CHANNEL", "MESSAGES", "EDITS", "REPLIES"}, Right: map[int]bool{1: true, 2: true, 3: true}}
	for _, c := range channels {
		b, a := c.Before, c.After
		messages := screen.C(rehearsal.Turns(b.Messages, a.Messages))
		if b.Messages != a.Messages {
			messages.Style = word(a.Messages < b.Messages, screen.Green, screen.Yellow)
		}
		t.Row(screen.C(b.Name), messages, screen.C(rehearsal.Turns(b.Edits, a.Edits)), screen.C(rehearsal.Turns(b.Replies, a.Replies)))
	}
	s.Table(t)
}
