package command

import (
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Help says what a command does.
var Help = Verb{Name: "help", Usage: "help [command]", Short: "this", Long: "What a command does.",
	Examples: []string{"help", "help silence"}, FreeText: true,
	Parse: func(c *Command, args []string) error {
		c.Comment = strings.Join(args, " ")
		return nil
	}}

// Help returns help about everything, or about one command.
func (s Set) Help(about string) chat.Content {
	if v := s.Verb(strings.ToLower(strings.TrimPrefix(about, "/"))); v != nil {
		lines := chat.Lines{{chat.C("/parley " + v.Usage)}, {chat.P(v.Long)}}
		if len(v.Examples) > 0 {
			lines = append(lines, chat.Line{chat.P("For example:")})
		}
		for _, e := range v.Examples {
			lines = append(lines, chat.Line{chat.P("• "), chat.C("/parley " + e)})
		}
		return chat.Content{Text: "/parley " + v.Usage, Parts: []chat.Part{lines}}
	}
	var lines chat.Lines
	for _, v := range s {
		lines = append(lines, chat.Line{chat.C(v.Usage), chat.P(" " + v.Short)})
	}
	return chat.Content{Text: "What /parley can do", Title: "What /parley can do",
		Parts: []chat.Part{lines, chat.Note{{chat.C("/parley help <command>"), chat.P(" says more about one")},
			{chat.C("/parley share <command>"), chat.P(" shows the answer to the whole channel; else only you see it")}}}}
}
