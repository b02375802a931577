package elb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

const classic = "2012-06-01"

var service = wire.Service{
	Scope: "elasticloadbalancing", IAM: "elasticloadbalancing", Version: "2015-12-01",
	XMLNS: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
}

// api is Elastic Load Balancing on a world.
type api struct{ world *world.World }

// Register adds the operations of both kinds to mux.
func Register(mux *wire.Mux, w *world.World) {
	a := api{w}
	for name, op := range map[string][2]func(*wire.Request, world.Key) (wire.Answer, error){
		"DescribeLoadBalancers": {a.balancers, a.classics}, "DescribeTags": {a.tags, a.classicTags},
		"DescribeTargetGroups": {a.groups, nil}, "DescribeTargetHealth": {a.health, nil},
	} {
		mux.Handle(service, name, func(_ context.Context, r *wire.Request) (wire.Answer, error) {
			do := op[0]
			if r.Text("Version") == classic {
				do = op[1]
			}
			if do == nil {
				return nil, wire.Errorf("InvalidAction", "%s is not valid for the classic API", r.Operation)
			}
			if err := w.Authorize(r, "", nil); err != nil {
				return nil, err
			}
			return do(r, world.Key{Account: r.Caller.Account, Region: r.Region})
		})
	}
}

// page cuts a list as PageSize and Marker say.
func page[T any](r *wire.Request, list []T) ([]T, any, error) {
	most, begin := int(r.Int("PageSize", 400)), 0
	if most < 1 || most > 400 {
		return nil, nil, wire.Errorf("ValidationError", "Page size must be between 1 and 400")
	}
	if marker := r.Text("Marker"); marker != "" {
		n, err := strconv.Atoi(marker)
		if err != nil || n < 0 || n > len(list) {
			return nil, nil, wire.Errorf("ValidationError", "The marker is not valid")
		}
		begin = n
	}
	if list = list[begin:]; len(list) > most {
		return list[:most], strconv.Itoa(begin + most), r.Err()
	}
	return list, nil, r.Err()
}

func (a api) balancers(r *wire.Request, k world.Key) (wire.Answer, error) {
	arns, names := r.Texts("LoadBalancerArns"), r.Texts("Names")
	var all []world.Balancer
	for _, b := range a.world.Balancers(k) {
		if b.Kind != "classic" && (len(arns) == 0 || slices.Contains(arns, b.ARN(k))) && (len(names) == 0 || slices.Contains(names, b.Name)) {
			all = append(all, b)
		}
	}
	if len(all) < max(len(arns), len(names)) {
		return nil, wire.Errorf("LoadBalancerNotFound", "One or more load balancers not found")
	}
	all, marker, err := page(r, all)
	if err != nil {
		return nil, err
	}
	list := wire.List{}
	for _, b := range all {
		list = append(list, wire.Map{
			"LoadBalancerArn": b.ARN(k), "LoadBalancerName": b.Name, "DNSName": b.DNS, "Type": b.Kind, "Scheme": "internet-facing",
			"CreatedTime": b.Created, "VpcId": world.VPC, "State": wire.Map{"Code": "active"}, "IpAddressType": "ipv4",
			"AvailabilityZones": wire.List{wire.Map{"ZoneName": k.Region + "a"}, wire.Map{"ZoneName": k.Region + "b"}},
		})
	}
	return wire.Map{"LoadBalancers": list, "NextMarker": marker}, nil
}

func (a api) classics(r *wire.Request, k world.Key) (wire.Answer, error) {
	names, found, list := r.Texts("LoadBalancerNames"), 0, wire.List{}
	for _, b := range a.world.Balancers(k) {
		if b.Kind != "classic" || len(names) > 0 && !slices.Contains(names, b.Name) {
			continue
		}
		found++
		instances := wire.List{}
		for _, id := range b.Instances {
			instances = append(instances, wire.Map{"InstanceId": id})
		}
		list = append(list, wire.Map{
			"LoadBalancerName": b.Name, "DNSName": b.DNS, "CreatedTime": b.Created, "Scheme": "internet-facing", "VPCId": world.VPC,
			"Instances": instances, "AvailabilityZones": []string{k.Region + "a", k.Region + "b"},
		})
	}
	if found < len(names) {
		return nil, wire.Errorf("LoadBalancerNotFound", "There is no ACTIVE Load Balancer named '%s'", names[0])
	}
	return wire.Map{"LoadBalancerDescriptions": list}, r.Err()
}

