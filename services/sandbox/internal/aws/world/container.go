package world

import (
	"fmt"
	"strconv"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

// RolloutTakes is how long a deployment of a service takes, in the world's time.
const RolloutTakes = 40 * time.Second

// Service is an ECS service of Fargate tasks.
type Service struct {
	Cluster, Name, TaskDefinition string
	Desired, Running              int
	Created                       time.Time
	Tags                          map[string]string
	Deployments                   []Deployment // the newest first; as of when it was asked for

	history []rollout
}

// Deployment is one rollout of a service. State is IN_PROGRESS or COMPLETED.
type Deployment struct {
	ID, Status, State         string // Status is PRIMARY or ACTIVE
	Desired, Running, Pending int
	TaskDefinition            string
	Created, Updated          time.Time
}

// rollout is from when (Unix milliseconds) on so many tasks were wanted; anew says
// that all of them were replaced.
type rollout struct {
	at   int64
	n    int
	task string
	anew bool
	id   string
}

// ARN is the service's in its place.
func (s *Service) ARN(k Key) string {
	return "arn:aws:ecs:" + k.Region + ":" + k.Account + ":service/" + s.Cluster + "/" + s.Name
}

// ClusterARN is that of the service's cluster.
func (s *Service) ClusterARN(k Key) string {
	return "arn:aws:ecs:" + k.Region + ":" + k.Account + ":cluster/" + s.Cluster
}

// Services returns the ECS services.
func (w *World) Services(k Key) []Service {
	now := w.Now().UnixMilli()
	w.mu.RLock()
	defer w.mu.RUnlock()
	p := w.places[k]
	if p == nil {
		return nil
	}
	out := make([]Service, len(p.services))
	for i, s := range p.services {
		out[i] = s.view(now)
	}
	return out
}

func (s *Service) view(now int64) Service {
	v := *s
	v.Running = int(s.tasks(now))
	v.Deployments = nil
	last := len(s.history) - 1
	r := s.history[last]
	d := Deployment{
		ID: r.id, Status: "PRIMARY", State: "COMPLETED", Desired: r.n, Running: v.Running, TaskDefinition: r.task,
		Created: time.UnixMilli(r.at).UTC(), Updated: time.UnixMilli(after(r.at, RolloutTakes)).UTC(),
	}
	rolling := now < after(r.at, RolloutTakes)
	if rolling {
		d.State, d.Updated = "IN_PROGRESS", time.UnixMilli(now).UTC()
		if r.anew && last > 0 {
			done := float64(now-r.at) / float64(RolloutTakes.Milliseconds())
			d.Running = int(done * float64(r.n))
		}
		d.Pending = max(0, r.n-d.Running)
	}
	v.Deployments = append(v.Deployments, d)
	if rolling && r.anew && last > 0 {
		b := s.history[last-1]
		v.Deployments = append(v.Deployments, Deployment{
			ID: b.id, Status: "ACTIVE", State: "COMPLETED", Desired: b.n, Running: max(0, v.Running-d.Running), TaskDefinition: b.task,
			Created: time.UnixMilli(b.at).UTC(), Updated: time.UnixMilli(r.at).UTC(),
		})
	}
	v.Desired, v.TaskDefinition = r.n, r.task
	return v
}

// tasks is how many run at a time in Unix milliseconds: it takes a rollout to change.
func (s *Service) tasks(now int64) float64 {
	n := float64(s.history[0].n)
	for _, r := range s.history[1:] {
		if r.at > now {
			break
		}
		done := min(1, float64(now-r.at)/float64(RolloutTakes.Milliseconds()))
		n += float64(int(done * (float64(r.n) - n)))
	}
	return n
}

// UpdateService sets how many tasks are wanted (negative: as before), the task
// definition (empty: as before), and with force replaces all of them. Errors:
// ServiceNotFoundException, InvalidParameterException.
func (w *World) UpdateService(k Key, cluster, name string, n int, task string, force bool) (Service, error) {
	s, err := do[*Service](w, Act{Key: k, Op: "update-service", IDs: []string{cluster, name},
		Args: map[string]string{"n": strconv.Itoa(n), "task": task, "force": strconv.FormatBool(force)}})
	if err != nil {
		return Service{}, err
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	return s.view(w.Now().UnixMilli()), nil
}

func updateService(w *World, p *place, a Act) (any, error) {
	n, err := strconv.Atoi(a.Args["n"])
	if err != nil || n > 5000 {
		return nil, wire.Errorf("InvalidParameterException", "desiredCount should be between 0 and 5000.")
	}
	known := false
	for _, s := range p.services {
		known = known || s.Cluster == a.IDs[0]
		if s.Cluster != a.IDs[0] || s.Name != a.IDs[1] {
			continue
		}
		last := s.history[len(s.history)-1]
		r := rollout{at: a.At, n: last.n, task: last.task, anew: a.Args["force"] == "true", id: last.id}
		if n >= 0 {
			r.n = n
		}
		if task := a.Args["task"]; task != "" && task != r.task {
			r.task, r.anew = task, true
		}
		if r.anew {
			r.id = deploymentID(w.fresh(0))
		}
		if r != last {
			s.history = append(s.history, r)
		}
		return s, nil
	}
	if !known {
		return nil, wire.Errorf("ClusterNotFoundException", "Cluster not found.")
	}
	return nil, wire.Errorf("ServiceNotFoundException", "Service not found.")
}

func deploymentID(n uint64) string { return fmt.Sprintf("ecs-svc/%019d", n>>1) }

func (p *place) addService(w *World, s *Service, low, high float64) {
	p.services = append(p.services, s)
	s.TaskDefinition = p.arn("ecs", "task-definition/"+s.Name+":14")
	s.history = []rollout{{at: s.Created.UnixMilli(), n: s.Desired, task: s.TaskDefinition, id: deploymentID(mix(hashString(17, s.Name)))}}
	ecs := func(unit, namespace, name string, gen generator, dims ...string) {
		p.measure(nil, minute, unit, gen, namespace, name, append([]string{"ClusterName", s.Cluster}, dims...)...)
	}
	running := func(at int64) float64 { return s.tasks(at * 1000) }
	used := func(at int64) float64 { // fewer tasks have more to do each
		if n := running(at); n > 0 {
			return (low + (high-low)*w.traffic(at)) * float64(s.history[0].n) / n
		}
		return 0
	}
	for _, dims := range [][]string{{"ServiceName", s.Name}, nil} {
		ecs("Percent", "AWS/ECS", "CPUUtilization", gauge(4, 0.1, 0, 100, used), dims...)
		ecs("Percent", "AWS/ECS", "MemoryUtilization", gauge(4, 0.03, 0, 100, func(at int64) float64 { return 48 + used(at)*0.2 }), dims...)
	}
	ecs("Count", "ECS/ContainerInsights", "RunningTaskCount", exact(running), "ServiceName", s.Name)
	ecs("Count", "ECS/ContainerInsights", "DesiredTaskCount", exact(func(at int64) float64 {
		n := s.history[0].n
		for _, r := range s.history[1:] {
			if r.at <= at*1000 {
				n = r.n
			}
		}
		return float64(n)
	}), "ServiceName", s.Name)
	ecs("Count", "ECS/ContainerInsights", "PendingTaskCount", exact(steady(0)), "ServiceName", s.Name)
}
