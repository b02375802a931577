package occurrence

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Metric is the series of events; its values are their levels.
const Metric = "event.level"

const (
	// MaxMessage is how long a message is kept, in bytes.
	MaxMessage = 2000
	// MaxID is how long an event's id may be, in bytes.
	MaxID = 200
)

// Type is what an event's type looks like.
var Type = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,199}$`)

// Levels are the words for levels, from the least.
var Levels = []string{"debug", "info", "warning", "error", "critical"}

// others are what other systems call them.
var others = map[string]string{"trace": "debug", "notice": "info", "information": "info", "warn": "warning", "err": "error",
	"crit": "critical", "fatal": "critical", "alert": "critical", "emerg": "critical", "emergency": "critical", "panic": "critical"}

// Level returns the level that a word means; false if it means none.
func Level(word string) (eventv1.EventLevel, bool) {
	word = strings.ToLower(word)
	if other, ok := others[word]; ok {
		word = other
	}
	i := slices.Index(Levels, word)
	return eventv1.EventLevel(i + 1), i >= 0
}

// Word returns the word for a level.
func Word(l eventv1.EventLevel) string {
	if l < 1 || int(l) > len(Levels) {
		return "?"
	}
	return Levels[l-1]
}

// Cut returns the text within most bytes, as UTF-8, with … where it was cut.
func Cut(text string, most int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= most {
		return text
	}
	end := most - len("…")
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
