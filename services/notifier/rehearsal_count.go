package notifier

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/savings"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/queue"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/rehearsal"
)

// desk is a chat that only counts. Every channel is there.
type desk struct {
	channels map[string]*rehearsal.Channel
	posts    int
}

var _ chat.Backend = (*desk)(nil)

func (d *desk) Name() string { return "rehearsal" }

func (d *desk) Channel(_ context.Context, name string) (string, error) { return name, nil }

func (d *desk) of(channel string) *rehearsal.Channel {
	c := d.channels[channel]
	if c == nil {
		c = &rehearsal.Channel{Name: channel}
		d.channels[channel] = c
	}
	return c
}

func (d *desk) Post(_ context.Context, p chat.Post) (string, error) {
	switch c := d.of(p.ChannelID); {
	case p.Thread != "":
		c.Replies++
		if record.IsPing(p.Key.Part) {
			c.Pings++
		}
	case strings.HasPrefix(p.Key.Incident, bus.IncidentGroups.Prefix):
		c.Many++
		c.Messages++
	default:
		c.Messages++
	}
	d.posts++
	return strconv.Itoa(d.posts), nil
}

func (d *desk) Update(_ context.Context, channel, _ string, _ chat.Content) error {
	d.of(channel).Edits++
	return nil
}

// Find implements chat.Backend: nobody dies in a rehearsal, so nothing is looked
// for.
func (d *desk) Find(context.Context, string, string, chat.Key, time.Time) (string, error) {
	return "", nil
}

// dry writes down the runs that would have been asked for.
type dry struct {
	plan  func(*eventv1.RunRequested) *eventv1.RunPlan
	known bool // which actions are offered is known
	tally *tally
	clock func() time.Time
	plans map[string]*eventv1.RunPlan // by run
	begun map[string][]time.Time      // when runs of an action began of late
	bound map[string]uint32           // of runs an hour, by action, as far as known
}

// Plan returns the actioner's plan, without what it says of this hour.
func (d *dry) Plan(run *eventv1.RunRequested) *eventv1.RunPlan {
	var p *eventv1.RunPlan
	if d.plan != nil {
		p = d.plan(run)
	}
	if p == nil {
		p = &eventv1.RunPlan{Hash: "unknown"}
	}
	if p.GetOf() > 0 && p.GetLeft() == 0 {
		p.Refused = ""
	}
	if d.plans == nil {
		d.plans, d.begun, d.bound = map[string]*eventv1.RunPlan{}, map[string][]time.Time{}, map[string]uint32{}
	}
	d.plans[run.GetRunId()] = p
	d.bound[run.GetAction()] = max(d.bound[run.GetAction()], p.GetOf())
	return p
}

// Run counts the run, or that it is over the action's limit of runs an hour.
func (d *dry) Run(_ context.Context, request *eventv1.RunRequested) error {
	p := d.plans[request.GetRunId()]
	if p == nil { // a run that nobody looked at before: nobody answered a question
		p = d.Plan(request)
	}
	delete(d.plans, request.GetRunId())
	now, name := d.clock(), request.GetAction()
	d.begun[name] = slices.DeleteFunc(d.begun[name], func(at time.Time) bool { return now.Sub(at) >= time.Hour })
	a := d.tally.action(request.GetIncident().GetPolicy(), name)
	if most := int(d.bound[name]); most > 0 && len(d.begun[name]) >= most {
		a.Limited++
		return nil
	}
	d.begun[name] = append(d.begun[name], now)
	if a.Asked++; len(a.Runs) < runsShown {
		a.Runs = append(a.Runs, rehearsal.Run{At: now, Plan: cmp.Or(p.GetWords(), name+" for "+label.FromProto(request.GetIncident().GetLabels()).String())})
	}
	d.tally.acted(request.GetIncident())
	return nil
}

// Audit implements rim: what was refused stands in the records too.
func (d *dry) Audit(context.Context, *eventv1.AuditRecord) {}

// runsShown is how many runs of one action a report tells one by one.
const runsShown = 20

// tally counts what became of incidents.
type tally struct {
	opened  map[string]int // what is not forgotten yet → its place in lives
	lives   []rehearsal.Life
	untold  int
	held    map[string]int
	actions map[[2]string]*rehearsal.Action
	finds   map[string]found
}

