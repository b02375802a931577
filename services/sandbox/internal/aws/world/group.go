package world

import (
	"fmt"
	"strconv"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

// Group is an Auto Scaling group.
type Group struct {
	Name              string
	Min, Max, Desired int
	Cooldown          time.Duration
	Created           time.Time
	Scaled            time.Time // when its capacity was last changed
	Type, Image       string
	TargetGroups      []string // ARNs
	Tags              map[string]string
	Members           []Instance // those that are not terminated

	made    int // instances, for their names
	history []step
}

// step is from when (Unix seconds) on a number held.
type step struct {
	at int64
	n  int
}

// wanted is the desired capacity at a time in Unix seconds.
func (g *Group) wanted(at int64) float64 { return float64(stepAt(g.history, at)) }

func stepAt(steps []step, at int64) int {
	for i := len(steps) - 1; i > 0; i-- {
		if steps[i].at <= at {
			return steps[i].n
		}
	}
	return steps[0].n
}

// ARN is the group's in its place.
func (g *Group) ARN(k Key) string {
	return fmt.Sprintf("arn:aws:autoscaling:%s:%s:autoScalingGroup:%08x-1111-4222-8333-444455556666:autoScalingGroupName/%s",
		k.Region, k.Account, uint32(hashString(9, g.Name)), g.Name)
}

// Groups returns the Auto Scaling groups with their members.
func (w *World) Groups(k Key) []Group {
	now := w.Now()
	w.mu.RLock()
	defer w.mu.RUnlock()
	p := w.places[k]
	if p == nil {
		return nil
	}
	out := copies(p.groups)
	for n := range out {
		for _, i := range p.instances {
			if i.Group == out[n].Name && !i.hidden(now) && i.life.at(now.UnixMilli()).State != "terminated" {
				out[n].Members = append(out[n].Members, i.view(now))
			}
		}
	}
	return out
}

func (p *place) group(name string) *Group {
	for _, g := range p.groups {
		if g.Name == name {
			return g
		}
	}
	return nil
}

// SetDesired sets a group's desired capacity. Errors: ValidationError for a group that
// is not there or a number outside its bounds, ScalingActivityInProgress while it cools down.
func (w *World) SetDesired(k Key, name string, n int, honorCooldown bool) error {
	_, err := do[int](w, Act{Key: k, Op: "desired", IDs: []string{name},
		Args: map[string]string{"n": strconv.Itoa(n), "cooldown": strconv.FormatBool(honorCooldown)}})
	return err
}

func setDesired(w *World, p *place, a Act) (any, error) {
	g := p.group(a.IDs[0])
	n, err := strconv.Atoi(a.Args["n"])
	switch at := time.UnixMilli(a.At).UTC(); {
	case g == nil:
		return nil, wire.Errorf("ValidationError", "AutoScalingGroup name not found - no such group: %s", a.IDs[0])
	case err != nil || n > g.Max:
		return nil, wire.Errorf("ValidationError", "New SetDesiredCapacity value %s is above max value %d for the AutoScalingGroup.", a.Args["n"], g.Max)
	case n < g.Min:
		return nil, wire.Errorf("ValidationError", "New SetDesiredCapacity value %d is below min value %d for the AutoScalingGroup.", n, g.Min)
	case a.Args["cooldown"] == "true" && at.Before(g.Scaled.Add(g.Cooldown)):
		return nil, wire.Errorf("ScalingActivityInProgress", "Scaling activity is in progress and blocks this action: %s is in cooldown until %s", g.Name, g.Scaled.Add(g.Cooldown).Format(time.RFC3339))
	default:
		g.Scaled = at
	}
	before := g.Desired
	g.Desired = n
	g.history = append(g.history, step{a.At / 1000, n})
	for ; n > before; before++ { // one after another, as a group does it
		w.grow(p, g, after(a.At, 5*time.Second+time.Duration(g.Desired-before)*2*time.Second))
	}
	for i := len(p.instances) - 1; i >= 0 && before > n; i-- { // the newest go first
		if m := p.instances[i]; m.Group == g.Name && m.life.at(1<<62).On {
			begin := max(after(a.At, 5*time.Second), m.life.Moments[len(m.life.Moments)-1].At+1)
			w.end(p, m, begin)
			before--
		}
	}
	return n, nil
}

// grow adds a member to a group at a time in Unix milliseconds.
func (w *World) grow(p *place, g *Group, at int64) *Instance {
	g.made++
	name := fmt.Sprintf("%s-%d", g.Name, g.made)
	i := &Instance{
		ID: idOf("i", w.fresh(g.made)), Name: name, Type: g.Type, Image: g.Image, Detailed: true, Group: g.Name,
		Tags: tags(name, "env=prod owner=operator service="+g.Name+" aws:autoscaling:groupName="+g.Name),
	}
	w.launch(p, i, at, serving(58))
	return i
}

// end terminates an instance at a time in Unix milliseconds.
func (w *World) end(p *place, i *Instance, at int64) {
	moments := []Moment{{at, "shutting-down", false}, {after(at, TerminateTakes), "terminated", false}}
	i.life.enter(moments...)
	for _, m := range moments {
		w.told(p, i, m)
	}
}

// replace starts another member for one that its group lost, unless it shrank.
func (w *World) replace(p *place, i *Instance, at int64) {
	if g := p.group(i.Group); g != nil {
		w.grow(p, g, at)
	}
}

// capacity is how many members run at a time, and how many of them are healthy.
func (p *place) capacity(g *Group, at int64) float64 {
	n := 0
	for _, i := range p.instances {
		if i.Group == g.Name && i.life.running(at) {
			n++
		}
	}
	return float64(n)
}

// addGroup adds a group with its members' load balancer targets, and its metrics.
func (p *place) addGroup(w *World, g *Group) *Group {
	g.made, g.history = g.Desired, []step{{0, g.Desired}}
	g.Cooldown = 300 * time.Second
	p.groups = append(p.groups, g)
	asg := func(name string, s shape) {
		p.measure(nil, minute, "None", exact(s), "AWS/AutoScaling", name, "AutoScalingGroupName", g.Name)
	}
	asg("GroupMinSize", steady(float64(g.Min)))
	asg("GroupMaxSize", steady(float64(g.Max)))
	asg("GroupDesiredCapacity", func(at int64) float64 { return g.wanted(at) })
	inService := func(at int64) float64 { return p.capacity(g, at) }
	asg("GroupInServiceInstances", inService)
	asg("GroupTotalInstances", inService)
	asg("GroupPendingInstances", func(at int64) float64 { return max(0, g.wanted(at)-p.capacity(g, at)) })
	asg("GroupTerminatingInstances", steady(0))
	all := func(unit, name string, gen generator) {
		p.measure(nil, minute, unit, gen, "AWS/EC2", name, "AutoScalingGroupName", g.Name)
	}
	all("Count", "StatusCheckFailed", exact(steady(0)))
	all("Bytes", "NetworkIn", counter(0.1, func(at int64) float64 { return 3e6 * minute * w.traffic(at) * p.capacity(g, at) }))
	all("Bytes", "NetworkOut", counter(0.1, func(at int64) float64 { return 2e6 * minute * w.traffic(at) * p.capacity(g, at) }))
	all("Percent", "CPUUtilization", gauge(float64(g.Desired), 0.1, 0, 100, func(at int64) float64 { return 6 + 44*w.traffic(at) }))
	return g
}
