package main

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
)

// Every command says what it is, is in a group of the help, and has examples
// that can be parsed.
func TestEveryCommandHasHelp(t *testing.T) {
	t.Parallel()
	out := screen.New(strings.NewReader(""), io.Discard, io.Discard)
	var cli commands
	parser, err := newParser(context.Background(), &cli, out)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, g := range groups {
		known[g.key] = true
	}
	for _, n := range parser.Model.Leaves(true) {
		if n.Name == "version" {
			continue
		}
		group := n.ClosestGroup()
		if n.Help == "" || group == nil || !known[group.Key] {
			t.Errorf("%s: help %q, group %v", n.Path(), n.Help, group)
		}
		_, examples, ok := strings.Cut(n.Detail, "Examples:\n")
		if !ok {
			t.Errorf("%s: no examples", n.Path())
			continue
		}
		if !strings.Contains(examples, n.Path()) {
			t.Errorf("%s: the examples are of something else:\n%s", n.Path(), examples)
		}
		checkFlags(t, n, examples)
	}
}

// checkFlags fails for a flag in an example that the command does not have.
func checkFlags(t *testing.T, n *kong.Node, examples string) {
	t.Helper()
	known := map[string]bool{}
	for _, level := range n.AllFlags(false) {
		for _, f := range level {
			known["--"+f.Name] = true
		}
	}
	for line := range strings.SplitSeq(examples, "\n") {
		_, args, ok := strings.Cut(line, "parley ")
		if !ok {
			continue
		}
		args, _, _ = strings.Cut(args, "|")
		args, _, _ = strings.Cut(args, "&&") // what follows is another command
		for word := range strings.FieldsSeq(args) {
			flag, _, _ := strings.Cut(word, "=")
			if strings.HasPrefix(flag, "--") && !known[flag] {
				t.Errorf("%s: an example has the unknown flag %s", n.Path(), flag)
			}
		}
	}
}
