package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/savings"
	"github.com/parley-ops/parley/services/notifier/rehearsal"
)

// showTold shows what people would have been told, and what would have been asked
// of actioners: of one side, or of both beside each other.
func showTold(s *screen.Screen, v *replayResult) {
	before, after := v.Before.Told, v.Before.Told
	if v.After != nil {
		after = v.After.Told
	}
	s.Line(s.Paint(screen.Bold, "messages") + s.Paint(screen.Dim, " under "+v.Rules))
	showChannels(s, before, after)
	var held []string
	for _, k := range heldKinds {
		if b, a := before.Held[k.kind], after.Held[k.kind]; b+a > 0 {
			held = append(held, turns(b, a)+" "+k.words)
		}
	}
	if before.Untold+after.Untold > 0 {
		held = append(held, turns(before.Untold, after.Untold)+" never told")
	}
	if len(held) > 0 {
		s.Line("incidents: " + strings.Join(held, ", "))
	}
	showActions(s, before, after)
	showWaste(s, before.Waste, after.Waste)
}

// heldKinds are the reasons for which an incident has no message of its own.
var heldKinds = []struct{ kind, words string }{
	{"silence", "under a silence"}, {"maintenance", "in maintenance"}, {"dependency", "held back by their cause"}, {"flapping", "in the message of what flaps"},
	{"group", "in a group's message"}, {"storm", "in a storm's message"}, {"digest", "in a digest"}, {"quiet", "in quiet hours"},
}

// turns says what a number becomes: "12 → 3", or "12" if it stays.
func turns(before, after int) string {
	if before == after {
		return strconv.Itoa(before)
	}
	return fmt.Sprintf("%d → %d", before, after)
}

func showChannels(s *screen.Screen, before, after *rehearsal.Report) {
	byName := map[string][2]rehearsal.Channel{}
	for i, r := range []*rehearsal.Report{before, after} {
		for _, c := range r.Channels {
			both := byName[c.Name]
			both[i] = c
			byName[c.Name] = both
		}
	}
	if len(byName) == 0 {
		s.Line("nothing, in no channel")
		return
	}
	t := &screen.Table{Head: []string{"CHANNEL", "MESSAGES", "EDITS", "REPLIES"}, Right: map[int]bool{1: true, 2: true, 3: true}}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		b, a := byName[name][0], byName[name][1]
		messages := screen.C(turns(b.Messages, a.Messages))
		if b.Messages != a.Messages {
			messages.Style = word(a.Messages < b.Messages, screen.Green, screen.Yellow)
		}
		t.Row(screen.C(name), messages, screen.C(turns(b.Edits, a.Edits)), screen.C(turns(b.Replies, a.Replies)))
	}
	s.Table(t)
}

// plansShown is how many runs are told one by one.
const plansShown = 3

func showActions(s *screen.Screen, before, after *rehearsal.Report) {
	type key struct{ policy, name string }
	both := map[key][2]rehearsal.Action{}
	var order []key
	for i, r := range []*rehearsal.Report{before, after} {
		for _, a := range r.Actions {
			k := key{a.Policy, a.Name}
			pair, known := both[k]
			if !known {
				order = append(order, k)
			}
			pair[i] = a
			both[k] = pair
		}
	}
	for _, k := range order {
		b, a := both[k][0], both[k][1]
		text := fmt.Sprintf("%s of %s by itself: %s", k.name, k.policy, turns(b.Asked, a.Asked))
		text += word(max(b.Asked, a.Asked) == 1 && b.Asked == a.Asked, " run", " runs")
		if b.Limited+a.Limited > 0 {
			text += fmt.Sprintf(", %s over the limit of runs an hour", turns(b.Limited, a.Limited))
		}
		if b.Refused+a.Refused > 0 {
			text += fmt.Sprintf(", %s left to people: %s", turns(b.Refused, a.Refused), word(a.Why != "", a.Why, b.Why))
		}
		s.Line(text)
		runs := word(len(a.Runs) > 0, a.Runs, b.Runs)
		for _, r := range runs[:min(len(runs), plansShown)] {
			s.Line(s.Paint(screen.Dim, "  "+stamp(r.At)+"  "+r.Plan))
		}
	}
}

func showWaste(s *screen.Screen, b, a rehearsal.Waste) {
	if b.Resources+a.Resources == 0 {
		return
	}
	dollars := func(b, a float64) string {
		if b == a {
			return savings.USD(a)
		}
		return savings.USD(b) + " → " + savings.USD(a)
	}
	text := fmt.Sprintf("waste found: %s resources, %s a month at list price", turns(b.Resources, a.Resources), dollars(b.USDMonth, a.USDMonth))
	if b.Acted+a.Acted > 0 {
		text += fmt.Sprintf("; %s of it is acted on by itself", dollars(b.Acted, a.Acted))
	}
	if b.Unpriced+a.Unpriced > 0 {
		text += fmt.Sprintf("; %s of unknown price", turns(b.Unpriced, a.Unpriced))
	}
	s.Line(text)
}
