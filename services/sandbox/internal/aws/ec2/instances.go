package ec2

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

var codes = map[string]int{"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}

func state(name string) wire.Map { return wire.Map{"code": codes[name], "name": name} }

func tagSet(tags map[string]string) wire.List {
	list := wire.List{}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, wire.Map{"key": name, "value": tags[name]})
	}
	return list
}

func instanceFields(i world.Instance) fields {
	f := fields{
		"instance-id": {i.ID}, "instance-state-name": {i.State}, "instance-state-code": {fmt.Sprint(codes[i.State])},
		"instance-type": {i.Type}, "availability-zone": {i.Zone}, "image-id": {i.Image}, "root-device-type": {i.Root},
		"private-ip-address": {i.PrivateIP}, "ip-address": {i.PublicIP}, "vpc-id": {world.VPC}, "client-token": {i.Token},
		"instance-lifecycle": nil, "architecture": {"x86_64"}, "monitoring-state": {monitoring(i)},
		"tag-value": slices.Collect(maps.Values(i.Tags)),
	}
	if i.Spot {
		f["instance-lifecycle"] = []string{"spot"}
	}
	return f.tagged(i.Tags)
}

func monitoring(i world.Instance) string {
	if i.Detailed {
		return "enabled"
	}
	return "disabled"
}

