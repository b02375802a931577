package command

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/nearest"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Command is what a person asks for.
type Command struct {
	Name string
	// Incident, Silence, Action, Metric are what it is about, as typed.
	Incident, Silence, Action, Metric string
	Matchers                          label.Matchers
	Duration                          time.Duration
	// UntilResolved: the silence ends with the incident.
	UntilResolved bool
	Comment       string
}

// verb is one command as help shows it.
type verb struct{ name, usage, short, long string }

var verbs = []verb{
	{"status", "status", "how Parley is doing", "Partitions with and without an owner, series, open incidents, lag, silences."},
	{"incidents", "incidents", "what is open", "Open incidents, the worst first, with their short ids."},
	{"ack", "ack <incident> [comment]", "say that you are on it", "Everybody sees in the message who is on it. Ids may be cut: the first characters are enough."},
	{"resolve", "resolve <incident> [comment]", "end an incident by hand", "For what Parley cannot see. If its conditions still hold, it opens again as a new one."},
	{"silence", "silence <incident | label=value …> <1h | 2d | resolved> [comment]", "stop messages for a while",
		"An incident's id silences what looks like it: same policy and labels. Labels take =, !=, =~ and !~, and also policy= and severity=. For a time, resolved means as long as the incident lasts."},
	{"silences", "silences", "what is silenced", "Silences in force, with their ids and who made them."},
	{"unsilence", "unsilence <silence>", "end a silence", "Incidents that are still open are told again."},
	{"actions", "actions", "what can be done", "Actions that are offered, and who may run them."},
	{"run", "run <action> <incident>", "do something about it", "The same as the button in the message, with the same checks."},
	{"idle", "idle", "what is paid for and not used", "Idle instances, volumes attached to nothing and the like: whose they are, since when, and what they cost a month at list price."},
	{"cost", "cost", "what watching costs, what is wasted, what was saved", "The bill of Parley's own looking at AWS by account and policy, what finds come to a month, and what was saved by stopping."},
	{"freeze", "freeze [account | all] [reason]", "stop all actions", "No action begins in the account, or anywhere, until it is thawed. An account is its 12 digits, or the name of one that is watched."},
	{"thaw", "thaw [account | all]", "let actions begin again", "Ends a freeze. Two people have to say so."},
	{"schedules", "schedules", "what is done by itself later", "What will be started again or stopped and when, and what is frozen."},
	{"query", "query <metric> [label=value …] [1h]", "recent values", "Newest, lowest and highest value of each series with a small graph."},
	{"graph", "graph <metric> [label=value …] [1h]", "the same as query", "The same as query."},
	{"help", "help [command]", "this", "What a command does."},
}

// Error is what a person typed wrong, in words for them.
type Error struct{ Text string }

func (e *Error) Error() string { return e.Text }

