package command

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/nearest"
)

// Command is what a person asks for.
type Command struct {
	Name string
	// Share: the answer is for the whole channel.
	Share bool
	// Sub is what of a command of several.
	Sub string
	// Incident, Silence, Action, Metric, Policy are what it is about, as typed.
	Incident, Silence, Action, Metric, Policy string
	Matchers                                  label.Matchers
	Duration                                  time.Duration
	// Versus is how much earlier to compare with; 0 is nothing.
	Versus time.Duration
	// Count is how many, and By the label to group by.
	Count int
	By    string
	// Mine: only what the person works on.
	Mine bool
	// UntilResolved: the silence ends with the incident.
	UntilResolved bool
	Comment       string
	// Own is what only this command has: see its file.
	Own any
}

// Verb is a command that people can write, with its words.
type Verb struct {
	Name string
	// Group is under what help lists it.
	Group Group
	// Usage is how it is written, without the /parley before it.
	Usage string
	// Short and Long say what it does: in a list, and when help is asked for.
	Short, Long string
	// Examples are whole commands, without the /parley before them.
	Examples []string
	// FreeText: it may end in words of the person's own, so that only a first
	// word "share" is none of them.
	FreeText bool
	// Parse reads what stands after the name; nil if nothing may.
	Parse func(c *Command, args []string) error
}

// Group is what commands are for: help lists them by it.
type Group string

// The groups.
const (
	See   Group = "See"
	Know  Group = "Know why"
	Work  Group = "Work on an incident"
	Act   Group = "Act"
	Quiet Group = "Quiet"
	Who   Group = "Who is told"
	Money Group = "Money"
)

// Groups are all groups, in the order in which help lists them.
var Groups = []Group{See, Know, Work, Act, Quiet, Who, Money}

// Set is all commands, in the order in which help lists them.
type Set []Verb

// Error is what a person typed wrong, in words for them.
type Error struct{ Text string }

func (e *Error) Error() string { return e.Text }

func wrong(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// missing is an error that asks for what is missing; Set.Parse adds the usage.
type missing string

func (m missing) Error() string { return string(m) }

// share is the word that makes an answer everybody's.
const share = "share"

// Parse returns the command in text.
func (s Set) Parse(text string) (Command, error) {
	words := strings.Fields(strings.NewReplacer("“", `"`, "”", `"`, "‘", "'", "’", "'").Replace(text))
	var c Command
	if len(words) > 1 && strings.EqualFold(words[0], share) {
		c.Share, words = true, words[1:]
	}
	if len(words) == 0 {
		words = []string{"help"}
	}
	c.Name = strings.ToLower(strings.TrimPrefix(words[0], "/"))
	v := s.Verb(c.Name)
	if v == nil {
		return c, s.unknown(c.Name)
	}
	args := words[1:]
	if n := len(args); n > 0 && !v.FreeText && strings.EqualFold(args[n-1], share) {
		c.Share, args = true, args[:n-1]
	}
	if v.Parse == nil {
		if len(args) > 0 {
			return c, wrong("Nothing stands after %s. Write: /parley %s", v.Name, v.Usage)
		}
		return c, nil
	}
	err := v.Parse(&c, args)
	if ask, ok := err.(missing); ok {
		return c, wrong("%s%s Write: /parley %s", strings.ToUpper(string(ask[:1])), ask[1:], v.Usage)
	}
	return c, err
}

// Verb returns the command of this name, or nil.
func (s Set) Verb(name string) *Verb {
	if i := slices.IndexFunc(s, func(v Verb) bool { return v.Name == name }); i >= 0 {
		return &s[i]
	}
	return nil
}

func (s Set) unknown(name string) error {
	if near := nearest.To(name, s.Names()); near != "" {
		return wrong("There is no command %q. Did you mean %q? /parley help lists them all.", name, near)
	}
	return wrong("There is no command %q. /parley help lists them all.", name)
}

// Names returns the names of all, in their order.
func (s Set) Names() []string {
	out := make([]string, len(s))
	for i, v := range s {
		out[i] = v.Name
	}
	return out
}

// matcher reads label=value and the like.
func (c *Command) matcher(word string) error {
	m, err := label.ParseMatcher(strings.Trim(word, "{},"))
	if err != nil {
		return wrong("%v", err)
	}
	c.Matchers = append(c.Matchers, m)
	return nil
}