// find returns the instances that a request names and filters.
func (a api) find(r *wire.Request, k world.Key) ([]world.Instance, error) {
	ids := r.Texts("InstanceId")
	if len(ids) > 0 && r.Has("MaxResults") {
		return nil, wire.Errorf("InvalidParameterCombination", "The parameter instancesSet cannot be used with the parameter maxResults")
	}
	all, err := filters(r)
	if err != nil {
		return nil, err
	}
	if err := instanceFields(world.Instance{}).check(all); err != nil {
		return nil, err
	}
	list := a.world.Instances(k)
	if len(ids) > 0 {
		if list, err = a.world.CheckInstances(k, ids); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(list, func(i world.Instance) bool {
		ok, _ := instanceFields(i).match(all)
		return !ok
	}), nil
}

func (a api) describeInstances(r *wire.Request, k world.Key) (wire.Answer, error) {
	list, err := a.find(r, k)
	if err != nil {
		return nil, err
	}
	if err := a.may(r); err != nil {
		return nil, err
	}
	list, next, err := page(r, list, 5, 1000)
	if err != nil {
		return nil, err
	}
	volumes := map[string][]world.Volume{}
	for _, v := range a.world.Volumes(k) {
		volumes[v.Instance] = append(volumes[v.Instance], v)
	}
	reservations := wire.List{}
	for _, i := range list {
		reservations = append(reservations, reservation(k, i, volumes[i.ID]))
	}
	return wire.Map{"reservationSet": reservations, "nextToken": next}, nil
}

func reservation(k world.Key, i world.Instance, volumes []world.Volume) wire.Map {
	return wire.Map{
		"reservationId": "r-" + strings.TrimPrefix(i.ID, "i-"), "ownerId": k.Account, "groupSet": wire.List{},
		"instancesSet": wire.List{instanceItem(k, i, volumes)},
	}
}

func instanceItem(k world.Key, i world.Instance, volumes []world.Volume) wire.Map {
	devices := wire.List{}
	for _, v := range volumes {
		devices = append(devices, wire.Map{"deviceName": v.Device, "ebs": wire.Map{
			"volumeId": v.ID, "status": "attached", "attachTime": v.Created, "deleteOnTermination": true,
		}})
	}
	m := wire.Map{
		"instanceId": i.ID, "imageId": i.Image, "instanceState": state(i.State), "instanceType": i.Type,
		"privateDnsName": "ip-" + strings.ReplaceAll(i.PrivateIP, ".", "-") + "." + k.Region + ".compute.internal",
		"reason":         i.Reason, "amiLaunchIndex": 0, "productCodes": wire.List{}, "launchTime": i.Launched,
		"placement":  wire.Map{"availabilityZone": i.Zone, "groupName": "", "tenancy": "default"},
		"monitoring": wire.Map{"state": monitoring(i)}, "subnetId": "subnet-0a1b2c3d4e5f60718", "vpcId": world.VPC,
		"privateIpAddress": i.PrivateIP, "ipAddress": opt(i.PublicIP), "sourceDestCheck": true, "groupSet": wire.List{},
		"architecture": "x86_64", "rootDeviceType": i.Root, "rootDeviceName": "/dev/xvda", "blockDeviceMapping": devices,
		"virtualizationType": "hvm", "hypervisor": "xen", "clientToken": i.Token, "tagSet": tagSet(i.Tags), "ebsOptimized": true,
		"enaSupport": true, "platformDetails": "Linux/UNIX", "currentInstanceBootMode": "legacy-bios",
		"networkInterfaceSet": wire.List{network(k, i)},
	}
	if i.Spot {
		m["instanceLifecycle"], m["spotInstanceRequestId"] = "spot", spotRequest(i)
	}
	if i.Reason != "" {
		m["stateReason"] = wire.Map{"code": "Client.UserInitiatedShutdown", "message": "Client.UserInitiatedShutdown: User initiated shutdown"}
	}
	return m
}

func network(k world.Key, i world.Instance) wire.Map {
	m := wire.Map{"networkInterfaceId": "eni-" + strings.TrimPrefix(i.ID, "i-"), "privateIpAddress": i.PrivateIP, "status": "in-use", "ownerId": k.Account}
	if i.PublicIP != "" {
		owner := "amazon"
		if i.Elastic {
			owner = k.Account
		}
		m["association"] = wire.Map{"publicIp": i.PublicIP, "ipOwnerId": owner}
	}
	return m
}

func (a api) describeStatus(r *wire.Request, k world.Key) (wire.Answer, error) {
	list, err := a.find(r, k)
	if err != nil {
		return nil, err
	}
	if err := a.may(r); err != nil {
		return nil, err
	}
	if !r.Bool("IncludeAllInstances") {
		list = slices.DeleteFunc(list, func(i world.Instance) bool { return i.State != "running" })
	}
	list, next, err := page(r, list, 5, 1000)
	if err != nil {
		return nil, err
	}
	items := wire.List{}
	for _, i := range list {
		items = append(items, wire.Map{
			"instanceId": i.ID, "availabilityZone": i.Zone, "instanceState": state(i.State), "eventsSet": wire.List{},
			"instanceStatus": a.check(k, i, "StatusCheckFailed_Instance"), "systemStatus": a.check(k, i, "StatusCheckFailed_System"),
		})
	}
	return wire.Map{"instanceStatusSet": items, "nextToken": next}, nil
}

// check is a status check as the newest point of its metric has it.
func (a api) check(k world.Key, i world.Instance, metric string) wire.Map {
	status, reach := "not-applicable", "not-applicable"
	if i.State == "running" {
		status, reach = "initializing", "initializing"
		now := a.world.Now()
		points := a.world.Points(k, world.NewMetric("AWS/EC2", metric, world.Dimension{Name: "InstanceId", Value: i.ID}), now.Add(-5*time.Minute), now, time.Minute)
		if len(points) > 0 {
			status, reach = "ok", "passed"
			if points[len(points)-1].Max > 0 {
				status, reach = "impaired", "failed"
			}
		}
	}
	return wire.Map{"status": status, "details": wire.List{wire.Map{"name": "reachability", "status": reach}}}
}

// named returns the instances that an operation is for, once the caller may have them.
func (a api) named(r *wire.Request, k world.Key) ([]string, error) {
	ids := r.Texts("InstanceId")
	if len(ids) == 0 {
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter InstanceId")
	}
	list, err := a.world.CheckInstances(k, ids)
	if err != nil {
		return nil, err
	}
	for _, i := range list {
		if err := a.world.Authorize(r, i.ARN(k), keys(i.Tags)); err != nil {
			return nil, err
		}
	}
	r.Touch(ids...)
	return ids, dry(r)
}

type change func(k world.Key, ids []string, by string) ([]world.Change, error)

func (a api) change(r *wire.Request, k world.Key, do change) (wire.Answer, error) {
	ids, err := a.named(r, k)
	if err != nil {
		return nil, err
	}
	if r.Bool("Hibernate") {
		return nil, wire.Errorf("UnsupportedHibernationConfiguration", "The instance is not configured for hibernation.")
	}
	changes, err := do(k, ids, r.Caller.ARN)
	if err != nil {
		return nil, err
	}
	items := wire.List{}
	for _, c := range changes {
		items = append(items, wire.Map{"instanceId": c.ID, "previousState": state(c.Previous), "currentState": state(c.Current)})
	}
	return wire.Map{"instancesSet": items}, nil
}

func (a api) start(r *wire.Request, k world.Key) (wire.Answer, error) {
	return a.change(r, k, a.world.StartInstances)
}

func (a api) stop(r *wire.Request, k world.Key) (wire.Answer, error) {
	return a.change(r, k, a.world.StopInstances)
}

func (a api) terminate(r *wire.Request, k world.Key) (wire.Answer, error) {
	return a.change(r, k, a.world.TerminateInstances)
}

func (a api) reboot(r *wire.Request, k world.Key) (wire.Answer, error) {
	ids, err := a.named(r, k)
	if err != nil {
		return nil, err
	}
	if err := a.world.RebootInstances(k, ids, r.Caller.ARN); err != nil {
		return nil, err
	}
	return wire.Map{"return": true}, nil
}

func (a api) run(r *wire.Request, k world.Key) (wire.Answer, error) {
	least, most := r.Int("MinCount", 0), r.Int("MaxCount", 0)
	kind, image := r.Text("InstanceType"), r.Text("ImageId")
	switch {
	case image == "":
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter ImageId")
	case least < 1 || most < least:
		return nil, wire.Errorf("InvalidParameterValue", "Value (%d) for parameter minCount is invalid.", least)
	}
	if kind == "" {
		kind = "m5.large"
	}
	tags := map[string]string{}
	for _, spec := range r.List("TagSpecification") {
		for _, t := range spec.List("Tag") {
			if spec.Text("ResourceType") == "instance" {
				tags[t.Text("Key")] = t.Text("Value")
			}
		}
	}
	if err := a.world.Authorize(r, "arn:aws:ec2:"+k.Region+":"+k.Account+":instance/*", nil); err != nil {
		return nil, err
	}
	if err := dry(r); err != nil {
		return nil, err
	}
	list, err := a.world.RunInstances(k, int(most), image, kind, r.Text("ClientToken"), tags)
	if err != nil {
		return nil, err
	}
	items := wire.List{}
	for _, i := range list {
		r.Touch(i.ID)
		items = append(items, instanceItem(k, i, nil))
	}
	return wire.Map{"reservationId": "r-" + strings.TrimPrefix(list[0].ID, "i-"), "ownerId": k.Account, "groupSet": wire.List{}, "instancesSet": items}, nil
}
