package command

import (
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Help says what a command, or anything else, is.
var Help = Verb{Name: "help", Group: Know, Usage: "help [anything]", Short: "this, or what anything is",
	Long:     "What a command does; what a policy, an action or a metric is; what a word means.",
	Examples: []string{"help", "help silence", "help incident"}, FreeText: true,
	Parse: func(c *Command, args []string) error {
		c.Comment = strings.Join(args, " ")
		return nil
	}}

// Meanings are the words that messages use.
var Meanings = map[string]string{
	"sample":      "One value of a series at one time.",
	"series":      "A metric with one set of labels: what a policy judges.",
	"label":       "name=value, part of what makes a series: which host, which service.",
	"metric":      "What is measured, by name: /parley query <metric> shows it.",
	"resource":    "What is watched: an instance, a queue, a pod.",
	"condition":   "A test on a series that holds or does not: above 800 for 5m.",
	"incident":    "A policy violated on a resource: pending, open, then resolved. /parley why <incident> explains one.",
	"severity":    "How bad: info, warning or critical.",
	"matcher":     "A test on one label: =, !=, =~ (a regular expression) and !~.",
	"channel":     "A place in a chat where incidents are told.",
	"approval":    "A second person's yes to one run of an action; it expires.",
	"audit":       "Who did what to what, when and why: it only grows. The command line has it: parley audit list.",
	"partition":   "A part of all series that one evaluator judges at a time.",
	"maintenance": "A time in which messages about something are held back because people work on it.",
}

// Verb's help: how it is written, what it does, examples.
func (v *Verb) help() chat.Content {
	lines := chat.Lines{{chat.C("/parley " + v.Usage)}, {chat.P(v.Long)}}
	if len(v.Examples) > 0 {
		lines = append(lines, chat.Line{chat.P("For example:")})
	}
	for _, e := range v.Examples {
		lines = append(lines, chat.Line{chat.P("• "), chat.C("/parley " + e)})
	}
	return chat.Content{Text: "/parley " + v.Usage, Parts: []chat.Part{lines}}
}

// Help returns help about one command; false if about is none.
func (s Set) Help(about string) (chat.Content, bool) {
	v := s.Verb(strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(about, "/parley "), "/")))
	if v == nil {
		return chat.Content{}, false
	}
	return v.help(), true
}

// All returns help about everything, by group, a line for each command.
func (s Set) All() chat.Content {
	c := chat.Content{Text: "What /parley can do", Title: "What /parley can do"}
	for _, g := range Groups {
		lines := chat.Lines{{chat.B(string(g))}}
		for _, v := range s {
			if v.Group == g {
				lines = append(lines, chat.Line{chat.C(v.Name), chat.P(" " + v.Short)})
			}
		}
		if len(lines) > 1 {
			c.Parts = append(c.Parts, lines)
		}
	}
	c.Parts = append(c.Parts, chat.Note{{chat.C("/parley help <anything>"), chat.P(" says more about a command, a policy, an action, a metric or a word")},
		{chat.C("/parley share <command>"), chat.P(" shows the answer to the whole channel; else only you see it")}})
	return c
}