// found is a resource that is paid for and not used.
type found struct {
	savings.Find
	acted bool
}

func newTally() *tally {
	return &tally{opened: map[string]int{}, held: map[string]int{}, actions: map[[2]string]*rehearsal.Action{}, finds: map[string]found{}}
}

// saw counts the incident of a change, and notes what it says of waste.
func (t *tally) saw(c *eventv1.IncidentChanged) {
	i, known := t.opened[c.GetId()]
	if !known {
		i = len(t.lives)
		t.opened[c.GetId()] = i
		t.lives = append(t.lives, rehearsal.Life{Policy: c.GetPolicy(), Labels: about(c), Opened: c.GetOpenedAt().AsTime()})
	}
	if c.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED {
		t.lives[i].Resolved = c.GetResolvedAt().AsTime()
	}
	for _, f := range savings.Finds([]*eventv1.IncidentChanged{c}, c.GetAt().AsTime()) {
		key := waste(f)
		t.finds[key] = found{f, t.finds[key].acted}
	}
}

// acted notes that something is done about the incident's waste.
func (t *tally) acted(c *eventv1.IncidentChanged) {
	for _, f := range savings.Finds([]*eventv1.IncidentChanged{c}, c.GetAt().AsTime()) {
		t.finds[waste(f)] = found{f, true}
	}
}

func waste(f savings.Find) string {
	return strings.Join([]string{f.Kind, f.Account, f.Region, cmp.Or(f.Resource, f.Name)}, "\x00")
}

func (t *tally) action(policy, name string) *rehearsal.Action {
	key := [2]string{policy, name}
	if t.actions[key] == nil {
		t.actions[key] = &rehearsal.Action{Policy: policy, Name: name, Runs: []rehearsal.Run{}}
	}
	return t.actions[key]
}

// note counts an incident by its record.
func (t *tally) note(r *record.Record) {
	c := r.Incident()
	if c == nil {
		return
	}
	if !slices.ContainsFunc(r.Places, func(p *record.Place) bool { return p.Root.TS != "" || p.Group != "" || p.Moved != "" }) {
		t.untold++
	}
	kinds := map[record.SuppressionKind]bool{}
	for _, s := range r.Suppressed {
		kinds[s.Kind] = true
	}
	for kind := range kinds {
		if kind != record.ByGroup && kind != record.ByDigest { // the messages for many count theirs
			t.held[string(kind)]++
		}
	}
	for _, a := range r.Autos {
		if a.Why != "" {
			x := t.action(c.GetPolicy(), a.Action)
			x.Refused, x.Why = x.Refused+1, a.Why
		}
	}
}

// report puts together what was counted.
func (t *tally) report(d *desk, many []queue.Many) rehearsal.Report {
	out := rehearsal.Report{Incidents: len(t.lives), Lives: t.lives, Untold: t.untold, Held: t.held, Channels: []rehearsal.Channel{}, Actions: []rehearsal.Action{}}
	for _, m := range many {
		switch {
		case m.Digest:
			t.held["digest"] += m.Members
		case m.Keyed:
			t.held["group"] += m.Members
		default:
			t.held["storm"] += m.Members
		}
	}
	for _, name := range sortedKeys(d.channels) {
		out.Channels = append(out.Channels, *d.channels[name])
	}
	for _, a := range t.actions {
		out.Actions = append(out.Actions, *a)
	}
	slices.SortFunc(out.Actions, func(a, b rehearsal.Action) int {
		return cmp.Or(cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Name, b.Name))
	})
	for _, key := range sortedKeys(t.finds) { // sums of floats, in one order
		f := t.finds[key]
		out.Waste.Resources++
		if !f.Priced {
			out.Waste.Unpriced++
			continue
		}
		out.Waste.USDMonth += f.USDMonth
		if f.acted {
			out.Waste.Acted += f.USDMonth
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// about names what an incident is about: "env=prod host=web-1".
func about(c *eventv1.IncidentChanged) string {
	var out []string
	for _, l := range label.FromProto(c.GetLabels()) {
		out = append(out, l.Name+"="+l.Value)
	}
	return strings.Join(out, " ")
}
