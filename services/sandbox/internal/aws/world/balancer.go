package world

import (
	"fmt"
	"strings"
	"time"
)

// Balancer is a load balancer of any kind: application, network, or classic.
type Balancer struct {
	Name, Kind, DNS string
	Created         time.Time
	Instances       []string // of a classic one
	Tags            map[string]string
}

// TargetGroup is where a balancer sends to.
type TargetGroup struct {
	Name, Balancer, Protocol string
	Port                     int
	Targets                  []string // instances; members of Group besides
	Group                    string
	Tags                     map[string]string
}

// Dimension is the balancer as CloudWatch names it: app/shop/50dc6c495c0c9188.
func (b *Balancer) Dimension() string {
	short := map[string]string{"application": "app", "network": "net"}[b.Kind]
	return fmt.Sprintf("%s/%s/%016x", short, b.Name, mix(hashString(11, b.Name)))
}

// ARN is the balancer's in its place.
func (b *Balancer) ARN(k Key) string {
	rest := b.Name
	if b.Kind != "classic" {
		rest = b.Dimension()
	}
	return "arn:aws:elasticloadbalancing:" + k.Region + ":" + k.Account + ":loadbalancer/" + rest
}

// Dimension is the target group as CloudWatch names it: targetgroup/web/73e2d6bc24d8a067.
func (t *TargetGroup) Dimension() string {
	return fmt.Sprintf("targetgroup/%s/%016x", t.Name, mix(hashString(12, t.Name)))
}

// ARN is the target group's in its place.
func (t *TargetGroup) ARN(k Key) string {
	return "arn:aws:elasticloadbalancing:" + k.Region + ":" + k.Account + ":" + t.Dimension()
}

// Balancers returns the load balancers of every kind.
func (w *World) Balancers(k Key) []Balancer {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if p := w.places[k]; p != nil {
		return copies(p.balancers)
	}
	return nil
}

// TargetGroups returns the target groups, with the members of their Auto Scaling group among Targets.
func (w *World) TargetGroups(k Key) []TargetGroup {
	w.mu.RLock()
	defer w.mu.RUnlock()
	p := w.places[k]
	if p == nil {
		return nil
	}
	out := copies(p.targets)
	for n := range out {
		out[n].Targets = p.targetsOf(p.targets[n])
	}
	return out
}

func (p *place) targetsOf(t *TargetGroup) []string {
	list := append([]string(nil), t.Targets...)
	for _, i := range p.instances {
		if t.Group != "" && i.Group == t.Group {
			list = append(list, i.ID)
		}
	}
	return list
}

// healthy counts a target group's targets at a time: those that answer, and the others.
func (p *place) healthy(t *TargetGroup, at int64) (up, down float64) {
	for _, id := range p.targetsOf(t) {
		i := p.byID[id]
		switch {
		case i == nil || i.life.at(at*1000).State == "terminated" || at*1000 < i.life.Moments[0].At:
		case i.life.running(at):
			up++
		default:
			down++
		}
	}
	return up, down
}

