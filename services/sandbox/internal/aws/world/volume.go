package world

import (
	"time"
)

// Volume is an EBS volume.
type Volume struct {
	ID, Name, Type, Zone string
	GiB, IOPS            int
	Instance             string // it is attached to; empty: State is available
	Device               string
	Created              time.Time
	Tags                 map[string]string
}

// ARN is the volume's in its place.
func (v *Volume) ARN(k Key) string {
	return "arn:aws:ec2:" + k.Region + ":" + k.Account + ":volume/" + v.ID
}

// State is in-use or available.
func (v *Volume) State() string {
	if v.Instance == "" {
		return "available"
	}
	return "in-use"
}

// Address is an Elastic IP.
type Address struct {
	ID, IP, Instance string
	Tags             map[string]string
}

// NATGateway is one.
type NATGateway struct {
	ID, Name, Subnet, VPC, IP string
	Created                   time.Time
	Tags                      map[string]string
}

// copies of what pointers point at.
func copies[T any](from []*T) []T {
	out := make([]T, len(from))
	for i, v := range from {
		out[i] = *v
	}
	return out
}

// Volumes returns the EBS volumes; those of terminated instances are gone with them.
func (w *World) Volumes(k Key) []Volume {
	now := w.Now().UnixMilli()
	w.mu.RLock()
	defer w.mu.RUnlock()
	p := w.places[k]
	if p == nil {
		return nil
	}
	list := make([]Volume, 0, len(p.volumes))
	for _, v := range p.volumes {
		if i := p.byID[v.Instance]; i == nil || i.life.at(now).State != "terminated" && i.life.Moments[0].At <= now {
			list = append(list, *v)
		}
	}
	return list
}

// Addresses returns the Elastic IPs.
func (w *World) Addresses(k Key) []Address {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if p := w.places[k]; p != nil {
		return copies(p.addresses)
	}
	return nil
}

// NATGateways returns the NAT gateways.
func (w *World) NATGateways(k Key) []NATGateway {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if p := w.places[k]; p != nil {
		return copies(p.gateways)
	}
	return nil
}

// volume adds a volume: of an instance, which is measured with it, or of none.
func (p *place) volume(w *World, name string, of *Instance, kind string, gib int, created time.Time, extra string) {
	v := &Volume{ID: p.id("vol", name), Name: name, Type: kind, GiB: gib, IOPS: max(3000, 3*gib), Created: created, Zone: p.Region + "a", Tags: tags(name, extra)}
	if kind == "gp2" {
		v.IOPS = min(max(100, 3*gib), 16_000)
	}
	var l *life // an unattached volume has only BurstBalance, and nothing to burst for
	if of != nil {
		v.Instance, v.Zone, v.Device, l = of.ID, of.Zone, "/dev/xvda", of.life
	}
	p.volumes = append(p.volumes, v)
	if of == nil {
		return
	}
	busy := shape(w.traffic)
	ebs := func(unit, name string, gen generator) {
		p.measure(l, minute, unit, gen, "AWS/EBS", name, "VolumeId", v.ID)
	}
	ops := busy.between(60, 3000)
	ebs("Count", "VolumeReadOps", counter(0.2, ops.times(0.4)))
	ebs("Count", "VolumeWriteOps", counter(0.2, ops.times(0.6)))
	ebs("Bytes", "VolumeReadBytes", counter(0.2, ops.times(0.4*24e3)))
	ebs("Bytes", "VolumeWriteBytes", counter(0.2, ops.times(0.6*16e3)))
	ebs("Seconds", "VolumeTotalReadTime", gauge(1, 0.2, 0, 1e9, ops.times(0.4*0.0006)))
	ebs("Seconds", "VolumeTotalWriteTime", gauge(1, 0.2, 0, 1e9, ops.times(0.6*0.0009)))
	ebs("Count", "VolumeQueueLength", gauge(1, 0.3, 0, 1e9, busy.between(0.01, 0.6)))
	ebs("Seconds", "VolumeIdleTime", gauge(1, 0.02, 0, 60, busy.between(59, 40)))
	ebs("None", "VolumeStalledIOCheck", exact(steady(0)))
	if kind == "gp2" {
		p.measure(l, 5*minute, "Percent", gauge(1, 0.01, 0, 100, func(at int64) float64 { return 100 - 70*max(busy(at)-0.8, 0) }),
			"AWS/EBS", "BurstBalance", "VolumeId", v.ID)
	}
}

// nat adds a NAT gateway that carries so many bytes a second at a peak.
func (p *place) nat(w *World, name string, peak float64, created time.Time, extra string) {
	g := &NATGateway{ID: p.id("nat", name), Name: name, Subnet: "subnet-0a1b2c3d4e5f60718", VPC: VPC, Created: created, Tags: tags(name, extra)}
	n := mix(hashString(5, g.ID))
	g.IP = ip(54, 72, byte(n), byte(n>>8))
	p.gateways = append(p.gateways, g)
	bytes := func(at int64) float64 { return 60 * peak * w.traffic(at) }
	nat := func(unit, name string, gen generator) {
		p.measure(nil, minute, unit, gen, "AWS/NATGateway", name, "NatGatewayId", g.ID)
	}
	nat("Bytes", "BytesOutToDestination", counter(0.1, bytes))
	nat("Bytes", "BytesInFromSource", counter(0.1, bytes))
	nat("Bytes", "BytesOutToSource", counter(0.1, shape(bytes).times(4)))
	nat("Bytes", "BytesInFromDestination", counter(0.1, shape(bytes).times(4)))
	nat("Count", "ActiveConnectionCount", counter(0.1, shape(bytes).times(1.0/60/40e3)))
	nat("Count", "ConnectionAttemptCount", counter(0.1, shape(bytes).times(1.0/60/60e3)))
	nat("Count", "PacketsOutToDestination", counter(0.1, shape(bytes).times(1.0/900)))
	nat("Count", "PacketsInFromSource", counter(0.1, shape(bytes).times(1.0/900)))
	nat("Count", "ConnectionEstablishedCount", counter(0.1, shape(bytes).times(1.0/60/60e3)))
	nat("Count", "PacketsDropCount", exact(steady(0)))
	nat("Count", "ErrorPortAllocation", exact(steady(0)))
	nat("Count", "IdleTimeoutCount", exact(steady(0)))
}

// VPC is every account's only one.
const VPC = "vpc-0d4f1b2c3a5e69788"
