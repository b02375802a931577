package world

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

// How long an instance takes to change its state, in the world's time.
const (
	StopTakes      = 10 * time.Second
	StartTakes     = 8 * time.Second
	TerminateTakes = 10 * time.Second
	gone           = time.Hour // a terminated instance is still described this long
)

// Instance is an EC2 instance. Values of this type are as of when they were asked for.
type Instance struct {
	ID, Name, Type, Zone string
	State, Reason        string // State as AWS names it: pending, running, stopping …
	Changed              time.Time
	Created, Launched    time.Time
	Image, Root          string // Root is ebs or instance-store
	PrivateIP, PublicIP  string
	Elastic              bool // the public address is an Elastic IP
	Spot, Detailed       bool
	Group                string // Auto Scaling group
	Tags                 map[string]string
	Token                string // ClientToken of RunInstances
	Synthetic            bool   // of POST /sandbox/fleet

	life    *life
	cleaned []int64 // when its disk was (Unix seconds)
	driven  []driven
	by      string // who did the last thing
}

// ARN is the instance's in its place.
func (i *Instance) ARN(k Key) string {
	return fmt.Sprintf("arn:aws:ec2:%s:%s:instance/%s", k.Region, k.Account, i.ID)
}

// view is i as of now.
func (i *Instance) view(now time.Time) Instance {
	v := *i
	m := i.life.at(now.UnixMilli())
	v.Name = v.Tags["Name"]
	v.State, v.Changed = m.State, time.UnixMilli(m.At).UTC()
	if v.State == "stopped" || v.State == "stopping" {
		v.Reason = "User initiated (" + v.Changed.Format("2006-01-02 15:04:05") + " GMT)"
	}
	if v.State != "running" && v.State != "pending" && !v.Elastic {
		v.PublicIP = ""
	}
	return v
}

// Instances returns those of a region of an account that are described, by name and id.
func (w *World) Instances(k Key) []Instance {
	now := w.Now()
	w.mu.RLock()
	defer w.mu.RUnlock()
	p := w.places[k]
	if p == nil {
		return nil
	}
	list := make([]Instance, 0, len(p.instances))
	for _, i := range p.instances {
		if v := i.view(now); !i.hidden(now) {
			list = append(list, v)
		}
	}
	return list
}

// hidden is true for an instance that is not launched yet or was terminated long ago.
func (i *Instance) hidden(now time.Time) bool {
	m := i.life.at(now.UnixMilli())
	return now.UnixMilli() < i.life.Moments[0].At || m.State == "terminated" && now.UnixMilli()-m.At > gone.Milliseconds()
}

var instanceID = regexp.MustCompile(`^i-([0-9a-f]{8}|[0-9a-f]{17})$`)

// CheckInstances returns the instances of these ids in their order, or
// InvalidInstanceID.Malformed or InvalidInstanceID.NotFound.
func (w *World) CheckInstances(k Key, ids []string) ([]Instance, error) {
	now := w.Now()
	w.mu.RLock()
	defer w.mu.RUnlock()
	found, err := w.places[k].pick(ids, now)
	if err != nil {
		return nil, err
	}
	out := make([]Instance, len(found))
	for n, i := range found {
		out[n] = i.view(now)
	}
	return out, nil
}

func (p *place) pick(ids []string, now time.Time) ([]*Instance, error) {
	var out []*Instance
	for _, id := range ids {
		if !instanceID.MatchString(id) {
			return nil, wire.Errorf("InvalidInstanceID.Malformed", "Invalid id: %q", id)
		}
		i := p.instance(id)
		if i == nil || i.hidden(now) {
			return nil, wire.Errorf("InvalidInstanceID.NotFound", "The instance ID '%s' does not exist", id)
		}
		out = append(out, i)
	}
	return out, nil
}

func (p *place) instance(id string) *Instance {
	if p == nil {
		return nil
	}
	return p.byID[id]
}

// Change is an instance's state before and after an operation.
type Change struct{ ID, Previous, Current string }

// StopInstances stops instances. Hibernation is not known. by is who does it.
func (w *World) StopInstances(k Key, ids []string, by string) ([]Change, error) {
	return do[[]Change](w, Act{Key: k, Op: "stop", IDs: ids, Args: map[string]string{"by": by}})
}

