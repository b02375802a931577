package world

import "math"

// work is what an instance does: levels at rest and at an ordinary peak, and between
// them as busy as its shape says.
type work struct {
	busy    shape
	cpu     [2]float64 // per cent
	bytes   [2]float64 // a second, in; two thirds of it out
	packets float64    // at least so many a second
	disk    [2]float64 // operations a second
	memory  [2]float64 // per cent; zero where no agent runs
	fills   bool       // its disk fills within 12 hours, until it is cleaned
	fails   bool       // its status check fails for seven minutes, every three hours
}

// quiet is an instance that nobody uses.
func quiet(*World, *Instance) work {
	return work{busy: steady(0.3), cpu: [2]float64{0.6, 2.2}, bytes: [2]float64{8, 22}, packets: 0.05, disk: [2]float64{0, 0.4}}
}

// serving answers people's requests.
func serving(top float64) func(*World, *Instance) work {
	return func(w *World, _ *Instance) work {
		return work{busy: w.traffic, cpu: [2]float64{6, top}, bytes: [2]float64{40e3, 3e6}, packets: 40, disk: [2]float64{2, 60}, memory: [2]float64{38, 64}}
	}
}

// working keeps office hours.
func working(top float64) func(*World, *Instance) work {
	return func(*World, *Instance) work {
		return work{busy: office, cpu: [2]float64{6, top}, bytes: [2]float64{4e3, 400e3}, packets: 6, disk: [2]float64{1, 80}}
	}
}

// batch runs at night, and until a time (Unix seconds) only; 0 for always.
func batch(end int64) func(*World, *Instance) work {
	return func(w *World, i *Instance) work {
		busy := shape(nightly)
		if end != 0 {
			rest := quiet(w, i)
			was := work{busy: busy, cpu: [2]float64{1, 88}, bytes: [2]float64{2e3, 9e6}, disk: [2]float64{1, 400}}
			was.busy = until(end, busy, steady(0))
			was.cpu[0], was.bytes[0], was.disk[0] = rest.cpu[0]+0.4, rest.bytes[0], 0.1
			return was
		}
		return work{busy: busy, cpu: [2]float64{5, 86}, bytes: [2]float64{5e3, 9e6}, packets: 8, disk: [2]float64{2, 400}, memory: [2]float64{20, 71}}
	}
}

// level of a pair at a time.
func (k work) level(of [2]float64) shape { return k.busy.between(of[0], of[1]) }

// add puts an instance in place, and measures what it does.
func (p *place) add(w *World, i *Instance, doing func(*World, *Instance) work) {
	if i.Zone == "" {
		i.Zone = p.Region + string("abc"[len(p.instances)%3])
	}
	if i.Image == "" {
		i.Image = "ami-0c1c30571d2dae5c9"
	}
	if i.Root == "" {
		i.Root = "ebs"
	}
	if i.PrivateIP == "" {
		n := mix(hashString(3, i.ID))
		i.PrivateIP = ip(10, byte(n), byte(n>>8), 4+byte(n>>16)%240)
	}
	p.instances = append(p.instances, i)
	p.byID[i.ID] = i
	p.measureInstance(w, i, doing(w, i))
}

func ip(a, b, c, d byte) string {
	const digits = "0123456789"
	out := make([]byte, 0, 15)
	for n, v := range []byte{a, b, c, d} {
		if n > 0 {
			out = append(out, '.')
		}
		if v >= 100 {
			out = append(out, digits[v/100])
		}
		if v >= 10 {
			out = append(out, digits[v/10%10])
		}
		out = append(out, digits[v%10])
	}
	return string(out)
}