func wrong(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Parse returns the command in text.
func Parse(text string) (Command, error) {
	words := strings.Fields(strings.NewReplacer("“", `"`, "”", `"`, "‘", "'", "’", "'").Replace(text))
	if len(words) == 0 {
		return Command{Name: "help"}, nil
	}
	c := Command{Name: strings.ToLower(words[0])}
	args := words[1:]
	switch c.Name {
	case "status", "incidents", "silences", "actions", "cost", "idle", "schedules":
		return c, nil
	case "freeze", "thaw":
		c.Comment = strings.Join(args, " ")
		return c, nil
	case "help":
		c.Action = strings.Join(args, " ")
		return c, nil
	case "ack", "resolve":
		if len(args) == 0 {
			return c, usage(c.Name, "which incident?")
		}
		c.Incident, c.Comment = args[0], strings.Join(args[1:], " ")
		return c, nil
	case "unsilence":
		if len(args) != 1 {
			return c, usage(c.Name, "which silence?")
		}
		c.Silence = args[0]
		return c, nil
	case "run":
		if len(args) != 2 {
			return c, usage(c.Name, "which action, and for which incident?")
		}
		c.Action, c.Incident = args[0], args[1]
		return c, nil
	case "silence":
		return c.silence(args)
	case "query", "graph":
		return c.query(args)
	}
	if s := nearest.To(c.Name, names()); s != "" {
		return c, wrong("There is no command %q. Did you mean %q? /parley help lists them all.", c.Name, s)
	}
	return c, wrong("There is no command %q. /parley help lists them all.", c.Name)
}

// silence reads: <incident | matchers> <duration> [comment].
func (c Command) silence(args []string) (Command, error) {
	for len(args) > 0 && strings.Contains(args[0], "=") {
		m, err := label.ParseMatcher(args[0])
		if err != nil {
			return c, wrong("%v", err)
		}
		c.Matchers, args = append(c.Matchers, m), args[1:]
	}
	if len(c.Matchers) == 0 {
		if len(args) == 0 {
			return c, usage(c.Name, "what, and for how long?")
		}
		c.Incident, args = args[0], args[1:]
	}
	if len(args) == 0 {
		return c, usage(c.Name, "for how long?")
	}
	if strings.EqualFold(args[0], "resolved") && c.Incident != "" {
		c.UntilResolved = true
	} else {
		d, err := Duration(args[0])
		if err != nil {
			return c, err
		}
		if d < time.Minute || d > 90*24*time.Hour {
			return c, wrong("A silence lasts from 1m to 90d, not %s.", args[0])
		}
		c.Duration = d
	}
	c.Comment = strings.Join(args[1:], " ")
	return c, nil
}

// query reads: <metric> [matchers] [duration].
func (c Command) query(args []string) (Command, error) {
	if len(args) == 0 {
		return c, usage(c.Name, "which metric?")
	}
	c.Metric, c.Duration = args[0], time.Hour
	for _, a := range args[1:] {
		if strings.Contains(a, "=") {
			m, err := label.ParseMatcher(strings.Trim(a, "{},"))
			if err != nil {
				return c, wrong("%v", err)
			}
			c.Matchers = append(c.Matchers, m)
			continue
		}
		d, err := Duration(a)
		if err != nil {
			return c, err
		}
		c.Duration = min(max(d, time.Minute), 24*time.Hour)
	}
	return c, nil
}

// Duration reads "90s", "10m", "1h30m", "2d", "1w".
func Duration(s string) (time.Duration, error) {
	bad := wrong("%q is no length of time: write 30m, 4h, 2d or 1w.", s)
	var total time.Duration
	rest := s
	for rest != "" {
		i := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if i <= 0 || i > 6 {
			return 0, bad
		}
		n := 0
		for _, d := range rest[:i] {
			n = n*10 + int(d-'0')
		}
		unit := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[rest[i]]
		if unit == 0 {
			return 0, bad
		}
		total, rest = total+time.Duration(n)*unit, rest[i+1:]
	}
	if total <= 0 {
		return 0, bad
	}
	return total, nil
}

// Help returns help about everything, or about one command.
func Help(about string) chat.Content {
	if i := slices.IndexFunc(verbs, func(v verb) bool { return v.name == about }); i >= 0 {
		v := verbs[i]
		return chat.Content{Text: "/parley " + v.usage, Parts: []chat.Part{
			chat.Lines{{chat.C("/parley " + v.usage)}, {chat.P(v.long)}}}}
	}
	var lines chat.Lines
	for _, v := range verbs {
		lines = append(lines, chat.Line{chat.C(v.usage), chat.P(" " + v.short)})
	}
	return chat.Content{Text: "What /parley can do", Title: "What /parley can do",
		Parts: []chat.Part{lines, chat.Note{{chat.C("/parley help <command>"), chat.P(" says more about one")}}}}
}

func usage(name, question string) error {
	i := slices.IndexFunc(verbs, func(v verb) bool { return v.name == name })
	return wrong("%s%s Write: /parley %s", strings.ToUpper(question[:1]), question[1:], verbs[i].usage)
}

func names() []string {
	out := make([]string, len(verbs))
	for i, v := range verbs {
		out[i] = v.name
	}
	return out
}
