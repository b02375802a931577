package world

import (
	"maps"
	"strconv"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

// RunInstances starts n new instances of a type. With a client token that was used
// before, it returns those of then, or IdempotentParameterMismatch.
func (w *World) RunInstances(k Key, n int, image, kind, token string, tags map[string]string) ([]Instance, error) {
	args := map[string]string{"n": strconv.Itoa(n), "image": image, "type": kind, "token": token}
	for name, v := range tags {
		args["tag:"+name] = v
	}
	started, err := do[[]*Instance](w, Act{Key: k, Op: "run", Args: args})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(started))
	for i, s := range started {
		ids[i] = s.ID
	}
	return w.CheckInstances(k, ids)
}

// maxInstances of a place: a quota, as AWS has one.
const maxInstances = 20_000

func runInstances(w *World, p *place, a Act) (any, error) {
	n, err := strconv.Atoi(a.Args["n"])
	if err != nil || n < 1 || n > 1000 || len(p.instances)+n > maxInstances {
		return nil, wire.Errorf("InstanceLimitExceeded", "Your quota allows for %d more running instance(s).", maxInstances-len(p.instances))
	}
	if _, ok := Shapes[a.Args["type"]]; !ok {
		return nil, wire.Errorf("InvalidParameterValue", "Invalid value '%s' for InstanceType.", a.Args["type"])
	}
	if token := a.Args["token"]; token != "" {
		var of []*Instance
		for _, i := range p.instances {
			if i.Token == token {
				of = append(of, i)
			}
		}
		switch {
		case len(of) == 0:
		case len(of) != n || of[0].Type != a.Args["type"] || of[0].Image != a.Args["image"]:
			return nil, wire.Errorf("IdempotentParameterMismatch", "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).")
		default:
			return of, nil
		}
	}
	tags := map[string]string{}
	for name, v := range a.Args {
		if len(name) > 4 && name[:4] == "tag:" {
			tags[name[4:]] = v
		}
	}
	out := make([]*Instance, n)
	for j := range out {
		i := &Instance{
			ID: idOf("i", w.fresh(j)), Name: tags["Name"], Type: a.Args["type"], Image: a.Args["image"], Token: a.Args["token"],
			Tags: maps.Clone(tags),
		}
		w.launch(p, i, a.At, quiet)
		out[j] = i
	}
	return out, nil
}

// launch puts a new instance in place: pending, then running.
func (w *World) launch(p *place, i *Instance, at int64, doing func(*World, *Instance) work) {
	i.life = &life{Moments: []Moment{{at, "pending", false}, {after(at, StartTakes), "running", true}}}
	i.Created = time.UnixMilli(at).UTC()
	p.add(w, i, doing)
	for _, m := range i.life.Moments {
		w.told(p, i, m)
	}
}