// measureInstance adds the metrics of AWS/EC2 and, where an agent runs, of CWAgent.
func (p *place) measureInstance(w *World, i *Instance, k work) {
	period, n := int64(5*minute), 5.0
	if i.Detailed {
		period, n = minute, 1
	}
	seconds := float64(period)
	ec2 := func(unit, name string, gen generator) {
		p.measure(i.life, period, unit, gen, "AWS/EC2", name, "InstanceId", i.ID)
	}
	sums := func(by float64, a shape) generator { // n samples that add up to what happened
		return func(at int64, dice uint64) (point, bool) {
			v := math.Round(max(around(a(at)*seconds, dice, by), 0))
			return point{n, v, math.Floor(v / n * (1 - by/2)), math.Ceil(v / n * (1 + by/2))}, true
		}
	}
	ec2("Percent", "CPUUtilization", gauge(n, 0.12, 0, 100, i.driving(k.level(k.cpu), 88, 0.8)))
	in := i.driving(k.level(k.bytes), 4e6, 12)
	ec2("Bytes", "NetworkIn", sums(0.15, in))
	ec2("Bytes", "NetworkOut", sums(0.15, in.times(0.66)))
	packets := i.driving(func(at int64) float64 { return k.packets + in(at)/700 }, 6000, 0.05)
	ec2("Count", "NetworkPacketsIn", sums(0.1, packets))
	ec2("Count", "NetworkPacketsOut", sums(0.1, shape(packets).times(0.8)))
	ec2("Count", "MetadataNoToken", gauge(n, 0, 0, 1, steady(0)))
	ops := i.driving(k.level(k.disk), 300, 0.1)
	prefix := "EBS"
	if i.Root == "instance-store" {
		prefix = "Disk"
	}
	ec2("Count", prefix+"ReadOps", sums(0.3, ops.times(0.4)))
	ec2("Count", prefix+"WriteOps", sums(0.3, ops.times(0.6)))
	ec2("Bytes", prefix+"ReadBytes", sums(0.3, ops.times(0.4*24e3)))
	ec2("Bytes", prefix+"WriteBytes", sums(0.3, ops.times(0.6*16e3)))
	if prefix == "EBS" {
		rest := func(at int64) float64 { return 100 - 60*max(k.busy(at)-0.9, 0) }
		ec2("Percent", "EBSIOBalance%", gauge(n, 0.01, 0, 100, rest))
		ec2("Percent", "EBSByteBalance%", gauge(n, 0.01, 0, 100, rest))
	}
	fails := func(at int64) float64 {
		if i.failing(at) || k.fails && within(at, 3*hour, 40*minute, 7*minute) {
			return 1
		}
		return 0
	}
	check := func(name string, s shape) {
		p.measure(i.life, minute, "Count", exact(s), "AWS/EC2", name, "InstanceId", i.ID)
	}
	check("StatusCheckFailed", fails)
	check("StatusCheckFailed_Instance", fails)
	check("StatusCheckFailed_System", steady(0))
	check("StatusCheckFailed_AttachedEBS", steady(0))
	if most := Shapes[i.Type].Credits; most > 0 {
		p.measureCredits(i, k, most)
	}
	p.measureAgent(i, k)
}

// measureCredits: they are spent in a busy office day and come back by the morning.
func (p *place) measureCredits(i *Instance, k work, most float64) {
	heavy := k.cpu[1] > 40
	balance := func(at int64) float64 {
		if !heavy {
			return most
		}
		h, weekday := local(at)
		switch {
		case weekday >= 5:
			return most
		case h >= 8 && h < 18:
			return most * max(0.03, 1-(h-8)/9.2)
		case h >= 18:
			return most * (0.03 + (h-18)/14)
		}
		return most * min(1, 0.03+(h+6)/14)
	}
	credit := func(name string, gen generator) {
		p.measure(i.life, 5*minute, "Count", gen, "AWS/EC2", name, "InstanceId", i.ID)
	}
	credit("CPUCreditBalance", gauge(1, 0.004, 0, most, balance))
	credit("CPUCreditUsage", gauge(1, 0.1, 0, 100, k.level(k.cpu).times(0.1)))
	charged := func(at int64) float64 {
		if balance(at) < 0.04*most {
			return 0.4
		}
		return 0
	}
	credit("CPUSurplusCreditBalance", exact(charged))
	credit("CPUSurplusCreditsCharged", exact(charged))
}

// measureAgent adds what the CloudWatch agent sends, where it is installed.
func (p *place) measureAgent(i *Instance, k work) {
	if k.memory == [2]float64{} {
		return
	}
	p.measure(i.life, minute, "Percent", gauge(1, 0.03, 0, 100, k.level(k.memory)), "CWAgent", "mem_used_percent", "InstanceId", i.ID)
	p.measure(i.life, minute, "Percent", exact(steady(0)), "CWAgent", "swap_used_percent", "InstanceId", i.ID)
	disk := func(at int64) float64 {
		if !k.fills {
			return 46
		}
		begin := floor(at, 12*hour)
		for _, c := range i.cleaned {
			if c <= at {
				begin = max(begin, c)
			}
		}
		return min(99, 38+64*float64(at-begin)/(12*hour))
	}
	p.measure(i.life, minute, "Percent", gauge(1, 0.004, 0, 100, disk), "CWAgent", "disk_used_percent",
		"InstanceId", i.ID, "path", "/", "device", "nvme0n1p1", "fstype", "xfs")
}
