package main

import (
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
)

// groups are the headings of the list of commands, in its order.
var groups = []struct{ key, title string }{
	{"incidents", "Incidents"}, {"metrics", "Metrics"}, {"policies", "Policies and actions"},
	{"operation", "Operation"}, {"installation", "Installation"},
}

const shells = `Exit codes: 0 done, 1 failed, 2 the command line was wrong.
` + "`parley help COMMAND` or `parley COMMAND --help` says more and gives examples."

// printHelp returns the printer of help for whatever command was asked about.
func printHelp(s *screen.Screen) kong.HelpPrinter {
	return func(_ kong.HelpOptions, ctx *kong.Context) error {
		h := helper{Screen: s, width: 100}
		if s.Terminal {
			h.width = min(s.Width, h.width)
		}
		if node := ctx.Selected(); node != nil {
			h.command(ctx.Model, node)
		} else {
			h.application(ctx.Model)
		}
		return nil
	}
}

type helper struct {
	*screen.Screen
	width int
}

func (h helper) head(text string) { h.Line(h.Paint(screen.Bold, text)) }

func (h helper) application(app *kong.Application) {
	h.Line(app.Help)
	h.Line("")
	h.head("Usage")
	h.Line("  parley COMMAND [ARGUMENTS] [FLAGS]")
	leaves := app.Leaves(true)
	for _, g := range groups {
		var rows [][2]string
		for _, n := range leaves {
			if of := n.ClosestGroup(); of != nil && of.Key == g.key {
				rows = append(rows, [2]string{strings.TrimPrefix(n.Path(), "parley "), n.Help})
			}
		}
		if len(rows) > 0 {
			h.Line("")
			h.head(g.title)
			h.columns(rows)
		}
	}
	h.Line("")
	h.head("Flags of every command")
	h.columns(flagRows(app.Node, true))
	h.Line("")
	h.Line(shells)
}

func (h helper) command(app *kong.Application, node *kong.Node) {
	h.Line(node.Help)
	if detail, _, _ := strings.Cut(node.Detail, "\nExamples:\n"); detail != "" {
		h.Line("")
		h.Line(strings.TrimSpace(detail))
	}
	h.Line("")
	h.head("Usage")
	h.Line("  " + usageOf(node))
	if len(node.Children) > 0 {
		h.Line("")
		h.head("Commands")
		var rows [][2]string
		for _, n := range node.Leaves(true) {
			rows = append(rows, [2]string{n.Name + arguments(n), n.Help})
		}
		h.columns(rows)
	}
	if len(node.Positional) > 0 {
		h.Line("")
		h.head("Arguments")
		var rows [][2]string
		for _, p := range node.Positional {
			rows = append(rows, [2]string{p.Summary(), p.Help})
		}
		h.columns(rows)
	}
	var own [][2]string
	for n := node; n != nil && n.Parent != nil; n = n.Parent {
		own = append(own, flagRows(n, false)...)
	}
	if len(own) > 0 {
		h.Line("")
		h.head("Flags")
		h.columns(own)
	}
	if _, examples, ok := strings.Cut(node.Detail, "Examples:\n"); ok {
		h.Line("")
		h.head("Examples")
		h.Line(strings.TrimRight(examples, "\n"))
	}
	h.Line("")
	h.head("Flags of every command")
	h.columns(flagRows(app.Node, true))
}

// usageOf returns the synopsis: command, arguments, and whether flags follow.
func usageOf(node *kong.Node) string {
	line := "parley " + strings.TrimPrefix(node.Path(), "parley ")
	if len(node.Children) > 0 {
		return line + " COMMAND"
	}
	line += arguments(node)
	for _, f := range node.Flags {
		if f.Required {
			line += " --" + f.Name + "=" + f.FormatPlaceHolder()
		}
	}
	return line + " [FLAGS]"
}

func arguments(node *kong.Node) string {
	var b strings.Builder
	for _, p := range node.Positional {
		b.WriteString(" " + p.Summary())
	}
	return b.String()
}

// flagRows returns the node's own flags; --help comes with the global ones.
func flagRows(node *kong.Node, global bool) (rows [][2]string) {
	for _, f := range node.Flags {
		if f.Hidden || (f.Name == "help" && !global) {
			continue
		}
		name := "--" + f.Name
		if f.Short != 0 {
			name = "-" + string(f.Short) + ", " + name
		}
		if !f.IsBool() {
			name += "=" + strings.Trim(f.FormatPlaceHolder(), `"`)
		}
		text := f.Help
		var notes []string
		if f.HasDefault && f.Default != "" && !f.IsBool() {
			notes = append(notes, "default "+f.Default)
		}
		if len(f.Envs) > 0 {
			notes = append(notes, "$"+strings.Join(f.Envs, ", $"))
		}
		if len(notes) > 0 {
			text = strings.TrimSuffix(text, ".") + " (" + strings.Join(notes, "; ") + ")."
		}
		rows = append(rows, [2]string{name, text})
	}
	return rows
}

// columns writes names and their help, wrapped, side by side.
func (h helper) columns(rows [][2]string) {
	const most = 34
	left := 0
	for _, r := range rows {
		if n := utf8.RuneCountInString(r[0]); n <= most {
			left = max(left, n)
		}
	}
	for _, r := range rows {
		name, lines := r[0], wrap(r[1], max(h.width-left-4, 30))
		n := utf8.RuneCountInString(name)
		if n > left {
			h.Line("  " + h.Paint(screen.Cyan, name))
			name, n = "", 0
		}
		for i, line := range lines {
			if i > 0 {
				name, n = "", 0
			}
			h.Line(strings.TrimRight("  "+h.Paint(screen.Cyan, name)+strings.Repeat(" ", left-n+2)+line, " "))
		}
	}
}

// wrap breaks text between words.
func wrap(text string, width int) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
