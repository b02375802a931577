package autoscaling

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

var service = wire.Service{
	Scope: "autoscaling", IAM: "autoscaling", Version: "2011-01-01", XMLNS: "http://autoscaling.amazonaws.com/doc/2011-01-01/",
}

// Register adds Auto Scaling's operations to mux.
func Register(mux *wire.Mux, w *world.World) {
	mux.Handle(service, "DescribeAutoScalingGroups", func(_ context.Context, r *wire.Request) (wire.Answer, error) {
		if err := w.Authorize(r, "", nil); err != nil {
			return nil, err
		}
		return describe(r, w, place(r))
	})
	mux.Handle(service, "SetDesiredCapacity", func(_ context.Context, r *wire.Request) (wire.Answer, error) {
		return nil, setDesired(r, w, place(r))
	})
}

func place(r *wire.Request) world.Key { return world.Key{Account: r.Caller.Account, Region: r.Region} }

func describe(r *wire.Request, w *world.World, k world.Key) (wire.Answer, error) {
	names, most := r.Texts("AutoScalingGroupNames"), r.Int("MaxRecords", 50)
	begin := 0
	if token := r.Text("NextToken"); token != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(token, "page-"))
		if err != nil || n < 0 {
			return nil, wire.Errorf("InvalidNextToken", "The NextToken value is not valid.")
		}
		begin = n
	}
	if most < 1 || most > 100 {
		return nil, wire.Errorf("ValidationError", "MaxRecords must be between 1 and 100")
	}
	list, n := wire.List{}, 0
	var next any
	for _, g := range w.Groups(k) {
		if len(names) > 0 && !slices.Contains(names, g.Name) || !tagged(r, g.Tags) {
			continue
		}
		if n++; n <= begin {
			continue
		}
		if int64(len(list)) == most {
			next = "page-" + strconv.Itoa(n-1)
			break
		}
		list = append(list, group(k, g))
	}
	return wire.Map{"AutoScalingGroups": list, "NextToken": next}, r.Err()
}

// tagged tells whether tags pass the request's filters: tag:<key>, tag-key, tag-value.
func tagged(r *wire.Request, tags map[string]string) bool {
	for _, f := range r.List("Filters") {
		values := f.Texts("Values")
		passes := false
		for name, v := range tags {
			switch have := f.Text("Name"); {
			case have == "tag-key":
				passes = passes || slices.Contains(values, name)
			case have == "tag-value":
				passes = passes || slices.Contains(values, v)
			default:
				passes = passes || have == "tag:"+name && slices.Contains(values, v)
			}
		}
		if !passes {
			return false
		}
	}
	return true
}

var lifecycle = map[string]string{
	"pending": "Pending", "running": "InService", "stopping": "Terminating", "stopped": "Terminating", "shutting-down": "Terminating",
}

func group(k world.Key, g world.Group) wire.Map {
	instances, zones := wire.List{}, map[string]bool{}
	for _, i := range g.Members {
		health := "Healthy"
		if i.State != "running" && i.State != "pending" {
			health = "Unhealthy"
		}
		zones[i.Zone] = true
		instances = append(instances, wire.Map{
			"InstanceId": i.ID, "InstanceType": i.Type, "AvailabilityZone": i.Zone, "LifecycleState": lifecycle[i.State],
			"HealthStatus": health, "ProtectedFromScaleIn": false, "LaunchConfigurationName": g.Name,
		})
	}
	tags := wire.List{}
	for _, name := range slices.Sorted(maps.Keys(g.Tags)) {
		tags = append(tags, wire.Map{
			"Key": name, "Value": g.Tags[name], "ResourceId": g.Name, "ResourceType": "auto-scaling-group", "PropagateAtLaunch": true,
		})
	}
	return wire.Map{
		"AutoScalingGroupName": g.Name, "AutoScalingGroupARN": g.ARN(k), "MinSize": g.Min, "MaxSize": g.Max, "DesiredCapacity": g.Desired,
		"DefaultCooldown": int(g.Cooldown.Seconds()), "AvailabilityZones": slices.Sorted(maps.Keys(zones)), "TargetGroupARNs": g.TargetGroups,
		"HealthCheckType": "ELB", "HealthCheckGracePeriod": 300, "CreatedTime": g.Created, "Instances": instances, "Tags": tags,
		"VPCZoneIdentifier": "subnet-0a1b2c3d4e5f60718", "LaunchConfigurationName": g.Name, "LoadBalancerNames": wire.List{},
		"SuspendedProcesses": wire.List{}, "EnabledMetrics": wire.List{}, "TerminationPolicies": []string{"Default"}, "NewInstancesProtectedFromScaleIn": false,
	}
}

func setDesired(r *wire.Request, w *world.World, k world.Key) error {
	name := r.Text("AutoScalingGroupName")
	n, honor := r.Int("DesiredCapacity", -1), r.Bool("HonorCooldown")
	switch {
	case r.Err() != nil:
		return r.Err()
	case name == "" || !r.Has("DesiredCapacity"):
		return wire.Errorf("ValidationError", "AutoScalingGroupName and DesiredCapacity are required")
	}
	g := world.Group{Name: name}
	for _, have := range w.Groups(k) {
		if have.Name == name {
			g = have
		}
	}
	context := map[string][]string{}
	for key, v := range g.Tags {
		context["aws:ResourceTag/"+key], context["autoscaling:ResourceTag/"+key] = []string{v}, []string{v}
	}
	if err := w.Authorize(r, g.ARN(k), context); err != nil {
		return err
	}
	r.Touch(name)
	return w.SetDesired(k, name, int(n), honor)
}
