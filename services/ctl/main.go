package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/service"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// commands is the whole command line: one line a command.
type commands struct {
	settings

	Incident    incidentCmd    `cmd:"" group:"incidents" help:"What is wrong with what is watched."`
	Silence     silenceCmd     `cmd:"" group:"incidents" help:"Times without notifications."`
	Maintenance maintenanceCmd `cmd:"" group:"incidents" help:"Times of planned work: recorded, not told."`
	Route       routeCmd       `cmd:"" group:"incidents" help:"Who is told of what, where and when."`
	Oncall      oncallCmd      `cmd:"" group:"incidents" help:"Show who is on call now and next."`
	Query       queryCmd       `cmd:"" group:"metrics" help:"Show recent samples: a table, or a chart in a terminal."`
	Top         topCmd         `cmd:"" group:"metrics" help:"Show a metric's highest series now."`
	Send        sendCmd        `cmd:"" group:"metrics" help:"Publish samples, as a program of yours would."`
	Detect      detectCmd      `cmd:"" group:"metrics" help:"Judge series in files: what is unusual, and what was expected."`
	Forecast    forecastCmd    `cmd:"" group:"metrics" help:"Forecast series in files, or when they are full."`
	Policy      policyCmd      `cmd:"" group:"policies" help:"What is watched, and what follows."`
	Action      actionCmd      `cmd:"" group:"policies" help:"What can be done about incidents."`
	Audit       auditCmd       `cmd:"" group:"operation" help:"Who did what, to what, when and why; and the proof of it."`
	Cost        costCmd        `cmd:"" group:"operation" help:"Show what is paid for and not used, and what was saved."`
	Status      statusCmd      `cmd:"" group:"operation" help:"Show what is wrong, and how every part is doing."`
	Notify      notifyCmd      `cmd:"" group:"operation" help:"Messages: how they look, and whether they arrive."`
	DLQ         dlqCmd         `cmd:"" name:"dlq" group:"operation" help:"Dead letters: what could not be handled."`
	Slack       slackCmd       `cmd:"" group:"operation" help:"The Slack app: what is missing of its set-up."`
	AWS         awsCmd         `cmd:"" name:"aws" group:"operation" help:"The AWS accounts: what is missing, and what watching costs."`

	Keys     keysCmd     `cmd:"" group:"installation" help:"Make the NATS keys of every service."`
	Setup    setupCmd    `cmd:"" group:"installation" help:"Make the streams, consumers and buckets."`
	Natsconf natsconfCmd `cmd:"" group:"installation" help:"Write the NATS server's configuration."`
	Forward  forwardCmd  `cmd:"" group:"installation" help:"Forward connections to a service that runs more than once."`
	Version  versionCmd  `cmd:"" group:"installation" help:"Print the version."`

	Completion completionCmd `cmd:"" group:"installation" help:"Print a shell's completion script."`
	Words      wordsCmd      `cmd:"" name:"complete-words" hidden:""`
}

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// exited carries an exit code out of kong, which would end the process.
type exited int

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	ctx, refuse := context.WithCancelCause(ctx)
	defer refuse(nil)
	out := screen.New(stdin, stdout, stderr)
	var cli commands
	parser, err := newParser(ctx, &cli, out)
	if err != nil {
		fmt.Fprintln(stderr, "parley:", err)
		return exitFailed
	}
	defer func() {
		if p := recover(); p != nil {
			e, ok := p.(exited)
			if !ok {
				panic(p)
			}
			code = int(e)
		}
	}()
	parsed, err := parser.Parse(minus(helpWord(args)))
	if err != nil {
		return usage(parser, err, out)
	}
	cli.settings.refused = refuse
	out.JSON = cli.JSON
	err = parsed.Run()
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause // the server said no, and what failed is only what waited for its yes
	}
	var u usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &u):
		return usage(parser, err, out)
	case errors.Is(err, errSaid):
		return exitFailed
	}
	out.Fail(cli.settings.explain(err))
	return exitFailed
}

// newParser returns the parser of the whole command line.
func newParser(ctx context.Context, cli *commands, out *screen.Screen) (*kong.Kong, error) {
	return kong.New(cli,
		kong.Name("parley"), kong.Description("Parley turns metrics into conversations, and conversations into action."),
		kong.Writers(out.Out, out.Err),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.Help(printHelp(out)),
		kong.PostBuild(emptyIsUnset),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(out, &cli.settings, cli))
}

// helpWord lets `parley help query` and a bare `parley` show help.
func helpWord(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(args[1:len(args):len(args)], "--help")
	}
	return args
}

// minus gives negative numbers a minus sign that is no hyphen, so that they are
// not taken for flags: parley send temperature -3.5.
func minus(args []string) []string {
	out := slices.Clone(args)
	for i, a := range out {
		flagsValue := i > 0 && strings.HasPrefix(out[i-1], "-")
		if len(a) > 1 && a[0] == '-' && (a[1] == '.' || a[1] >= '0' && a[1] <= '9') && !flagsValue {
			out[i] = minusSign + a[1:]
		}
	}
	return out
}

const minusSign = "\u2212"

// usage says what was wrong with the command line and where to read on.
func usage(parser *kong.Kong, err error, out *screen.Screen) int {
	var parse *kong.ParseError
	path := "parley"
	if errors.As(err, &parse) && parse.Context != nil {
		path = pathOf(parser, parse.Context)
	}
	out.Fail(fmt.Errorf("%s\nSee `%s`", strings.TrimSuffix(err.Error(), "."), strings.TrimSpace(path+" --help")))
	return exitUsage
}

// pathOf returns the command as far as it was understood.
func pathOf(parser *kong.Kong, ctx *kong.Context) string {
	path := parser.Model.Name
	for _, p := range ctx.Path {
		if p.Command != nil {
			path += " " + p.Command.Name
		}
	}
	return path
}

// emptyIsUnset makes a variable that is empty as good as none: compose passes
// those on.
func emptyIsUnset(k *kong.Kong) error {
	return kong.Visit(k.Model, func(node kong.Visitable, next kong.Next) error {
		if f, ok := node.(*kong.Flag); ok {
			f.Tag.Envs = slices.DeleteFunc(f.Tag.Envs, func(name string) bool { v, set := os.LookupEnv(name); return set && v == "" })
			f.Envs = f.Tag.Envs
		}
		return next(nil)
	})
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(s *screen.Screen) error {
	return s.Result(map[string]string{"version": service.Version}, func() { s.Line("parley " + service.Version) })
}
