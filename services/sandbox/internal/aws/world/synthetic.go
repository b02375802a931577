package world

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

// Synthetic are instances that are made at once, with ten metrics each and a past.
type Synthetic struct {
	Instances int
	Prefix    string            // of their names, "fleet" if empty
	Type      string            // m5.large if empty
	Detailed  bool              // points each minute, not every five
	Idle      bool              // nobody uses them
	Days      int               // how long they have been running; 30 if zero
	Tags      map[string]string // beside Name
}

// AddSynthetic adds instances that have been running for some days, and returns
// them. It returns InvalidParameterValue or InstanceLimitExceeded.
func (w *World) AddSynthetic(k Key, s Synthetic) ([]Instance, error) {
	args := map[string]string{"n": strconv.Itoa(s.Instances), "prefix": s.Prefix, "type": s.Type, "days": strconv.Itoa(s.Days),
		"detailed": strconv.FormatBool(s.Detailed), "idle": strconv.FormatBool(s.Idle)}
	for name, v := range s.Tags {
		args["tag:"+name] = v
	}
	ids, err := do[[]string](w, Act{Key: k, Op: "fleet", Args: args})
	if err != nil {
		return nil, err
	}
	return w.CheckInstances(k, ids)
}

// maxSynthetic of one call.
const maxSynthetic = 5000

func addSynthetic(w *World, p *place, a Act) (any, error) {
	n, err := strconv.Atoi(a.Args["n"])
	if err != nil || n < 1 || n > maxSynthetic {
		return nil, wire.Errorf("InvalidParameterValue", "instances must be 1 to %d", maxSynthetic)
	}
	if len(p.instances)+n > maxInstances {
		return nil, wire.Errorf("InstanceLimitExceeded", "%d more are possible here, of %d with those that were terminated", maxInstances-len(p.instances), maxInstances)
	}
	days, err := strconv.Atoi(a.Args["days"])
	if err != nil || days < 0 || days > 400 {
		return nil, wire.Errorf("InvalidParameterValue", "days must be 0 to 400")
	}
	one := Instance{Type: a.Args["type"], Detailed: a.Args["detailed"] == "true", Tags: map[string]string{}}
	if one.Type == "" {
		one.Type = "m5.large"
	}
	if _, ok := Shapes[one.Type]; !ok {
		return nil, wire.Errorf("InvalidParameterValue", "there is no instance type %q here", one.Type)
	}
	prefix := a.Args["prefix"]
	if prefix == "" {
		prefix = "fleet"
	}
	for name, v := range a.Args {
		if len(name) > 4 && name[:4] == "tag:" {
			one.Tags[name[4:]] = v
		}
	}
	if len(one.Tags) >= maxTags || len(prefix) > 100 {
		return nil, wire.Errorf("InvalidParameterValue", "prefix has at most 100 characters, and there are at most %d tags", maxTags-1)
	}
	if days == 0 {
		days = 30
	}
	since := max(w.oldest, a.At/1000-int64(days)*day)
	return w.synthesize(p, n, prefix, one, since, a), nil
}

// synthesize adds n instances like one. They ran before they were made, so that
// there is something to judge them by; what hears of instances hears of them now.
func (w *World) synthesize(p *place, n int, prefix string, one Instance, since int64, a Act) []string {
	ids := make([]string, n)
	for j := range n {
		i := one
		i.Name = fmt.Sprintf("%s-%05d", prefix, len(p.instances))
		i.ID, i.Image, i.Root, i.Synthetic = p.id("i", i.Name), "ami-0c1c30571d2dae5c9", "ebs", true
		i.Zone, i.PrivateIP = p.Region+"a", "10.0.0.1"
		i.Tags = maps.Clone(one.Tags)
		i.Tags["Name"] = i.Name
		i.life = born(since, "running", true)
		i.Created = time.Unix(since, 0).UTC()
		i.Launched = i.Created
		if a.Args["idle"] == "true" {
			i.driven = []driven{{since, "idle"}}
		}
		p.instances = append(p.instances, &i)
		p.byID[i.ID] = &i
		p.measureSynthetic(&i)
		if a.At != 0 {
			w.told(p, &i, Moment{At: a.At, State: "running"})
		}
		ids[j] = i.ID
	}
	return ids
}

