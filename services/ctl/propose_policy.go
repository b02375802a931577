package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/evaluator/propose"
	"github.com/parley-ops/parley/services/evaluator/replay"
)

type policyProposeCmd struct {
	Out string `help:"Write each changed policy as a file into this folder." placeholder:"DIR"`
	storedFlags
}

// Help explains the command.
func (policyProposeCmd) Help() string {
	return `Takes the policies whose incidents were noise most often (people called them so, or
nobody acknowledged, acted or said a word), tries changes of them over what is
stored (a longer hold, a threshold or tolerance further away, a slower recovery, or
to turn them off), by the code that judges live, and prints for each the smallest
change that would have removed noise, kept every useful incident and opened none that
did not. Nothing is changed: put a proposal in force with parley policy apply.

The server keeps samples for six hours; the archive that a collector writes has more
(--collector-archive, read with --archive). Incidents that what is stored does not
show again prove nothing, and are not counted. In chat, /parley proposals says the
same, and tells it each Monday (--notifier-proposals).

Examples:
  parley policy propose --since 28d --archive data/archive
  parley policy propose --out proposals/ && parley policy replay --against proposals/
  parley policy propose --json | jq -r '.proposals[] | .policy + ": " + .effect'`
}

// proposeView is the JSON of the command.
type proposeView struct {
	From      time.Time      `json:"from,omitzero"`
	To        time.Time      `json:"to,omitzero"`
	Samples   int            `json:"samples"`
	Tried     []string       `json:"tried"`
	Proposals []proposalView `json:"proposals"`
}

type proposalView struct {
	Policy        string  `json:"policy"`
	Change        string  `json:"change"`
	Effect        string  `json:"effect"`
	Proof         string  `json:"proof"`
	Removed       int     `json:"removed"`
	Noise         int     `json:"noise"`
	Useful        int     `json:"useful"`
	LaterSeconds  float64 `json:"later_seconds"`
	UnprovenCount int     `json:"unproven"`
	YAML          string  `json:"yaml"`
	File          string  `json:"file,omitempty"`
	// before is the policy's text as it is in force.
	before string
}

// Run looks for changes and prints them.
func (c *policyProposeCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	if err := c.check(); err != nil {
		return err
	}
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	policies, err := policiesInForce(ctx, conn)
	if err != nil {
		return err
	}
	ended, err := endings(ctx, conn)
	if err != nil {
		return err
	}
	trial := propose.New(policies, ended)
	v := proposeView{Tried: append([]string{}, trial.Tried()...), Proposals: []proposalView{}}
	if len(v.Tried) > 0 {
		read, err := c.read(ctx, conn, s, func(e replay.Entry) error { return trial.Apply(e.Partition, e.Stored, e.Event) })
		if err != nil {
			return err
		}
		v.From, v.To, v.Samples = read.from, read.to, read.samples
		found, err := trial.End()
		if err != nil {
			return err
		}
		if v.Proposals, err = c.write(found, policies); err != nil {
			return err
		}
	}
	return s.Result(v, func() { v.show(s) })
}

// write makes what is shown of proposals, and their files.
func (c *policyProposeCmd) write(found []propose.Proposal, policies []policy.Policy) ([]proposalView, error) {
	before := map[string]string{}
	for _, p := range policies {
		before[p.Name] = p.YAML
	}
	out := []proposalView{}
	for _, p := range found {
		v := proposalView{Policy: p.Policy, Change: p.Change, Effect: p.Words(), Proof: p.Proof(), Removed: p.Removed, Noise: p.Noise, Useful: p.Useful,
			LaterSeconds: p.Later.Seconds(), UnprovenCount: p.Unproven, YAML: p.YAML, before: before[p.Policy]}
		if c.Out != "" {
			if err := os.MkdirAll(c.Out, 0o755); err != nil {
				return nil, err
			}
			v.File = filepath.Join(c.Out, p.Policy+".yaml")
			text := "# " + p.Change + ": " + v.Effect + ",\n# " + v.Proof + "\npolicies:\n" + item(p.YAML)
			if err := os.WriteFile(v.File, []byte(text), 0o644); err != nil {
				return nil, err
			}
		}
		out = append(out, v)
	}
	return out, nil
}

// item is a policy's text as an element of a list.
func item(yaml string) string {
	var b strings.Builder
	for i, l := range lines(yaml) {
		b.WriteString(strings.TrimRight(word(i == 0, "  - ", "    ")+l, " ") + "\n")
	}
	return b.String()
}

// show prints proposals, each with what changes in its policy.
func (v *proposeView) show(s *screen.Screen) {
	switch {
	case len(v.Tried) == 0:
		s.Line("No policy is noisy enough to change: that takes three incidents that were called noise, or went away unheeded, and a third of all.")
		return
	case len(v.Proposals) == 0:
		s.Line(fmt.Sprintf("No change of %s would have removed noise and kept every useful incident, in the %s that are stored.", strings.Join(v.Tried, ", "), span(v.To.Sub(v.From))))
		return
	}
	for i, p := range v.Proposals {
		if i > 0 {
			s.Line("")
		}
		s.Line(s.Paint(screen.Bold, p.Policy) + ": " + p.Change)
		s.Line("  " + p.Effect)
		s.Line("  " + p.Proof)
		for _, l := range diff(p.before, p.YAML) {
			s.Line("  " + l)
		}
		if p.File != "" {
			s.Line("  wrote " + p.File)
		}
	}
}
