package world

import (
	"fmt"
	"strings"
)

// place is one account in one region. The World's mu guards it.
type place struct {
	Key
	series   []*series
	index    map[uint64]*series
	delivery map[string]Delivery

	instances   []*Instance
	byID        map[string]*Instance
	volumes     []*Volume
	addresses   []*Address
	gateways    []*NATGateway
	groups      []*Group
	databases   []*Database
	clusters    []*DatabaseCluster
	balancers   []*Balancer
	targets     []*TargetGroup
	functions   []*Function
	services    []*Service
	caches      []*Cache
	things      []*Thing
	commands    []*Command
	automations []*Automation
}

// place returns the place of k, a new one where nothing is yet. The caller holds mu.
func (w *World) place(k Key) *place {
	p := w.places[k]
	if p == nil {
		p = newPlace(k)
		w.places[k] = p
	}
	return p
}

func newPlace(k Key) *place {
	return &place{Key: k, index: map[uint64]*series{}, byID: map[string]*Instance{}}
}

// arn names something of this place.
func (p *place) arn(service, rest string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, p.Region, p.Account, rest)
}

// id is what the resource of this name is called in this place, always.
func (p *place) id(prefix, name string) string {
	return idOf(prefix, mix(hashString(hashString(hashString(hashString(7, p.Account), p.Region), prefix), name)))
}

// idOf is an id as EC2 writes them: seventeen hexadecimal digits.
func idOf(prefix string, n uint64) string { return fmt.Sprintf("%s-0%016x", prefix, n) }

// measure adds a metric: l is the life of what is measured (nil: always), period its
// seconds between points, dimensions are names and values in turn.
func (p *place) measure(l *life, period int64, unit string, gen generator, namespace, name string, dimensions ...string) {
	list := make([]Dimension, 0, len(dimensions)/2)
	for i := 0; i+1 < len(dimensions); i += 2 {
		list = append(list, Dimension{dimensions[i], dimensions[i+1]})
	}
	m := NewMetric(namespace, name, list...)
	s := &series{Metric: m, unit: unit, period: period, gen: gen, life: l}
	at := m.hash()
	s.hash = mix(hashString(hashString(at, p.Account), p.Region))
	for ; p.index[at] != nil; at++ {
		if p.index[at].Equal(m) {
			return
		}
	}
	p.index[at] = s
	p.series = append(p.series, s)
}

func (p *place) find(m Metric) *series {
	if p == nil {
		return nil
	}
	for at := m.hash(); ; at++ {
		s := p.index[at]
		if s == nil || s.Equal(m) {
			return s
		}
	}
}

func (p *place) deliveryOf(namespace string) Delivery {
	if d, ok := p.delivery[namespace]; ok {
		return d
	}
	return p.delivery[""]
}

// tags is a short way to write them: "owner=operator env=staging".
func tags(name, rest string) map[string]string {
	m := map[string]string{}
	if name != "" {
		m["Name"] = name
	}
	for _, pair := range strings.Fields(rest) {
		k, v, _ := strings.Cut(pair, "=")
		m[k] = v
	}
	return m
}
