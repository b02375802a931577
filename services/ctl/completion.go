package main

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
)

type completionCmd struct {
	Shell string `arg:"" help:"${enum}." enum:"bash,zsh,fish"`
}

// Help explains the command.
func (completionCmd) Help() string {
	return `For your shell's start-up file: it then completes commands and flags.

Examples:
  source <(parley completion bash)         # in ~/.bashrc
  parley completion zsh > "${fpath[1]}/_parley"
  parley completion fish > ~/.config/fish/completions/parley.fish`
}

var completions = map[string]string{
	"bash": `_parley() {
  local IFS=$'\n'
  COMPREPLY=($(parley complete-words "${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null))
}
complete -o default -F _parley parley
`,
	"zsh": `#compdef parley
_parley() {
  local -a found
  found=("${(@f)$(parley complete-words "${(@)words[1,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then compadd -- $found; else _files; fi
}
compdef _parley parley
`,
	"fish": `complete -c parley -a '(parley complete-words (commandline -opc) (commandline -ct) 2>/dev/null)'
`,
}

// Run prints the shell's script.
func (c completionCmd) Run(s *screen.Screen) error {
	_, err := s.Out.Write([]byte(completions[c.Shell]))
	return err
}

// wordsCmd is what those scripts call.
type wordsCmd struct {
	Words []string `arg:"" optional:"" passthrough:"" help:"The command line up to the cursor, parley first."`
}

// Run prints what the last word may become, one a line.
func (c *wordsCmd) Run(app *kong.Kong, s *screen.Screen) error {
	for _, w := range complete(app.Model.Node, c.Words) {
		s.Line(w)
	}
	return nil
}

// complete returns what the last of words may become.
func complete(node *kong.Node, words []string) (out []string) {
	if len(words) < 2 {
		return nil
	}
	prefix := words[len(words)-1]
	flags := slices.Clone(node.Flags)
	for _, w := range words[1 : len(words)-1] {
		for _, child := range node.Children {
			if child.Name == w {
				node = child
				flags = append(flags, child.Flags...)
				break
			}
		}
	}
	if strings.HasPrefix(prefix, "-") {
		for _, f := range flags {
			out = append(out, "--"+f.Name)
		}
	} else {
		for _, child := range node.Children {
			if !child.Hidden {
				out = append(out, child.Name)
			}
		}
	}
	out = slices.DeleteFunc(out, func(s string) bool { return !strings.HasPrefix(s, prefix) })
	slices.Sort(out)
	return out
}
