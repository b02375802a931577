package ec2

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// list answers with the resources that pass the request's filters.
func list[T any](a api, r *wire.Request, name string, all []T, ids func(T) bool, of func(T) fields, item func(T) wire.Map) (wire.Answer, error) {
	wanted, err := filters(r)
	if err != nil {
		return nil, err
	}
	var nothing T
	if err := of(nothing).check(wanted); err != nil {
		return nil, err
	}
	if err := a.may(r); err != nil {
		return nil, err
	}
	var passed []T
	for _, v := range all {
		if ok, _ := of(v).match(wanted); ok && ids(v) {
			passed = append(passed, v)
		}
	}
	part, next, err := page(r, passed, 1, 1000)
	if err != nil {
		return nil, err
	}
	items := wire.List{}
	for _, v := range part {
		items = append(items, item(v))
	}
	return wire.Map{name: items, "nextToken": next}, nil
}

// chosen tells whether an id is among those that the request names, if it names any;
// the error is for one that does not exist.
func chosen[T any](r *wire.Request, member, code, what string, all []T, id func(T) string) (func(T) bool, error) {
	ids := r.Texts(member)
	for _, want := range ids {
		if !slices.ContainsFunc(all, func(v T) bool { return id(v) == want }) {
			return nil, wire.Errorf(code, "The %s '%s' does not exist.", what, want)
		}
	}
	return func(v T) bool { return len(ids) == 0 || slices.Contains(ids, id(v)) }, nil
}

func (a api) describeVolumes(r *wire.Request, k world.Key) (wire.Answer, error) {
	all := a.world.Volumes(k)
	ids, err := chosen(r, "VolumeId", "InvalidVolume.NotFound", "volume", all, func(v world.Volume) string { return v.ID })
	if err != nil {
		return nil, err
	}
	return list(a, r, "volumeSet", all, ids, func(v world.Volume) fields {
		f := fields{
			"volume-id": {v.ID}, "status": {v.State()}, "volume-type": {v.Type}, "availability-zone": {v.Zone}, "size": {fmt.Sprint(v.GiB)},
			"attachment.instance-id": nil, "attachment.status": nil,
		}
		if v.Instance != "" {
			f["attachment.instance-id"], f["attachment.status"] = []string{v.Instance}, []string{"attached"}
		}
		return f.tagged(v.Tags)
	}, func(v world.Volume) wire.Map {
		attached := wire.List{}
		if v.Instance != "" {
			attached = append(attached, wire.Map{
				"volumeId": v.ID, "instanceId": v.Instance, "device": v.Device, "status": "attached", "attachTime": v.Created, "deleteOnTermination": true,
			})
		}
		return wire.Map{
			"volumeId": v.ID, "size": v.GiB, "snapshotId": "", "availabilityZone": v.Zone, "status": v.State(), "createTime": v.Created,
			"attachmentSet": attached, "tagSet": tagSet(v.Tags), "volumeType": v.Type, "iops": v.IOPS, "encrypted": true, "multiAttachEnabled": false,
		}
	})
}

func (a api) describeAddresses(r *wire.Request, k world.Key) (wire.Answer, error) {
	all := a.world.Addresses(k)
	ids, err := chosen(r, "AllocationId", "InvalidAllocationID.NotFound", "allocation ID", all, func(v world.Address) string { return v.ID })
	if err != nil {
		return nil, err
	}
	return list(a, r, "addressesSet", all, ids, func(v world.Address) fields {
		return fields{"allocation-id": {v.ID}, "public-ip": {v.IP}, "instance-id": {v.Instance}, "domain": {"vpc"}}.tagged(v.Tags)
	}, func(v world.Address) wire.Map {
		m := wire.Map{"allocationId": v.ID, "publicIp": v.IP, "domain": "vpc", "tagSet": tagSet(v.Tags), "instanceId": opt(v.Instance)}
		if v.Instance != "" {
			m["associationId"] = "eipassoc-" + strings.TrimPrefix(v.ID, "eipalloc-")
		}
		return m
	})
}

func (a api) describeGateways(r *wire.Request, k world.Key) (wire.Answer, error) {
	all := a.world.NATGateways(k)
	ids, err := chosen(r, "NatGatewayId", "NatGatewayNotFound", "NatGateway", all, func(v world.NATGateway) string { return v.ID })
	if err != nil {
		return nil, err
	}
	return list(a, r, "natGatewaySet", all, ids, func(v world.NATGateway) fields {
		return fields{"nat-gateway-id": {v.ID}, "state": {"available"}, "vpc-id": {v.VPC}, "subnet-id": {v.Subnet}}.tagged(v.Tags)
	}, func(v world.NATGateway) wire.Map {
		return wire.Map{
			"natGatewayId": v.ID, "state": "available", "subnetId": v.Subnet, "vpcId": v.VPC, "createTime": v.Created, "connectivityType": "public",
			"tagSet": tagSet(v.Tags), "natGatewayAddressSet": wire.List{wire.Map{"publicIp": v.IP, "allocationId": "eipalloc-" + strings.TrimPrefix(v.ID, "nat-")}},
		}
	})
}

func (a api) describeRegions(r *wire.Request, _ world.Key) (wire.Answer, error) {
	names := r.Texts("RegionName")
	for _, name := range names {
		if !slices.Contains(world.Regions, name) {
			return nil, wire.Errorf("InvalidParameterValue", "Invalid region provided: [%s]", name)
		}
	}
	return list(a, r, "regionInfo", world.Regions, func(name string) bool { return len(names) == 0 || slices.Contains(names, name) },
		func(name string) fields {
			return fields{"region-name": {name}, "endpoint": {"ec2." + name + ".amazonaws.com"}, "opt-in-status": {"opt-in-not-required"}}
		}, func(name string) wire.Map {
			return wire.Map{"regionName": name, "regionEndpoint": "ec2." + name + ".amazonaws.com", "optInStatus": "opt-in-not-required"}
		})
}

