package waste

import "time"

// Metric is one figure of CloudWatch that is read.
type Metric struct {
	Namespace, Name, Dimension, Statistic string
}

// The figures, each asked for by itself: CloudWatch bills by metric requested,
// whatever the number of points.
var (
	InstanceCPU        = Metric{"AWS/EC2", "CPUUtilization", "InstanceId", "Maximum"}
	InstanceFailed     = Metric{"AWS/EC2", "StatusCheckFailed", "InstanceId", "Maximum"}
	InstanceMemory     = Metric{"CWAgent", "mem_used_percent", "InstanceId", "Maximum"}
	InstanceBytesIn    = Metric{"AWS/EC2", "NetworkIn", "InstanceId", "Sum"}
	InstanceBytesOut   = Metric{"AWS/EC2", "NetworkOut", "InstanceId", "Sum"}
	InstancePacketsIn  = Metric{"AWS/EC2", "NetworkPacketsIn", "InstanceId", "Sum"}
	InstancePacketsOut = Metric{"AWS/EC2", "NetworkPacketsOut", "InstanceId", "Sum"}
	InstanceReads      = Metric{"AWS/EC2", "EBSReadOps", "InstanceId", "Sum"}
	InstanceWrites     = Metric{"AWS/EC2", "EBSWriteOps", "InstanceId", "Sum"}

	VolumeReads         = Metric{"AWS/EBS", "VolumeReadOps", "VolumeId", "SampleCount"}
	BalancerRequests    = Metric{"AWS/ApplicationELB", "RequestCount", "LoadBalancer", "Sum"}
	BalancerConnections = Metric{"AWS/ApplicationELB", "NewConnectionCount", "LoadBalancer", "Sum"}
	BalancerFlows       = Metric{"AWS/NetworkELB", "NewFlowCount", "LoadBalancer", "Sum"}
	BalancerBytes       = Metric{"AWS/NetworkELB", "ProcessedBytes", "LoadBalancer", "Sum"}
	DatabaseConnections = Metric{"AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", "Maximum"}
	GatewayBytes        = Metric{"AWS/NATGateway", "BytesOutToDestination", "NatGatewayId", "Sum"}
	GatewayConnections  = Metric{"AWS/NATGateway", "ActiveConnectionCount", "NatGatewayId", "Maximum"}
)

// Query is one metric of one resource.
type Query struct {
	Resource string
	Metric   Metric
}

// Measured is what CloudWatch said.
type Measured map[Query]Hours

// Metric returns the hours of one metric of one resource; none if it was not
// read.
func (m Measured) Metric(resource string, metric Metric) Hours { return m[Query{resource, metric}] }

// Instance returns what an instance did.
func (m Measured) Instance(id string) Load {
	return Load{CPU: m.Metric(id, InstanceCPU), Failed: m.Metric(id, InstanceFailed), Memory: m.Metric(id, InstanceMemory),
		BytesIn: m.Metric(id, InstanceBytesIn), BytesOut: m.Metric(id, InstanceBytesOut),
		PacketsIn: m.Metric(id, InstancePacketsIn), PacketsOut: m.Metric(id, InstancePacketsOut),
		DiskReads: m.Metric(id, InstanceReads), DiskWrite: m.Metric(id, InstanceWrites)}
}

// First returns what is asked for of everything there is: one figure or two
// each, and of instances their CPU alone.
func (r *Rules) First(inv Inventory) []Query {
	var out []Query
	add := func(id string, metrics ...Metric) {
		for _, m := range metrics {
			out = append(out, Query{id, m})
		}
	}
	stopped := map[string]bool{}
	for _, i := range inv.Instances {
		stopped[i.ID] = i.State == "stopped" && i.Since.IsZero()
		if r.exempt(i, inv.At) == "" {
			add(i.ID, InstanceCPU)
		}
	}
	for _, v := range inv.Volumes {
		if !v.Tags.Kept(inv.At) && (v.Instance == "" || stopped[v.Instance]) {
			add(v.ID, VolumeReads)
		}
	}
	for _, b := range inv.Balancers {
		switch {
		case b.Tags.Kept(inv.At) || inv.At.Sub(b.Created) < r.UnusedAfter:
		case b.Type == "application":
			add(b.ID, BalancerRequests, BalancerConnections)
		case b.Type == "network":
			add(b.ID, BalancerFlows, BalancerBytes)
		}
	}
	for _, d := range inv.Databases {
		if d.Status == "available" && !d.Tags.Kept(inv.At) && inv.At.Sub(d.Created) >= r.UnusedAfter {
			add(d.ID, DatabaseConnections)
		}
	}
	for _, g := range inv.Gateways {
		if g.State == "available" && !g.Tags.Kept(inv.At) && inv.At.Sub(g.Created) >= r.UnusedAfter {
			add(g.ID, GatewayBytes, GatewayConnections)
		}
	}
	return out
}

// Second returns what is asked for of instances after their CPU is known: the
// other figures of those that may idle, the memory of those that may be too
// large. Of what is busy nothing more is paid for.
func (r *Rules) Second(inv Inventory, m Measured, p Prices) []Query {
	var out []Query
	for _, i := range inv.Instances {
		cpu := m.Metric(i.ID, InstanceCPU).since(i.Since)
		if r.exempt(i, inv.At) != "" || cpu.points() == 0 {
			continue
		}
		if cpu.since(inv.At.Add(-24*time.Hour)).max() < r.CPU {
			for _, metric := range []Metric{InstanceBytesIn, InstanceBytesOut, InstancePacketsIn, InstancePacketsOut, InstanceReads, InstanceWrites, InstanceFailed} {
				out = append(out, Query{i.ID, metric})
			}
		}
		need := Need{CPUP95: cpu.quantile(0.95), CPUMax: cpu.max()}
		if _, ok := r.Smaller(i.Type, need, p); ok {
			out = append(out, Query{i.ID, InstanceMemory})
		}
	}
	return out
}