// addBalancer adds a load balancer that answers so many requests a minute at a peak;
// bursts says that a tenth of them fail for six minutes, every two hours.
func (p *place) addBalancer(w *World, b *Balancer, peak float64, bursts bool, groups ...*TargetGroup) {
	b.DNS = fmt.Sprintf("%s-%d.%s.elb.amazonaws.com", b.Name, mix(hashString(13, b.Name))%1e9, p.Region)
	p.balancers = append(p.balancers, b)
	requests := shape(w.traffic).times(peak)
	failing := func(at int64) float64 {
		if bursts && within(at, 2*hour, 50*minute, 6*minute) {
			return 0.1
		}
		return 0.0006
	}
	namespace, dims := "AWS/ApplicationELB", []string{"LoadBalancer", b.Dimension()}
	switch b.Kind {
	case "network":
		p.measureNetwork(b, requests, dims, groups)
		return
	case "classic":
		p.measureClassic(w, b, requests)
		return
	}
	alb := func(unit, name string, gen generator, more ...string) {
		p.measure(nil, minute, unit, gen, namespace, name, append(append([]string(nil), dims...), more...)...)
	}
	alb("Count", "RequestCount", events(0.06, requests))
	alb("Count", "HTTPCode_Target_2XX_Count", events(0.06, requests.times(0.96)))
	alb("Count", "HTTPCode_Target_4XX_Count", rare(requests, steady(0.02)))
	alb("Count", "HTTPCode_Target_5XX_Count", rare(requests, failing))
	alb("Count", "HTTPCode_ELB_4XX_Count", rare(requests, steady(0.002)))
	alb("Count", "HTTPCode_ELB_5XX_Count", rare(requests, shape(failing).times(0.1)))
	alb("Seconds", "TargetResponseTime", latency(requests, w.slow()))
	alb("Count", "TargetConnectionErrorCount", rare(requests, steady(0.00002)))
	alb("Count", "RejectedConnectionCount", exact(steady(0)))
	alb("Count", "ActiveConnectionCount", counter(0.1, requests.times(0.4)))
	alb("Count", "NewConnectionCount", counter(0.1, requests.times(0.3)))
	alb("Bytes", "ProcessedBytes", counter(0.1, requests.times(14e3)))
	alb("None", "ConsumedLCUs", gauge(1, 0.1, 0, 1e6, requests.times(0.0008)))
	for _, t := range groups {
		t.Balancer = b.Name
		p.targets = append(p.targets, t)
		in := []string{"TargetGroup", t.Dimension()}
		share := requests.times(1 / float64(len(groups)))
		alb("Count", "HealthyHostCount", exact(func(at int64) float64 { up, _ := p.healthy(t, at); return up }), in...)
		alb("Count", "UnHealthyHostCount", exact(func(at int64) float64 { _, down := p.healthy(t, at); return down }), in...)
		alb("Count", "RequestCount", events(0.06, share), in...)
		alb("Count", "RequestCountPerTarget", counter(0.06, func(at int64) float64 {
			up, _ := p.healthy(t, at)
			return share(at) / max(up, 1)
		}), in...)
		alb("Count", "HTTPCode_Target_5XX_Count", rare(share, failing), in...)
		alb("Seconds", "TargetResponseTime", latency(share, w.slow()), in...)
	}
}

// slow is how long requests take on average: longer under load, in seconds.
func (w *World) slow() shape {
	return func(at int64) float64 { v := w.traffic(at); return 0.045 + 0.06*v*v }
}

func (p *place) measureNetwork(b *Balancer, flows shape, dims []string, groups []*TargetGroup) {
	nlb := func(unit, name string, gen generator, more ...string) {
		p.measure(nil, minute, unit, gen, "AWS/NetworkELB", name, append(append([]string(nil), dims...), more...)...)
	}
	nlb("Count", "ActiveFlowCount", counter(0.1, flows.times(0.5)))
	nlb("Count", "NewFlowCount", counter(0.1, flows))
	nlb("Bytes", "ProcessedBytes", counter(0.1, flows.times(9e3)))
	nlb("Count", "TCP_Target_Reset_Count", counter(0.5, flows.times(0.002)))
	nlb("Count", "PortAllocationErrorCount", exact(steady(0)))
	for _, t := range groups {
		t.Balancer = b.Name
		p.targets = append(p.targets, t)
		in := []string{"TargetGroup", t.Dimension()}
		nlb("Count", "HealthyHostCount", exact(func(at int64) float64 { up, _ := p.healthy(t, at); return up }), in...)
		nlb("Count", "UnHealthyHostCount", exact(func(at int64) float64 { _, down := p.healthy(t, at); return down }), in...)
	}
}

func (p *place) measureClassic(w *World, b *Balancer, requests shape) {
	elb := func(unit, name string, gen generator) {
		p.measure(nil, minute, unit, gen, "AWS/ELB", name, "LoadBalancerName", b.Name)
	}
	elb("Count", "RequestCount", events(0.06, requests))
	elb("Seconds", "Latency", latency(requests, w.slow()))
	elb("Count", "HTTPCode_Backend_2XX", events(0.06, requests.times(0.98)))
	elb("Count", "HTTPCode_Backend_5XX", rare(requests, steady(0.0005)))
	elb("Count", "HTTPCode_ELB_5XX", rare(requests, steady(0.0001)))
	elb("Count", "SurgeQueueLength", gauge(1, 0.5, 0, 1024, w.traffic))
	elb("Count", "SpilloverCount", rare(requests, steady(0)))
	elb("Count", "BackendConnectionErrors", rare(requests, steady(0.0001)))
	elb("Count", "HealthyHostCount", exact(steady(float64(len(b.Instances)))))
	elb("Count", "UnHealthyHostCount", exact(steady(0)))
}

// Short is the last part of an ARN that has parts by slash or colon.
func Short(arn string) string { return arn[strings.LastIndexAny(arn, ":/")+1:] }
