package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/evaluator/replay"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier"
	"github.com/parley-ops/parley/services/notifier/rehearsal"
)

type policyReplayCmd struct {
	Against  string `help:"Changed policies, put over those in force: a file or a folder." placeholder:"FILE|DIR"`
	Whole    bool   `help:"What --against names is all there is: other policies are as if deleted."`
	Policies string `help:"The policies in force, from a file or a folder instead of the server." placeholder:"FILE|DIR"`
	All      bool   `help:"List every incident that changes, not only the first."`
	PNG      string `name:"png" help:"Write a picture of when incidents were open, and what changes." placeholder:"FILE"`
	storedFlags
	tellingFlags
}

// Help explains the command.
func (policyReplayCmd) Help() string {
	return `Runs stored samples through the policies in force and, with --against, through
changed ones, by the code that judges live, each sample at the time at which it was
stored; and tells what would be different: incidents, messages in each channel,
what silences, maintenance, groups, limits and digests keep from being told, which
actions would run by themselves, and what waste is found. Nothing is changed, told
or done.

The server keeps samples for six hours; longer ones are in the archive that a
collector writes (--collector-archive). With --archive they are read from there, and
the server's follow where the archive ends, each once.

What learns begins at the first sample read: a baseline judges once it has learned.
Messages are decided by the notifier's code, under its routes, silences and windows
as they are now; pictures, and what people did, are left out.

Examples:
  parley policy replay
  parley policy replay --since 6h --against policies/
  parley policy replay --since 30d --archive data/archive --against policies/
  parley policy replay --since 30d --archive 's3://bucket/parley?region=eu-west-1'
  parley query cpu --since 6h --csv > cpu.csv
  parley policy replay --policies policies/ --against changed.yaml --csv cpu.csv
  parley policy replay --since 7d --routes routes.yaml --png change.png
  parley policy replay --against policies/ --json | jq '.differences[] | select(.change=="vanishes")'`
}

// side is one set of policies, and what came of it.
type side struct {
	name      string
	policies  []policy.Policy
	log       *replay.Log
	incidents []replay.Incident
	rehearsed *notifier.Rehearsal
	told      rehearsal.Report
	err       error // of the rehearsal
}

// Run replays and prints.
func (c *policyReplayCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	if c.Whole && c.Against == "" {
		return usageError{errors.New("--whole says what --against is: give both")}
	}
	if err := c.check(); err != nil {
		return err
	}
	var conn *bus.Conn
	if c.Policies == "" || c.live() {
		var err error
		if conn, err = g.connect(ctx, operator); err != nil {
			return err
		}
		defer conn.Close()
	}
	sides, err := c.sides(ctx, conn)
	if err != nil {
		return err
	}
	rules, from, err := c.rules(ctx, conn)
	if err != nil {
		return err
	}
	for _, d := range sides {
		d.begin(ctx, rules)
	}
	read, err := c.read(ctx, conn, s, func(e replay.Entry) error {
		for _, d := range sides {
			if err := cmp.Or(d.log.Apply(e.Partition, e.Stored, e.Event), d.err); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, d := range sides {
		if err := d.end(ctx, read.to); err != nil {
			return err
		}
	}
	v := viewOf(read, sides)
	v.Rules = from
	if c.PNG != "" {
		if err := c.draw(read, sides, &v); err != nil {
			return err
		}
	}
	return s.Result(v, func() { c.show(s, read, sides, v) })
}

// begin begins the replay, whose incidents are rehearsed as they come.
func (d *side) begin(ctx context.Context, rules rehearsal.Rules) {
	d.rehearsed = notifier.NewRehearsal(rules)
	d.log = replay.NewLog(d.policies, func(c *eventv1.IncidentChanged) {
		if d.err == nil {
			d.err = d.rehearsed.Take(ctx, c)
		}
	})
}

// end lets time pass until then, and ends the replay.
func (d *side) end(ctx context.Context, at time.Time) (err error) {
	if d.incidents, err = d.log.End(at); err != nil || d.err != nil {
		return cmp.Or(err, d.err)
	}
	d.told, err = d.rehearsed.End(ctx, at)
	return err
}

// sides returns the policies in force, and those they are compared with.
func (c *policyReplayCmd) sides(ctx context.Context, conn *bus.Conn) ([]*side, error) {
	before := &side{name: "in force"}
	var err error
	if c.Policies != "" {
		before.name = c.Policies
		before.policies, err = policiesAt(c.Policies)
	} else {
		before.policies, err = policiesInForce(ctx, conn)
	}
	if err != nil {
		return nil, err
	}
	out := []*side{before}
	if c.Against != "" {
		changed, err := policiesAt(c.Against)
		if err != nil {
			return nil, err
		}
		after := &side{name: c.Against, policies: changed}
		for _, p := range before.policies {
			if !c.Whole && !slices.ContainsFunc(changed, func(o policy.Policy) bool { return o.Name == p.Name }) {
				after.policies = append(after.policies, p)
			}
		}
		out = append(out, after)
	}
	if len(out[len(out)-1].policies) == 0 {
		return nil, &settingError{what: "there is no policy to replay", fix: "put one in force (parley policy apply), or name a folder with --policies or --against"}
	}
	return out, nil
}

// policiesAt returns the policies of a file or folder, or its first fault.
func policiesAt(path string) ([]policy.Policy, error) {
	files, err := readYAML([]string{path}, strings.NewReader(""))
	if err != nil {
		return nil, err
	}
	good, faults := parsePolicies(files)
	if len(faults) > 0 {
		f := faults[0]
		return nil, &settingError{what: fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Text), fix: "parley policy lint " + path + " lists every fault"}
	}
	return good, nil
}

// policiesInForce returns those of the server. One that this version does not
// understand is an error: the comparison would be with something else.
func policiesInForce(ctx context.Context, conn *bus.Conn) ([]policy.Policy, error) {
	entries, err := policies(ctx, conn)
	if err != nil {
		return nil, err
	}
	var out []policy.Policy
	for _, e := range entries {
		p, problems := policy.ParseOne(e.Key, e.Value.GetYaml())
		if len(problems) > 0 {
			return nil, fmt.Errorf("the policy %s in force is not understood by this version of parley: %s", e.Key, problems[0])
		}
		out = append(out, p)
	}
	return out, nil
}

// policyChanges returns the names of all policies, and what became of each.
func policyChanges(sides []*side) (names []string, change map[string]string) {
	change = map[string]string{}
	yaml := map[string]string{}
	for _, p := range sides[0].policies {
		names, yaml[p.Name] = append(names, p.Name), p.YAML
	}
	if len(sides) > 1 {
		for _, name := range names {
			change[name] = "removed"
		}
		for _, p := range sides[1].policies {
			old, known := yaml[p.Name]
			switch {
			case !known:
				names, change[p.Name] = append(names, p.Name), "added"
			case old == p.YAML:
				change[p.Name] = "unchanged"
			default:
				change[p.Name] = "changed"
			}
		}
	}
	slices.SortFunc(names, cmp.Compare)
	return names, change
}
