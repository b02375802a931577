package waste

import (
	"cmp"
	"slices"
	"time"

	"github.com/parley-ops/parley/services/internal/price"
)

// Kind is what a find is about; it stands in its metrics' names.
type Kind string

// The kinds of finds.
const (
	IdleInstance      Kind = "idle_instance"
	UnattachedVolume  Kind = "unattached_volume"
	StoppedVolume     Kind = "stopped_instance_volume"
	IdleBalancer      Kind = "idle_load_balancer"
	IdleDatabase      Kind = "idle_database"
	IdleGateway       Kind = "idle_nat_gateway"
	OversizedInstance Kind = "oversized_instance"
)

// Kinds returns all kinds.
func Kinds() []Kind {
	return []Kind{IdleInstance, UnattachedVolume, StoppedVolume, IdleBalancer, IdleDatabase, IdleGateway, OversizedInstance}
}

// Judgement is what was found of one resource: waste, or that it is none.
type Judgement struct {
	Kind Kind
	// Resource is its id, Type what it is: "instance", "volume" …; Name is the
	// tag or the id.
	Resource, Type string
	Tags           Tags
	// Labels beside those that every find has.
	Labels map[string]string
	// Waste: it is one now.
	Waste bool
	// Why it is none, in words.
	Why string
	// For is how long it has been so.
	For time.Duration
	// USDMonth is what would be saved in a month of 730 hours at list price, 0
	// if it is no waste; Priced is false when nobody knows the price, and then
	// nothing is said.
	USDMonth float64
	Priced   bool
	// Figures are further figures by the end of their metric's name.
	Figures map[string]float64
	// Hourly are figures that are known of every hour that was read.
	Hourly map[string]Hours
}

// Prices are list prices in USD; ok is false for what the table does not know.
type Prices struct {
	EC2   func(region, instanceType string) (usdPerHour float64, ok bool)
	Shape func(instanceType string) (vcpu, memGiB float64, ok bool)
	Types func() []string
	EBS   func(region, volumeType string, gib, iops int) (usdPerMonth float64, ok bool)
	RDS   func(region, class, engine string, multiAZ bool) (usdPerHour float64, ok bool)
	ALB   func(region string) (usdPerHour float64, ok bool)
	NLB   func(region string) (usdPerHour float64, ok bool)
	NAT   func(region string) (usdPerHour float64, ok bool)
}

// ListPrices returns those of package price.
func ListPrices() Prices {
	return Prices{EC2: price.EC2, Shape: price.EC2Shape, Types: price.Types, EBS: price.EBS, RDS: price.RDS, ALB: price.ALB, NLB: price.NLB, NAT: price.NAT}
}

// Judge judges everything there is by what was measured.
func (r *Rules) Judge(region string, inv Inventory, m Measured, p Prices) []Judgement {
	var out []Judgement
	states := map[string]Instance{}
	for _, i := range inv.Instances {
		states[i.ID] = i
		idle := r.judgeInstance(region, i, m, inv.At, p)
		out = append(out, idle, r.judgeSize(region, i, m, inv.At, p, idle.Waste))
	}
	for _, v := range inv.Volumes {
		out = append(out, r.judgeVolume(region, v, states, m, inv.At, p)...)
	}
	for _, b := range inv.Balancers {
		out = append(out, r.judgeBalancer(region, b, m, inv.At, p))
	}
	for _, d := range inv.Databases {
		out = append(out, r.judgeDatabase(region, d, m, inv.At, p))
	}
	for _, g := range inv.Gateways {
		out = append(out, r.judgeGateway(region, g, m, inv.At, p))
	}
	for i := range out {
		if !out[i].Waste {
			out[i].USDMonth = 0
		}
	}
	slices.SortFunc(out, func(a, b Judgement) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Resource, b.Resource))
	})
	return out
}

func (r *Rules) judgeInstance(region string, i Instance, m Measured, now time.Time, p Prices) Judgement {
	j := Judgement{Kind: IdleInstance, Resource: i.ID, Type: "instance", Tags: i.Tags, Labels: map[string]string{"instance_id": i.ID, "instance_type": i.Type}}
	j.priceHour(hourly(region, i, p))
	l := m.Instance(i.ID)
	j.Hourly = map[string]Hours{"cpu_max_percent": l.CPU, "network_mb_day": r.networkByDay(l)}
	idle := r.JudgeIdle(i, l, now)
	if j.Waste, j.Why = idle.Is, idle.Why; !idle.Is {
		return j
	}
	j.For = idle.For
	j.Figures = map[string]float64{"confidence_percent": idle.Confidence}
	return j
}

// hourly returns what an instance costs an hour: only what the table is of,
// Linux on demand.
func hourly(region string, i Instance, p Prices) (float64, bool) {
	if i.Platform != "" || i.Spot {
		return 0, false
	}
	return p.EC2(region, i.Type)
}

func (j *Judgement) priceHour(usd float64, ok bool) { j.priceMonth(usd*price.HoursPerMonth, ok) }

func (j *Judgement) priceMonth(usd float64, ok bool) {
	if ok {
		j.USDMonth, j.Priced = usd, true
	}
}
