package waste

import "time"

// judgeVolume judges a volume: attached to nothing, or to an instance that is
// stopped.
func (r *Rules) judgeVolume(region string, v Volume, instances map[string]Instance, m Measured, now time.Time, p Prices) []Judgement {
	labels := map[string]string{"volume_id": v.ID}
	usd, ok := p.EBS(region, v.Type, v.GiB, v.IOPS)
	free := Judgement{Kind: UnattachedVolume, Resource: v.ID, Type: "volume", Tags: v.Tags, Labels: labels}
	stopped := Judgement{Kind: StoppedVolume, Resource: v.ID, Type: "volume", Tags: v.Tags, Labels: labels}
	i, known := instances[v.Instance]
	switch {
	case v.Tags.Kept(now) || i.Tags.Kept(now):
		free.Why, stopped.Why = "somebody said to keep it", "somebody said to keep it"
	case v.Instance == "":
		stopped.Why = "it is attached to nothing"
		free.unused(r, unattachedFor(v, m, now))
	case known && i.State == "stopped":
		free.Why = "it is attached"
		stopped.Labels = map[string]string{"volume_id": v.ID, "instance_id": i.ID}
		if stopped.Tags["Name"] == "" {
			stopped.Tags = named(v.Tags, i.Tags)
		}
		if !i.Since.IsZero() {
			stopped.unused(r, now.Sub(i.Since))
		} else {
			stopped.unused(r, unattachedFor(v, m, now))
		}
	default:
		free.Why, stopped.Why = "it is in use", "it is in use"
	}
	free.priceMonth(usd, ok)
	stopped.priceMonth(usd, ok)
	for _, j := range []*Judgement{&free, &stopped} {
		if j.Waste {
			j.Figures = map[string]float64{"size_gib": float64(v.GiB)}
		}
	}
	return []Judgement{free, stopped}
}

// named returns the volume's tags with those of its instance where it has none.
func named(own, instance Tags) Tags {
	out := Tags{}
	for k, v := range instance {
		out[k] = v
	}
	for k, v := range own {
		out[k] = v
	}
	return out
}

// unattachedFor is how long CloudWatch has had no point of a volume: it gets
// them only while the volume is attached to an instance that runs.
func unattachedFor(v Volume, m Measured, now time.Time) time.Duration {
	ops := m.Metric(v.ID, VolumeReads)
	if len(ops.Values) == 0 {
		return 0 // not read yet
	}
	from := ops.last()
	if from.IsZero() {
		from = ops.From
	}
	if v.Created.After(from) {
		from = v.Created
	}
	return now.Sub(from)
}

// judgeBalancer judges a load balancer by its requests (or flows) and its
// connections (or bytes). What counts has no points when there is nothing to
// count.
func (r *Rules) judgeBalancer(region string, b Balancer, m Measured, now time.Time, p Prices) Judgement {
	j := Judgement{Kind: IdleBalancer, Resource: b.ID, Type: b.Type + "-load-balancer", Tags: named(b.Tags, nil), Labels: map[string]string{"load_balancer": b.ID}}
	if j.Tags["Name"] == "" {
		j.Tags["Name"] = b.Name
	}
	first, second, perHour := m.Metric(b.ID, BalancerRequests), m.Metric(b.ID, BalancerConnections), p.ALB
	if b.Type == "network" {
		first, second, perHour = m.Metric(b.ID, BalancerFlows), m.Metric(b.ID, BalancerBytes), p.NLB
	}
	j.priceHour(perHour(region))
	j.Hourly = map[string]Hours{"requests": first.counted()}
	if b.Tags.Kept(now) {
		j.Why = "somebody said to keep it"
		return j
	}
	j.unused(r, quiet(now, b.Created, first, second))
	return j
}

// judgeDatabase judges an instance of RDS by its connections, of which it
// always says how many there are.
func (r *Rules) judgeDatabase(region string, d Database, m Measured, now time.Time, p Prices) Judgement {
	j := Judgement{Kind: IdleDatabase, Resource: d.ID, Type: "database", Tags: named(d.Tags, nil), Labels: map[string]string{"db_instance_identifier": d.ID, "db_instance_class": d.Class}}
	if j.Tags["Name"] == "" {
		j.Tags["Name"] = d.ID
	}
	j.priceHour(p.RDS(region, d.Class, d.Engine, d.MultiAZ))
	c := m.Metric(d.ID, DatabaseConnections)
	j.Hourly = map[string]Hours{"connections": c}
	switch from := now.Add(-r.UnusedAfter); {
	case d.Tags.Kept(now):
		j.Why = "somebody said to keep it"
	case d.Status != "available":
		j.Why = "it is " + d.Status
	case !c.since(from).enough(r.Missing / 100):
		j.Why = "too many points are missing"
	default:
		j.unused(r, quiet(now, d.Created, c))
	}
	return j
}

// judgeGateway judges a NAT gateway by its bytes and its connections.
func (r *Rules) judgeGateway(region string, g Gateway, m Measured, now time.Time, p Prices) Judgement {
	j := Judgement{Kind: IdleGateway, Resource: g.ID, Type: "nat-gateway", Tags: g.Tags, Labels: map[string]string{"nat_gateway_id": g.ID}}
	j.priceHour(p.NAT(region))
	j.Hourly = map[string]Hours{"bytes": m.Metric(g.ID, GatewayBytes).counted()}
	switch {
	case g.Tags.Kept(now):
		j.Why = "somebody said to keep it"
	case g.State != "available":
		j.Why = "it is " + g.State
	default:
		j.unused(r, quiet(now, g.Created, m.Metric(g.ID, GatewayBytes), m.Metric(g.ID, GatewayConnections)))
	}
	return j
}

// unused makes it waste when nobody used it for long enough.
func (j *Judgement) unused(r *Rules, d time.Duration) {
	if d < r.UnusedAfter {
		j.Why = "it was used lately, or is new"
		return
	}
	j.Waste, j.For = true, d.Truncate(time.Hour)
}

// quiet returns for how long all of the metrics have counted nothing; 0 when
// one was not read.
func quiet(now, created time.Time, metrics ...Hours) time.Duration {
	d := now.Sub(created)
	for _, h := range metrics {
		if len(h.Values) == 0 {
			return 0
		}
		end := h.From.Add(time.Duration(len(h.Values)) * time.Hour)
		d = min(d, h.quietSince(0)+max(0, now.Sub(end)))
	}
	return max(d, 0)
}