// StartInstances starts instances.
func (w *World) StartInstances(k Key, ids []string, by string) ([]Change, error) {
	return do[[]Change](w, Act{Key: k, Op: "start", IDs: ids, Args: map[string]string{"by": by}})
}

// RebootInstances reboots instances, which does not change their state.
func (w *World) RebootInstances(k Key, ids []string, by string) error {
	_, err := do[[]Change](w, Act{Key: k, Op: "reboot", IDs: ids, Args: map[string]string{"by": by}})
	return err
}

// TerminateInstances ends instances.
func (w *World) TerminateInstances(k Key, ids []string, by string) ([]Change, error) {
	return do[[]Change](w, Act{Key: k, Op: "terminate", IDs: ids, Args: map[string]string{"by": by}})
}

// changing is what start, stop and terminate have in common: which states they accept,
// which they leave alone, and the moments that follow.
func changing(w *World, p *place, a Act, accept, leave []string, next func(i *Instance) []Moment) ([]Change, error) {
	now := time.UnixMilli(a.At)
	found, err := p.pick(a.IDs, now)
	if err != nil {
		return nil, err
	}
	for _, i := range found {
		state := i.life.at(a.At).State
		if !slices.Contains(accept, state) && !slices.Contains(leave, state) {
			return nil, wire.Errorf("IncorrectInstanceState",
				"The instance '%s' is not in a state from which it can be %s.", i.ID, map[string]string{"start": "started", "stop": "stopped"}[a.Op])
		}
		if a.Op == "stop" && i.Root == "instance-store" {
			return nil, wire.Errorf("UnsupportedOperation",
				"The instance '%s' does not have an 'ebs' root device type and cannot be stopped.", i.ID)
		}
		if a.Op == "stop" && i.Spot {
			return nil, wire.Errorf("UnsupportedOperation", "You can't stop the Spot Instance '%s' because it is associated with a one-time Spot Instance request.", i.ID)
		}
	}
	changes := make([]Change, len(found))
	for n, i := range found {
		before := i.life.at(a.At).State
		if slices.Contains(accept, before) {
			moments := next(i)
			i.life.enter(moments...)
			i.by = a.Args["by"]
			for _, m := range moments {
				w.told(p, i, m)
			}
		}
		changes[n] = Change{i.ID, before, i.life.at(a.At).State}
	}
	return changes, nil
}

// told tells of a state that an instance enters, as EventBridge does.
func (w *World) told(p *place, i *Instance, m Moment) {
	w.tell(Event{
		Key: p.Key, At: time.UnixMilli(m.At).UTC(), Source: "aws.ec2", DetailType: "EC2 Instance State-change Notification",
		Resources: []string{i.ARN(p.Key)}, Detail: map[string]any{"instance-id": i.ID, "state": m.State},
	})
}

func after(at int64, d time.Duration) int64 { return at + d.Milliseconds() }

func stopInstances(w *World, p *place, a Act) (any, error) {
	return changing(w, p, a, []string{"running"}, []string{"stopping", "stopped"}, func(i *Instance) []Moment {
		moments := []Moment{{a.At, "stopping", false}, {after(a.At, StopTakes), "stopped", false}}
		if i.Group == "" {
			return moments
		}
		// its group sees an unhealthy member, ends it, and starts another one
		w.replace(p, i, after(a.At, time.Minute))
		return append(moments, Moment{after(a.At, time.Minute), "shutting-down", false}, Moment{after(a.At, time.Minute+TerminateTakes), "terminated", false})
	})
}

func startInstances(w *World, p *place, a Act) (any, error) {
	return changing(w, p, a, []string{"stopped"}, []string{"pending", "running"}, func(i *Instance) []Moment {
		i.Launched = time.UnixMilli(a.At).UTC()
		return []Moment{{a.At, "pending", false}, {after(a.At, StartTakes), "running", true}}
	})
}

func rebootInstances(w *World, p *place, a Act) (any, error) {
	return changing(w, p, a, nil, []string{"running"}, nil)
}

func terminateInstances(w *World, p *place, a Act) (any, error) {
	return changing(w, p, a, []string{"pending", "running", "stopping", "stopped"}, []string{"shutting-down", "terminated"}, func(i *Instance) []Moment {
		if i.Group != "" {
			w.replace(p, i, after(a.At, time.Minute))
		}
		return []Moment{{a.At, "shutting-down", false}, {after(a.At, TerminateTakes), "terminated", false}}
	})
}
