package rehearsal

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/parley-ops/parley/services/internal/savings"
)

// Turns says what a number becomes: "12 → 3", or "12" if it stays.
func Turns(before, after int) string {
	if before == after {
		return strconv.Itoa(before)
	}
	return fmt.Sprintf("%d → %d", before, after)
}

// reasons for which an incident has no message of its own.
var reasons = []struct{ kind, words string }{
	{"silence", "under a silence"}, {"maintenance", "in maintenance"}, {"dependency", "held back by their cause"}, {"flapping", "in the message of what flaps"},
	{"group", "in a group's message"}, {"storm", "in a storm's message"}, {"digest", "in a digest"}, {"quiet", "in quiet hours"},
}

// HeldWords says how many incidents had no message of their own, and why, on both
// sides: "3 → 1 under a silence, 12 → 0 in a digest"; "" if all had one. One report
// twice says it of that alone, here and below.
func HeldWords(before, after *Report) string {
	var held []string
	for _, k := range reasons {
		if b, a := before.Held[k.kind], after.Held[k.kind]; b+a > 0 {
			held = append(held, Turns(b, a)+" "+k.words)
		}
	}
	if before.Untold+after.Untold > 0 {
		held = append(held, Turns(before.Untold, after.Untold)+" never told")
	}
	return strings.Join(held, ", ")
}

// ActionWords says how often each action would run by itself, and the first such
// runs.
func ActionWords(before, after *Report) (out []AskedWords) {
	type key struct{ policy, name string }
	both := map[key]*[2]Action{}
	var order []key
	for i, r := range []*Report{before, after} {
		for _, a := range r.Actions {
			k := key{a.Policy, a.Name}
			if both[k] == nil {
				both[k] = &[2]Action{}
				order = append(order, k)
			}
			both[k][i] = a
		}
	}
	for _, k := range order {
		b, a := both[k][0], both[k][1]
		text := fmt.Sprintf("%s of %s by itself: %s", k.name, k.policy, Turns(b.Asked, a.Asked))
		if a.Asked == 1 && b.Asked == 1 {
			text += " run"
		} else {
			text += " runs"
		}
		if b.Limited+a.Limited > 0 {
			text += fmt.Sprintf(", %s over the limit of runs an hour", Turns(b.Limited, a.Limited))
		}
		if b.Refused+a.Refused > 0 {
			why := a.Why
			if why == "" {
				why = b.Why
			}
			text += fmt.Sprintf(", %s left to people: %s", Turns(b.Refused, a.Refused), why)
		}
		runs := a.Runs
		if len(runs) == 0 {
			runs = b.Runs
		}
		out = append(out, AskedWords{text, runs})
	}
	return out
}

// AskedWords is an action in words, and the first of its runs.
type AskedWords struct {
	Text string
	Runs []Run
}

// WasteWords says what waste is found; "" if none is.
func WasteWords(before, after *Report) string {
	b, a := before.Waste, after.Waste
	if b.Resources+a.Resources == 0 {
		return ""
	}
	text := fmt.Sprintf("waste found: %s resources, %s a month at list price", Turns(b.Resources, a.Resources), dollars(b.USDMonth, a.USDMonth))
	if b.Acted+a.Acted > 0 {
		text += fmt.Sprintf("; %s of it is acted on by itself", dollars(b.Acted, a.Acted))
	}
	if b.Unpriced+a.Unpriced > 0 {
		text += fmt.Sprintf("; %s of unknown price", Turns(b.Unpriced, a.Unpriced))
	}
	return text
}

func dollars(before, after float64) string {
	if before == after {
		return savings.USD(after)
	}
	return savings.USD(before) + " → " + savings.USD(after)
}

// Pair is a channel on both sides.
type Pair struct{ Before, After Channel }

// Channels returns all channels by their names, on both sides.
func Channels(before, after *Report) (out []Pair) {
	byName := map[string]int{}
	for i, r := range []*Report{before, after} {
		for _, c := range r.Channels {
			at, known := byName[c.Name]
			if !known {
				at = len(out)
				byName[c.Name] = at
				out = append(out, Pair{Channel{Name: c.Name}, Channel{Name: c.Name}})
			}
			if i == 0 {
				out[at].Before = c
			} else {
				out[at].After = c
			}
		}
	}
	return out
}
