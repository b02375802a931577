package message

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/remedy"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

func TestDialog(t *testing.T) {
	t.Parallel()
	p := &eventv1.RunPlan{Words: "Stop the EC2 instance i-0a1 of account shop in eu-west-1", Hash: "h", Undo: "Start", UndoWithin: durationpb.New(24 * time.Hour), Left: 2, Of: 4,
		Checks: []string{"the incident is still open", "tagged parley:actions=allowed"}}
	want := "Stop it?\n▸ Stop the EC2 instance i-0a1 of account shop in eu-west-1.\nFixed 2 of 3 times.\nUndo: Start, for 24 h.\n2 of 4 runs left this hour.\nChecked first: the incident is still open; tagged parley:actions=allowed."
	if got := dialog("Stop it?", p, "Fixed 2 of 3 times."); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := dialog("Stop it?", nil); got != "Stop it?" {
		t.Errorf("without a plan: %q", got)
	}
	p.Refused = "actions in all accounts are frozen"
	if got := dialog("Stop it?", p); !strings.HasPrefix(got, "Stop it?\n⚠️ It would be refused now: actions in all accounts are frozen\n") {
		t.Errorf("refused: %q", got)
	}
	// What a label says makes no lines of its own, and fits.
	p.Words = "Stop a\nChecked first: nothing" + strings.Repeat("x", 500)
	got := dialog("Stop it?", p)
	if len([]rune(got)) > dialogLetters || strings.Contains(got, "\nChecked first: nothing") {
		t.Errorf("%d letters: %q", len([]rune(got)), got)
	}
}

// What helps comes first; what stopped helping is last, plain, and says so.
func TestButtonsKnowTheirRecord(t *testing.T) {
	t.Parallel()
	r := record.New("abc")
	r.Apply(&eventv1.IncidentChanged{Id: "abc", Version: 1, State: eventv1.IncidentState_INCIDENT_STATE_OPEN, Actions: []string{"stale", "new", "good"}, Policy: "p", Summary: "s"})
	v := View{Now: time.Unix(1_795_000_000, 0), Actions: map[string]*eventv1.ActionDocument{}, Scores: map[string]remedy.Score{
		"stale": {Fixed: 1, Runs: 9, Median: time.Minute, Demoted: "it did not help the last 3 times"}, "good": {Fixed: 14, Runs: 17, Median: 3 * time.Minute}}}
	for _, name := range []string{"stale", "new", "good"} {
		v.Actions[name] = &eventv1.ActionDocument{Name: name, Title: strings.ToUpper(name), Style: "primary", Confirm: "Sure?"}
	}
	var texts []string
	for _, c := range allButtons(buttons(r, r.Incident(), true, v)) {
		if b, ok := c.(chat.Button); ok && strings.HasPrefix(b.ID, RunButton) {
			texts = append(texts, b.Text+"|"+b.Style+"|"+b.Confirm.Text)
		}
	}
	want := []string{"GOOD · fixed 14 of 17|primary|Sure?\nFixed 14 of 17 times, median 3 min.", "NEW|primary|Sure?",
		"STALE · fixed 1 of 9||Sure?\nFixed 1 of 9 times, median 1 min.\n⚠️ It did not help the last 3 times."}
	if got := strings.Join(texts, "\n\n"); got != strings.Join(want, "\n\n") {
		t.Errorf("got\n%s", got)
	}
	if note := demoted(r, v); len(note) != 1 || note[0][0].Text != "⚠️ “STALE” is offered last: it did not help the last 3 times" {
		t.Errorf("the message does not say so: %v", note)
	}
}

func allButtons(parts []chat.Part) chat.Buttons {
	var out chat.Buttons
	for _, p := range parts {
		out = append(out, p.(chat.Buttons)...)
	}
	return out
}
