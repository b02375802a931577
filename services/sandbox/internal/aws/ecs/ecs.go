package ecs

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

var service = wire.Service{Scope: "ecs", IAM: "ecs", Target: "AmazonEC2ContainerServiceV20141113"}

// api is ECS on a world.
type api struct{ world *world.World }

// Register adds ECS's operations to mux.
func Register(mux *wire.Mux, w *world.World) {
	a := api{w}
	for name, op := range map[string]func(*wire.Request, world.Key) (wire.Answer, error){
		"ListClusters": a.listClusters, "DescribeClusters": a.describeClusters, "ListServices": a.listServices,
		"DescribeServices": a.describeServices, "UpdateService": a.update,
	} {
		mux.Handle(service, name, func(_ context.Context, r *wire.Request) (wire.Answer, error) {
			return op(r, world.Key{Account: r.Caller.Account, Region: r.Region})
		})
	}
}

// cluster is the one that a request is for: a name or an ARN, "default" if none.
func cluster(r *wire.Request) string {
	if name := world.Short(r.Text("cluster")); name != "" {
		return name
	}
	return "default"
}

// clusters are their ARNs by name.
func (a api) clusters(k world.Key) map[string]string {
	out := map[string]string{}
	for _, s := range a.world.Services(k) {
		out[s.Cluster] = s.ClusterARN(k)
	}
	return out
}

func (a api) listClusters(r *wire.Request, k world.Key) (wire.Answer, error) {
	if err := a.world.Authorize(r, "", nil); err != nil {
		return nil, err
	}
	return wire.Map{"clusterArns": append([]string{}, slices.Sorted(maps.Values(a.clusters(k)))...)}, nil
}

func (a api) describeClusters(r *wire.Request, k world.Key) (wire.Answer, error) {
	if err := a.world.Authorize(r, "", nil); err != nil {
		return nil, err
	}
	names, all := r.Texts("clusters"), a.clusters(k)
	if len(names) == 0 {
		names = []string{"default"}
	}
	found, missing := wire.List{}, wire.List{}
	for _, name := range names {
		arn, ok := all[world.Short(name)]
		if !ok {
			missing = append(missing, wire.Map{"arn": name, "reason": "MISSING"})
			continue
		}
		services, running, pending := 0, 0, 0
		for _, s := range a.world.Services(k) {
			if s.Cluster == world.Short(name) {
				services++
				running += s.Running
				pending += max(0, s.Desired-s.Running)
			}
		}
		found = append(found, wire.Map{
			"clusterArn": arn, "clusterName": world.Short(name), "status": "ACTIVE", "activeServicesCount": services,
			"runningTasksCount": running, "pendingTasksCount": pending, "registeredContainerInstancesCount": 0,
		})
	}
	return wire.Map{"clusters": found, "failures": missing}, r.Err()
}

// services are those of the request's cluster.
func (a api) services(r *wire.Request, k world.Key) ([]world.Service, error) {
	name := cluster(r)
	if _, ok := a.clusters(k)[name]; !ok {
		return nil, wire.Errorf("ClusterNotFoundException", "Cluster not found.")
	}
	return slices.DeleteFunc(a.world.Services(k), func(s world.Service) bool { return s.Cluster != name }), nil
}

func (a api) listServices(r *wire.Request, k world.Key) (wire.Answer, error) {
	if err := a.world.Authorize(r, "", nil); err != nil {
		return nil, err
	}
	all, err := a.services(r, k)
	if err != nil {
		return nil, err
	}
	most := r.Int("maxResults", 10)
	if most < 1 || most > 100 {
		return nil, wire.Errorf("InvalidParameterException", "maxResults must be between 1 and 100.")
	}
	arns, token := []string{}, r.Text("nextToken")
	m := wire.Map{}
	slices.SortFunc(all, func(a, b world.Service) int { return strings.Compare(a.Name, b.Name) })
	for _, s := range all {
		if s.ARN(k) <= token {
			continue
		}
		if int64(len(arns)) == most {
			m["nextToken"] = arns[len(arns)-1]
			break
		}
		arns = append(arns, s.ARN(k))
	}
	m["serviceArns"] = arns
	return m, r.Err()
}

