package route

import (
	"time"

	"go.yaml.in/yaml/v4"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/noise"
)

// group reads {by: [policy, env], wait: 30s}.
func (r *reader) group(n *yaml.Node) *noise.Group {
	f := r.fields(n, "group", "by", "wait")
	g := &noise.Group{}
	if v := f["by"]; v != nil {
		g.By = r.texts(v, "by")
	}
	if len(g.By) == 0 || len(g.By) > 10 {
		r.fail(n, "group needs 1 to 10 labels: {by: [policy, env]}")
	}
	if v := f["wait"]; v != nil {
		g.Wait = r.duration(v, "wait", time.Second, 10*time.Minute)
	}
	return g
}

// flap reads {times: 3, within: 1h, calm: 1h}.
func (r *reader) flap(n *yaml.Node) *noise.Flap {
	f := r.fields(n, "flap", "times", "within", "calm")
	out := noise.Defaults().Flap
	if v := f["times"]; v != nil {
		out.Times = r.number(v, "times", 2, 50)
	}
	if v := f["within"]; v != nil {
		out.Within = r.duration(v, "within", time.Minute, 24*time.Hour)
	}
	if v := f["calm"]; v != nil {
		out.Calm = r.duration(v, "calm", time.Minute, 24*time.Hour)
	}
	return &out
}

// graceDefault is how long after its cause's end an incident is told that is
// still open.
const graceDefault = 2 * time.Minute

// dependencies reads what depends on what.
func (r *reader) dependencies(n *yaml.Node) noise.Dependencies {
	var out noise.Dependencies
	for _, item := range r.items(n, "dependencies") {
		f := r.fields(item, "a dependency", "when", "suppresses", "equal", "wait")
		if f["when"] == nil || f["suppresses"] == nil {
			r.fail(item, "a dependency needs when and suppresses: {when: {policy: database-down}, suppresses: {tier: service}, equal: [env]}")
			continue
		}
		d := noise.Dependency{When: r.match(f["when"]), Suppresses: r.match(f["suppresses"]), Wait: graceDefault}
		if len(d.When) == 0 || len(d.Suppresses) == 0 {
			r.fail(item, "when and suppresses have to name labels: else everything would depend on everything")
		}
		if v := f["equal"]; v != nil {
			d.Equal = r.texts(v, "equal")
		}
		if v := f["wait"]; v != nil {
			d.Wait = r.duration(v, "wait", time.Second, time.Hour)
		}
		if out = append(out, d); len(out) > 200 {
			r.fail(item, "more than 200 dependencies")
			break
		}
	}
	return out
}

// Rules returns how an incident goes together with others in a channel.
func (t Table) Rules(c *eventv1.IncidentChanged, channel string) noise.Rules {
	rules := noise.Defaults()
	for _, d := range t.Decide(Of(c), time.Time{}) {
		if d.Channel != channel {
			continue
		}
		if d.Group != nil {
			rules.Group = *d.Group
		}
		if d.Flap != nil {
			rules.Flap = *d.Flap
		}
	}
	return rules
}