func tagList(tags map[string]string) wire.List {
	list := wire.List{}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, wire.Map{"Key": name, "Value": tags[name]})
	}
	return list
}

func (a api) tags(r *wire.Request, k world.Key) (wire.Answer, error) {
	arns, list := r.Texts("ResourceArns"), wire.List{}
	if len(arns) > 20 {
		return nil, wire.Errorf("ValidationError", "Up to 20 resources can be described")
	}
	all := a.world.Resources(k)
	for _, arn := range arns {
		at := slices.IndexFunc(all, func(res world.Resource) bool { return res.ARN == arn })
		if at < 0 {
			return nil, wire.Errorf("LoadBalancerNotFound", "One or more load balancers not found")
		}
		list = append(list, wire.Map{"ResourceArn": arn, "Tags": tagList(all[at].Tags)})
	}
	return wire.Map{"TagDescriptions": list}, r.Err()
}

func (a api) classicTags(r *wire.Request, k world.Key) (wire.Answer, error) {
	list := wire.List{}
	for _, name := range r.Texts("LoadBalancerNames") {
		all := a.world.Balancers(k)
		at := slices.IndexFunc(all, func(b world.Balancer) bool { return b.Kind == "classic" && b.Name == name })
		if at < 0 {
			return nil, wire.Errorf("LoadBalancerNotFound", "There is no ACTIVE Load Balancer named '%s'", name)
		}
		list = append(list, wire.Map{"LoadBalancerName": name, "Tags": tagList(all[at].Tags)})
	}
	return wire.Map{"TagDescriptions": list}, r.Err()
}

func (a api) groups(r *wire.Request, k world.Key) (wire.Answer, error) {
	arns, names, of := r.Texts("TargetGroupArns"), r.Texts("Names"), r.Text("LoadBalancerArn")
	balancers := map[string]string{}
	for _, b := range a.world.Balancers(k) {
		balancers[b.Name] = b.ARN(k)
	}
	var all []world.TargetGroup
	for _, t := range a.world.TargetGroups(k) {
		if (len(arns) == 0 || slices.Contains(arns, t.ARN(k))) && (len(names) == 0 || slices.Contains(names, t.Name)) && (of == "" || balancers[t.Balancer] == of) {
			all = append(all, t)
		}
	}
	if len(all) < max(len(arns), len(names)) {
		return nil, wire.Errorf("TargetGroupNotFound", "One or more target groups not found")
	}
	all, marker, err := page(r, all)
	if err != nil {
		return nil, err
	}
	list := wire.List{}
	for _, t := range all {
		list = append(list, wire.Map{
			"TargetGroupArn": t.ARN(k), "TargetGroupName": t.Name, "Protocol": t.Protocol, "Port": t.Port, "VpcId": world.VPC,
			"LoadBalancerArns": []string{balancers[t.Balancer]}, "TargetType": "instance", "HealthCheckEnabled": true,
		})
	}
	return wire.Map{"TargetGroups": list, "NextMarker": marker}, nil
}

func (a api) health(r *wire.Request, k world.Key) (wire.Answer, error) {
	arn := r.Text("TargetGroupArn")
	all := a.world.TargetGroups(k)
	at := slices.IndexFunc(all, func(t world.TargetGroup) bool { return t.ARN(k) == arn })
	if at < 0 {
		return nil, wire.Errorf("TargetGroupNotFound", "Target groups '%s' not found", arn)
	}
	states := map[string]string{}
	for _, i := range a.world.Instances(k) {
		states[i.ID] = i.State
	}
	list := wire.List{}
	for _, id := range all[at].Targets {
		health := wire.Map{"State": "healthy"}
		switch states[id] {
		case "running":
		case "pending":
			health = wire.Map{"State": "initial", "Reason": "Elb.RegistrationInProgress", "Description": "Target registration is in progress"}
		case "", "terminated":
			continue
		default:
			health = wire.Map{"State": "unused", "Reason": "Target.InvalidState", "Description": "Target is in the stopped state"}
		}
		list = append(list, wire.Map{
			"Target": wire.Map{"Id": id, "Port": all[at].Port}, "HealthCheckPort": fmt.Sprint(all[at].Port), "TargetHealth": health,
		})
	}
	return wire.Map{"TargetHealthDescriptions": list}, r.Err()
}
