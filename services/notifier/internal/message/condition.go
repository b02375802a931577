package message

import (
	"fmt"
	"strconv"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/savings"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// mostConditions is how many conditions a message names.
const mostConditions = 10

// conditions returns each violated condition as a line, by its number where the
// policy combines them by theirs.
func conditions(c *eventv1.IncidentChanged, open bool) chat.Lines {
	var lines chat.Lines
	held, rest := 0, 0
	numbered := strings.Contains(c.GetCombination(), "(")
	for i, k := range c.GetConditions() {
		if open && !k.GetHolds() {
			rest++
			continue
		}
		if !open && !savings.Drawn(k.GetMetric()) {
			continue // what was said of a find is not so any more: the title says what it was
		}
		if held++; held > mostConditions {
			continue
		}
		mark := "• "
		if numbered {
			mark = strconv.Itoa(i+1) + ". "
		}
		lines = append(lines, condition(mark, k, open))
	}
	if held > mostConditions {
		lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more conditions", held-mostConditions))})
	}
	if n := len(c.GetConditions()); n > 1 && c.GetCombination() != "" && len(lines) > 0 && (open || !priced(c)) {
		text := needs(c.GetCombination())
		if open && rest > 0 {
			text += fmt.Sprintf(" · %d of %d hold", held, n)
		}
		lines = append(lines, chat.Line{chat.P(text)})
	}
	return lines
}

func condition(mark string, k *eventv1.ConditionState, open bool) chat.Line {
	line := chat.Line{chat.P(mark)}
	if words := savings.Words(k.GetMetric()); words != k.GetMetric() {
		line = append(line, chat.P(words+" "))
	} else {
		line = append(line, chat.C(Cut(k.GetMetric(), 100)), chat.P(" "))
	}
	text, said := asked(k)
	if !strings.HasPrefix(k.GetMetric(), savings.Prefix) { // of what is wasted the picture shows what it was
		text += extras(k, said, open)
	}
	if open {
		return append(line, chat.B(unit.Format(k.GetValue(), k.GetUnit())), chat.P(" · "+text))
	}
	return append(line, chat.B(unit.Format(k.GetValue(), k.GetUnit())), chat.P(" now · condition: "+text))
}

// extras says what else is known of a condition, in brackets.
func extras(k *eventv1.ConditionState, said, open bool) string {
	var extra []string
	if k.GetNote() != "" {
		extra = append(extra, Cut(k.GetNote(), 150))
	}
	if k.GetHasThreshold() && !k.GetHasBand() && !said {
		extra = append(extra, "threshold "+unit.Format(k.GetThreshold(), k.GetUnit()))
	}
	if peak := unit.Format(k.GetPeak(), k.GetUnit()); peak != unit.Format(k.GetValue(), k.GetUnit()) {
		word := "peak "
		if k.GetKind() == "below" {
			word = "lowest "
		}
		extra = append(extra, word+peak)
	}
	if k.GetHasBefore() {
		extra = append(extra, "was "+unit.Format(k.GetBefore(), k.GetUnit()))
	}
	if n := k.GetSeriesCount(); open && n > 1 {
		extra = append(extra, fmt.Sprintf("worst of %d series", n))
	}
	if len(extra) == 0 {
		return ""
	}
	return " (" + strings.Join(extra, ", ") + ")"
}

// asked says what a condition asks for, its number with the unit of the value;
// said is whether the threshold stands in it.
func asked(k *eventv1.ConditionState) (text string, said bool) {
	text = Cut(k.GetText(), 200)
	if limit := unit.Format(k.GetThreshold(), k.GetUnit()); k.GetHasThreshold() && (k.GetKind() == "above" || k.GetKind() == "below") {
		word := k.GetKind()
		for _, equal := range []string{"at least", "at most"} {
			if strings.HasPrefix(text, equal+" ") {
				word = equal
			}
		}
		operand, span := strings.TrimPrefix(text, word+" "), ""
		if at := strings.IndexByte(operand, ' '); at > 0 && (strings.HasPrefix(operand[at:], " for ") || strings.HasPrefix(operand[at:], " in ")) {
			operand, span = operand[:at], operand[at:]
		}
		_, err := strconv.ParseFloat(operand, 64)
		if err == nil && k.GetThreshold() != 0 || strings.HasPrefix(operand, savings.Prefix) {
			return word + " " + limit + span, true
		}
	}
	return text, strings.Contains(text, unit.Format(k.GetThreshold(), k.GetUnit())) ||
		strings.Contains(text, strconv.FormatFloat(k.GetThreshold(), 'f', -1, 64))
}

// needs says in words which of a policy's conditions have to hold: of "all (1,
// any (2, 3))" that 1 and (2 or 3) do.
func needs(combination string) string {
	switch count, of := strings.CutPrefix(combination, "at least "); {
	case combination == "all":
		return "all of them have to hold"
	case combination == "any":
		return "one of them is enough"
	case of && !strings.Contains(combination, "("):
		return count + " are enough"
	}
	if words, rest, ok := combined(combination, 0); ok && rest == "" {
		return "the policy needs " + words
	}
	return "the policy needs " + combination
}

// combined reads one "all (…)", "any (…)", "at least n of m (…)" or number at
// the beginning of text, and returns it in words with what comes after it.
func combined(text string, depth int) (words, rest string, ok bool) {
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	if digits > 0 {
		return text[:digits], text[digits:], true
	}
	word, rest, ok := strings.Cut(text, " (")
	if !ok || depth > 8 {
		return "", "", false
	}
	var parts []string
	for {
		var part string
		if part, rest, ok = combined(rest, depth+1); !ok {
			return "", "", false
		}
		parts = append(parts, part)
		if after, end := strings.CutPrefix(rest, ")"); end {
			rest = after
			break
		}
		if rest, ok = strings.CutPrefix(rest, ", "); !ok {
			return "", "", false
		}
	}
	list := func(last string) string {
		if n := len(parts); n > 1 {
			return strings.Join(parts[:n-1], ", ") + last + parts[n-1]
		}
		return parts[0]
	}
	switch {
	case word == "all":
		words = list(" and ")
	case word == "any":
		words = list(" or ")
	default:
		words = word + " " + list(", ")
	}
	if depth > 0 && len(parts) > 1 {
		words = "(" + words + ")"
	}
	return words, rest, true
}