func (a api) describeServices(r *wire.Request, k world.Key) (wire.Answer, error) {
	names := r.Texts("services")
	if len(names) == 0 || len(names) > 10 {
		return nil, wire.Errorf("InvalidParameterException", "Services must have 1 to 10 entries.")
	}
	if err := a.world.Authorize(r, "", nil); err != nil {
		return nil, err
	}
	all, err := a.services(r, k)
	if err != nil {
		return nil, err
	}
	found, missing := wire.List{}, wire.List{}
	tags := slices.Contains(r.Texts("include"), "TAGS")
	for _, name := range names {
		at := slices.IndexFunc(all, func(s world.Service) bool { return s.Name == world.Short(name) })
		if at < 0 {
			missing = append(missing, wire.Map{"arn": (&world.Service{Cluster: cluster(r), Name: world.Short(name)}).ARN(k), "reason": "MISSING"})
			continue
		}
		found = append(found, item(k, all[at], tags))
	}
	return wire.Map{"services": found, "failures": missing}, r.Err()
}

func item(k world.Key, s world.Service, tagged bool) wire.Map {
	deployments := wire.List{}
	for _, d := range s.Deployments {
		deployments = append(deployments, wire.Map{
			"id": d.ID, "status": d.Status, "rolloutState": d.State, "desiredCount": d.Desired, "runningCount": d.Running, "pendingCount": d.Pending,
			"taskDefinition": d.TaskDefinition, "createdAt": d.Created, "updatedAt": d.Updated, "failedTasks": 0, "launchType": "FARGATE",
			"rolloutStateReason": "ECS deployment " + d.ID + " " + strings.ToLower(strings.ReplaceAll(d.State, "_", " ")) + ".",
		})
	}
	m := wire.Map{
		"serviceArn": s.ARN(k), "serviceName": s.Name, "clusterArn": s.ClusterARN(k), "status": "ACTIVE", "desiredCount": s.Desired,
		"runningCount": s.Running, "pendingCount": max(0, s.Desired-s.Running), "taskDefinition": s.TaskDefinition, "deployments": deployments,
		"createdAt": s.Created, "launchType": "FARGATE", "schedulingStrategy": "REPLICA", "events": wire.List{}, "loadBalancers": wire.List{},
	}
	if tagged {
		tags := wire.List{}
		for _, name := range slices.Sorted(maps.Keys(s.Tags)) {
			tags = append(tags, wire.Map{"key": name, "value": s.Tags[name]})
		}
		m["tags"] = tags
	}
	return m
}

func (a api) update(r *wire.Request, k world.Key) (wire.Answer, error) {
	n, force, name := r.Int("desiredCount", -1), r.Bool("forceNewDeployment"), world.Short(r.Text("service"))
	switch {
	case r.Err() != nil:
		return nil, r.Err()
	case name == "":
		return nil, wire.Errorf("InvalidParameterException", "Service cannot be empty.")
	case r.Has("desiredCount") && n < 0:
		return nil, wire.Errorf("InvalidParameterException", "desiredCount cannot be negative.")
	}
	s := world.Service{Cluster: cluster(r), Name: name}
	for _, have := range a.world.Services(k) {
		if have.Cluster == s.Cluster && have.Name == name {
			s = have
		}
	}
	keys := map[string][]string{}
	for tag, v := range s.Tags {
		keys["aws:ResourceTag/"+tag], keys["ecs:ResourceTag/"+tag] = []string{v}, []string{v}
	}
	if err := a.world.Authorize(r, s.ARN(k), keys); err != nil {
		return nil, err
	}
	r.Touch(name)
	s, err := a.world.UpdateService(k, s.Cluster, name, int(n), r.Text("taskDefinition"), force)
	if err != nil {
		return nil, err
	}
	return wire.Map{"service": item(k, s, true)}, nil
}