func (a api) describeTypes(r *wire.Request, _ world.Key) (wire.Answer, error) {
	names := r.Texts("InstanceType")
	for _, name := range names {
		if _, ok := world.Shapes[name]; !ok {
			return nil, wire.Errorf("InvalidInstanceType", "The following supplied instance types do not exist: [%s]", name)
		}
	}
	return list(a, r, "instanceTypeSet", slices.Sorted(maps.Keys(world.Shapes)), func(name string) bool { return len(names) == 0 || slices.Contains(names, name) },
		func(name string) fields {
			return fields{"instance-type": {name}, "burstable-performance-supported": {fmt.Sprint(world.Shapes[name].Credits > 0)}, "current-generation": {fmt.Sprint(!world.Shapes[name].Store)}}
		}, func(name string) wire.Map {
			s := world.Shapes[name]
			return wire.Map{
				"instanceType": name, "currentGeneration": !s.Store, "burstablePerformanceSupported": s.Credits > 0, "instanceStorageSupported": s.Store,
				"vCpuInfo": wire.Map{"defaultVCpus": s.VCPU}, "memoryInfo": wire.Map{"sizeInMiB": int(s.MemGiB * 1024)},
				"processorInfo": wire.Map{"supportedArchitectures": wire.List{"x86_64"}},
			}
		})
}

// spotRequest is the id of the request that an instance came by.
func spotRequest(i world.Instance) string { return "sir-" + i.ID[len(i.ID)-8:] }

func (a api) describeSpots(r *wire.Request, k world.Key) (wire.Answer, error) {
	all := slices.DeleteFunc(a.world.Instances(k), func(i world.Instance) bool { return !i.Spot })
	ids, err := chosen(r, "SpotInstanceRequestId", "InvalidSpotInstanceRequestID.NotFound", "spot instance request ID", all, spotRequest)
	if err != nil {
		return nil, err
	}
	return list(a, r, "spotInstanceRequestSet", all, ids, func(i world.Instance) fields {
		return fields{"instance-id": {i.ID}, "state": {"active"}, "type": {"one-time"}}
	}, func(i world.Instance) wire.Map {
		return wire.Map{
			"spotInstanceRequestId": spotRequest(i), "type": "one-time", "state": "active", "instanceId": i.ID, "createTime": i.Created,
			"instanceInterruptionBehavior": "terminate", "status": wire.Map{"code": "fulfilled"},
		}
	})
}

// tagged is one tag of one resource, as DescribeTags lists them.
type tagged struct{ id, kind, key, value string }

func (a api) describeTags(r *wire.Request, k world.Key) (wire.Answer, error) {
	var all []tagged
	for _, res := range a.world.Resources(k) {
		if kind, ok := strings.CutPrefix(res.Type, "ec2:"); ok {
			for _, name := range slices.Sorted(maps.Keys(res.Tags)) {
				all = append(all, tagged{res.ID, kind, name, res.Tags[name]})
			}
		}
	}
	return list(a, r, "tagSet", all, func(tagged) bool { return true }, func(t tagged) fields {
		return fields{"resource-id": {t.id}, "resource-type": {t.kind}, "key": {t.key}, "value": {t.value}, "tag:" + t.key: {t.value}}
	}, func(t tagged) wire.Map {
		return wire.Map{"resourceId": t.id, "resourceType": t.kind, "key": t.key, "value": t.value}
	})
}

func (a api) createTags(r *wire.Request, k world.Key) (wire.Answer, error) {
	return a.retag(r, k, a.world.Tag)
}

func (a api) deleteTags(r *wire.Request, k world.Key) (wire.Answer, error) {
	return a.retag(r, k, a.world.Untag)
}

func (a api) retag(r *wire.Request, k world.Key, do func(world.Key, []string, map[string]string) error) (wire.Answer, error) {
	ids, tags := r.Texts("ResourceId"), map[string]string{}
	for _, t := range r.List("Tag") {
		tags[t.Text("Key")] = t.Text("Value")
	}
	if len(ids) == 0 || len(tags) == 0 && r.Operation == "CreateTags" {
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter %s", map[bool]string{true: "resourceIdSet", false: "tagSet"}[len(ids) == 0])
	}
	there := map[string]world.Resource{}
	for _, res := range a.world.Resources(k) {
		there[res.ID] = res
	}
	for _, id := range ids {
		res, ok := there[id]
		if !ok {
			return nil, do(k, []string{id}, tags) // refuses in the words for this kind
		}
		context := keys(res.Tags)
		if len(tags) > 0 {
			context["aws:TagKeys"] = slices.Sorted(maps.Keys(tags))
		}
		for name, v := range tags {
			context["aws:RequestTag/"+name] = []string{v}
		}
		if err := a.world.Authorize(r, res.ARN, context); err != nil {
			return nil, err
		}
		if len(tags) == 0 { // DeleteTags without tags: all of them
			for name := range res.Tags {
				tags[name] = ""
			}
		}
	}
	if err := dry(r); err != nil {
		return nil, err
	}
	r.Touch(ids...)
	if err := do(k, ids, tags); err != nil {
		return nil, err
	}
	return wire.Map{"return": true}, nil
}
