package message

import (
	"strings"
	"testing"

	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// Slack shows five options behind "⋯", other chats those that need no form: all
// can be reached in both.
func TestEverythingBehindMoreCanBeReached(t *testing.T) {
	t.Parallel()
	for _, few := range []bool{true, false} {
		for _, ack := range []*record.Ack{nil, {}} {
			r := record.New("inc1")
			r.Ack = ack
			all := more(r, few).Options
			var shown, formless []string
			for i, o := range all {
				_, choice, _ := strings.Cut(o.Value, ".")
				if i < mostRare {
					shown = append(shown, choice)
				}
				if !o.Form {
					formless = append(formless, choice)
				}
			}
			has := func(list []string, choices ...string) {
				t.Helper()
				for _, c := range choices {
					if strings.Contains(" "+strings.Join(list, " ")+" ", " "+c+" ") {
						return
					}
				}
				t.Errorf("few %v, acknowledged %v: none of %v among %v", few, ack != nil, choices, list)
			}
			has(shown, MoreAssign)
			has(shown, MoreWhy)
			has(shown, UsefulButton, MoreVerdict)
			has(shown, NoiseButton, MoreVerdict)
			has(formless, MoreWhy)
			has(formless, UsefulButton)
			has(formless, NoiseButton)
			if ack != nil {
				has(shown, MoreUnack)
				has(formless, MoreUnack)
			}
			if !few {
				has(shown, MoreSilence)
				has(formless, SilenceTillSolved)
			}
		}
	}
}
