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
	Since    interval `help:"How far back: 6h, 30d; without it all that is stored." placeholder:"TIME"`
	Against  string   `help:"Changed policies, put over those in force: a file or a folder." placeholder:"FILE|DIR"`
	Whole    bool     `help:"What --against names is all there is: other policies are as if deleted."`
	Policies string   `help:"The policies in force, from a file or a folder instead of the server." placeholder:"FILE|DIR"`
	CSV      []string `name:"csv" help:"Samples from CSV files instead of the server: time,metric,value and labels as columns." placeholder:"FILE" sep:"none"`
	All      bool     `help:"List every incident that changes, not only the first."`
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

What learns begins at the first sample read: a baseline judges once it has learned.
Messages are decided by the notifier's code, under its routes, silences and windows
as they are now; pictures, and what people did, are left out.

Examples:
  parley policy replay
  parley policy replay --since 6h --against policies/
  parley query cpu --since 6h --csv > cpu.csv
  parley policy replay --policies policies/ --against changed.yaml --csv cpu.csv
  parley policy replay --since 7d --routes routes.yaml
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

// replayed is what was read.
type replayed struct {
	from, to         time.Time
	entries, samples int
	gaps             []gapView
}

// gapView is a time of which nothing is stored.
type gapView struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

const (
	// gapAfter is how long nothing was stored for that to be told, mostGaps how
	// often it is.
	gapAfter = 15 * time.Minute
	mostGaps = 20
	// progressEvery is after how many entries the person who waits hears of it.
	progressEvery = 2000
)

// Run replays and prints.
func (c *policyReplayCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	if c.Whole && c.Against == "" {
		return usageError{errors.New("--whole says what --against is: give both")}
	}
	if c.Since < 0 {
		return usageError{errors.New("--since: want a time such as 6h or 30d")}
	}
	var conn *bus.Conn
	if c.Policies == "" || len(c.CSV) == 0 {
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
	read, err := c.read(ctx, conn, s, sides)
	s.Progress(0, 0, "")
	if err != nil {
		return err
	}
	if read.samples == 0 {
		return &settingError{what: "no sample is stored of that time", fix: word(len(c.CSV) > 0, "look into the CSV files: the first line names the columns time, metric and value", "look with `parley query --list`, or give a longer --since")}
	}
	for _, d := range sides {
		if err := d.end(ctx, read.to); err != nil {
			return err
		}
	}
	v := viewOf(read, sides)
	v.Rules = from
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

// read hands what is stored to every side, each entry once.
func (c *policyReplayCmd) read(ctx context.Context, conn *bus.Conn, s *screen.Screen, sides []*side) (replayed, error) {
	var r replayed
	from := time.Unix(0, 0)
	if c.Since > 0 {
		from = time.Now().Add(-c.Since.span())
	}
	pending := uint64(0)
	take := func(e replay.Entry) error {
		if e.Stored.Before(from) {
			return nil
		}
		if r.entries++; r.entries%progressEvery == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s.Progress(r.entries, word(pending > 0, r.entries+int(pending), 0), fmt.Sprintf("batches replayed, up to %s", e.Stored.Local().Format("2 Jan 15:04")))
		}
		n := len(e.Event.GetSamples().GetSeriesId())
		if n > 0 {
			r.at(e.Stored)
			r.samples += n
		}
		for _, d := range sides {
			if err := cmp.Or(d.log.Apply(e.Partition, e.Stored, e.Event), d.err); err != nil {
				return err
			}
		}
		return nil
	}
	if len(c.CSV) > 0 {
		return r, replay.CSV(ctx, c.CSV, take)
	}
	err := bus.Stored(ctx, conn, bus.Position{Time: from}, func(p bus.Partition, m *bus.Message[*eventv1.PartitionEntry]) error {
		pending = m.Pending
		return take(replay.Entry{Partition: p, Stored: m.Stored, Event: m.Event})
	})
	return r, err
}

// at notes that samples were stored.
func (r *replayed) at(t time.Time) {
	if r.from.IsZero() {
		r.from, r.to = t, t
	}
	if t.Sub(r.to) > gapAfter && len(r.gaps) < mostGaps {
		r.gaps = append(r.gaps, gapView{r.to, t})
	}
	if t.After(r.to) {
		r.to = t
	}
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