// Generate adds n synthetic instances with a point a minute to a place, as long as
// points are kept: for benchmarks.
func (w *World) Generate(k Key, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.synthesize(w.place(k), n, "fleet", Instance{Type: "m5.large", Detailed: true, Tags: tags("", "env=prod owner=operator")}, w.oldest, Act{})
}

// measureSynthetic adds the ten metrics.
func (p *place) measureSynthetic(i *Instance) {
	period := int64(5 * minute)
	if i.Detailed {
		period = minute
	}
	for _, m := range synthetic {
		p.measure(i.life, period, m.unit, gauge(1, 0.3, 0, m.most, i.driving(steady(m.level), m.busy, m.idle)), "AWS/EC2", m.name, "InstanceId", i.ID)
	}
	p.measure(i.life, minute, "Count", exact(func(at int64) float64 {
		if i.failing(at) {
			return 1
		}
		return 0
	}), "AWS/EC2", "StatusCheckFailed", "InstanceId", i.ID)
}

// synthetic are nine of the ten metrics: a period's value on an ordinary day, when
// it is driven to be busy, and when it is to idle.
var synthetic = []struct {
	name, unit        string
	level, busy, idle float64
	most              float64
}{
	{"CPUUtilization", "Percent", 35, 93, 0.9, 100},
	{"NetworkIn", "Bytes", 4e6, 4e8, 600, 1e12}, {"NetworkOut", "Bytes", 3e6, 3e8, 400, 1e12},
	{"NetworkPacketsIn", "Count", 9000, 4e5, 3, 1e12}, {"NetworkPacketsOut", "Count", 8000, 3e5, 2, 1e12},
	{"EBSReadOps", "Count", 300, 9000, 0.5, 1e12}, {"EBSWriteOps", "Count", 500, 9000, 2, 1e12},
	{"EBSReadBytes", "Bytes", 4e6, 4e8, 4e3, 1e12}, {"EBSWriteBytes", "Bytes", 8e6, 4e8, 9e3, 1e12},
}

// driven is what an instance does from a time (Unix seconds) on because somebody
// wanted to see it.
type driven struct {
	at   int64
	what string
}

// Drives are what an instance can be driven to: its load busy, idle or as usual, and
// its status check to fail or to be ok.
func Drives() []string { return []string{"busy", "idle", "usual", "fail", "ok"} }

// Drive lets instances be as one of [Drives] says from now on. It returns
// InvalidInstanceID.NotFound or its like.
func (w *World) Drive(k Key, ids []string, what string) error {
	_, err := do[bool](w, Act{Key: k, Op: "drive", IDs: ids, Args: map[string]string{"what": what}})
	return err
}

func driveInstances(_ *World, p *place, a Act) (any, error) {
	what := a.Args["what"]
	if !slices.Contains(Drives(), what) {
		return nil, wire.Errorf("InvalidParameterValue", "there is no %q", what)
	}
	found, err := p.pick(a.IDs, time.UnixMilli(a.At))
	if err != nil {
		return nil, err
	}
	for _, i := range found {
		i.driven = append(i.driven, driven{a.At / 1000, what})
		if n := len(i.driven) - 100; n > 0 { // of which the oldest is forgotten
			i.driven = slices.Delete(i.driven, 0, n)
		}
	}
	return true, nil
}

// driving is the shape, or a level while the instance is driven to be busy or idle.
func (i *Instance) driving(usual shape, busy, idle float64) shape {
	return func(at int64) float64 {
		for _, d := range slices.Backward(i.driven) {
			switch {
			case d.at > at:
			case d.what == "busy":
				return busy
			case d.what == "idle":
				return idle
			case d.what == "usual":
				return usual(at)
			}
		}
		return usual(at)
	}
}

// failing reports whether the status check is driven to fail.
func (i *Instance) failing(at int64) bool {
	for _, d := range slices.Backward(i.driven) {
		if d.at <= at && (d.what == "fail" || d.what == "ok") {
			return d.what == "fail"
		}
	}
	return false
}

// SyntheticMetrics is how many metrics a synthetic instance has.
const SyntheticMetrics = 10

// Size is how many metrics there are, or were, in a place.
func (w *World) Size(k Key) int {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if p := w.places[k]; p != nil {
		return len(p.series)
	}
	return 0
}
