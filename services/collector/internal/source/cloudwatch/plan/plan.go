package plan

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/discover"
	"github.com/parley-ops/parley/services/internal/label"
)

// Query is one metric with one statistic of one resource.
type Query struct {
	// Key is the same for the same query in every plan.
	Key uint64
	// Owner is another account whose metric it is; "" is the target's own.
	Owner           string
	Namespace, Name string
	Statistic       string
	Dimensions      []discover.Dimension
	Period          time.Duration
	Missing         catalog.Missing
	// Resource is the same for all queries of a resource.
	Resource uint64
	Severity eventv1.Severity
	// Base is the interval without, Interval the one with regard to a budget.
	Base, Interval time.Duration
	// Policies pay for it, in equal parts; sorted.
	Policies []string
	// Series is what its values become; nil if it is only an input of a
	// derived metric.
	Series *series.Series
}

// Derived is a metric computed from queries.
type Derived struct {
	Key    uint64
	Period time.Duration
	Eval   func(bucket time.Duration, values map[string]float64) (float64, bool)
	Inputs []DerivedInput
	Series *series.Series
}

// DerivedInput is one name in a formula and the query with its values.
type DerivedInput struct {
	Name  string
	Query uint64
}

// Plan is what to ask for.
type Plan struct {
	Queries []*Query
	Derived []*Derived
	// Gone are series that nothing is asked for since their instance was stopped.
	Gone []Gone
	// Unknown are metrics of needs that were not found here.
	Unknown []string
	byKey   map[uint64]*Query
}

// Query returns the query with this key, or nil.
func (p *Plan) Query(key uint64) *Query { return p.byKey[key] }

// builder is a plan being made.
type builder struct {
	Input
	plan     *Plan
	matchers label.Matchers
	derived  map[uint64]*Derived
}

// wish is what the needs want of one CloudWatch metric.
type wish struct {
	metric catalog.Metric
	// needs that want it as it is, and derived ones that it is an input of.
	direct  []*Need
	derived map[*catalog.Derived][]*Need
}

// Make returns the plan for all that is needed and found.
func Make(in Input) *Plan {
	b := &builder{Input: in, plan: &Plan{byKey: map[uint64]*Query{}}, derived: map[uint64]*Derived{}}
	var ok bool
	if b.matchers, ok = in.tagMatchers(); !ok || len(b.matchers) > 0 && !in.Inventory.TagsKnown {
		return b.plan
	}
	wishes := b.wishes()
	direct := map[string]bool{}
	for i := range in.Inventory.Metrics {
		m := &in.Inventory.Metrics[i]
		if m.Owner != "" {
			is, ok := direct[m.Owner]
			if !ok {
				is = in.direct(m.Owner)
				direct[m.Owner] = is
			}
			if is {
				continue
			}
		}
		for _, w := range wishes[[2]string{m.Namespace, m.Name}] {
			b.metric(m, w)
		}
	}
	for _, d := range b.derived {
		slices.SortFunc(d.Inputs, func(a, b DerivedInput) int { return cmp.Compare(a.Name, b.Name) })
		b.plan.Derived = append(b.plan.Derived, d)
	}
	slices.SortFunc(b.plan.Queries, func(a, b *Query) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(b.plan.Derived, func(a, b *Derived) int { return cmp.Compare(a.Key, b.Key) })
	b.plan.Stretch(1)
	return b.plan
}

// wishes returns what is wanted, by namespace and AWS' name.
func (b *builder) wishes() map[[2]string][]*wish {
	out := map[[2]string][]*wish{}
	get := func(m catalog.Metric) *wish {
		key := [2]string{m.Namespace, m.AWS}
		for _, w := range out[key] {
			if w.metric.Name == m.Name {
				return w
			}
		}
		w := &wish{metric: m, derived: map[*catalog.Derived][]*Need{}}
		out[key] = append(out[key], w)
		return w
	}
	for i := range b.Needs {
		n := &b.Needs[i]
		if m, ok := b.Catalog.Metric(n.Metric); ok {
			if b.serves(m) {
				w := get(m)
				w.direct = append(w.direct, n)
			}
			continue
		}
		d, ok := b.Catalog.Derived(n.Metric)
		if !ok {
			continue
		}
		for _, m := range d.Inputs {
			if b.serves(m) {
				w := get(m)
				w.derived[d] = append(w.derived[d], n)
			}
		}
	}
	return out
}

// metric adds what is wanted of one metric that there is.
func (b *builder) metric(m *discover.Metric, w *wish) {
	names := make([]string, len(m.Dimensions))
	for i, d := range m.Dimensions {
		names[i] = d.Name
	}
	if id := m.Dimension(instance); id != "" && m.Owner == "" && !b.Inventory.Runs(id) {
		b.gone(m, w, names, b.Inventory.Stopped(id))
		return
	}
	var tags map[string]string
	if m.Owner == "" {
		tags = b.Inventory.Tags(w.metric.Service, m.Dimensions)
	}
	if !b.chosen(b.matchers, tags) {
		return
	}
	var labels label.Set
	for d, needs := range w.derived {
		if !d.Has(names) {
			continue
		}
		if labels == nil {
			labels = b.labels(m, tags)
		}
		if needs = within(needs, labels); len(needs) == 0 {
			continue
		}
		q := b.query(m, w.metric, d.Period, needs)
		b.derive(d, m, labels, w.metric.Name, q)
	}
	if len(w.direct) == 0 || !w.metric.Has(names) {
		return
	}
	if labels == nil {
		labels = b.labels(m, tags)
	}
	if needs := within(w.direct, labels); len(needs) > 0 {
		q := b.query(m, w.metric, w.metric.Period, needs)
		if q.Series == nil {
			q.Series = series.New(w.metric.Name, labels, w.metric.Unit, q.Base)
			if q.Series.Check() != nil { // a value that no label may have: not to be shown, then
				q.Series = nil
			}
		}
	}
}

// within returns the needs whose scope has the labels in it.
func within(needs []*Need, labels label.Set) []*Need {
	var out []*Need
	for _, n := range needs {
		if n.Scope.Match(labels) {
			out = append(out, n)
		}
	}
	return out
}

// query returns the query, new or known, with the needs' demands on it.
func (b *builder) query(m *discover.Metric, c catalog.Metric, period time.Duration, needs []*Need) *Query {
	key := keyOf(m, c.Statistic, period.String())
	q := b.plan.byKey[key]
	if q == nil {
		q = &Query{Key: key, Owner: m.Owner, Namespace: m.Namespace, Name: m.Name, Statistic: c.Statistic, Dimensions: m.Dimensions,
			Period: period, Missing: c.Missing, Resource: keyOf(&discover.Metric{Owner: m.Owner, Namespace: m.Namespace, Dimensions: m.Dimensions}, "", "")}
		b.plan.byKey[key] = q
		b.plan.Queries = append(b.plan.Queries, q)
	}
	for _, n := range needs {
		if i := b.interval(n, period); q.Base == 0 || i < q.Base {
			q.Base = i
		}
		q.Severity = max(q.Severity, n.Severity)
		if i, ok := slices.BinarySearch(q.Policies, n.Policy); !ok {
			q.Policies = slices.Insert(q.Policies, i, n.Policy)
		}
	}
	return q
}

// derive adds an input of a derived metric of this resource.
func (b *builder) derive(d *catalog.Derived, m *discover.Metric, labels label.Set, name string, q *Query) {
	key := keyOf(&discover.Metric{Owner: m.Owner, Name: d.Name, Dimensions: m.Dimensions}, "derived", "")
	x := b.derived[key]
	if x == nil {
		x = &Derived{Key: key, Period: d.Period, Eval: d.Eval, Series: series.New(d.Name, labels, d.Unit, q.Base)}
		if x.Series.Check() != nil {
			return
		}
		b.derived[key] = x
	}
	x.Inputs = append(x.Inputs, DerivedInput{name, q.Key})
}

// labels of everything that comes of a metric.
func (b *builder) labels(m *discover.Metric, tags map[string]string) label.Set {
	id, name, team := b.Account.ID, b.Account.Name, b.Account.Team
	if m.Owner != "" {
		id, name = m.Owner, m.Owner
		if b.Others != nil {
			if a, ok := b.Others(m.Owner); ok {
				name, team = cmp.Or(a.Name, name), cmp.Or(a.Team, team)
			}
		}
	}
	out := map[string]string{}
	for _, tag := range slices.Backward(b.Account.Labels) { // the first one named wins
		if v := tags[tag]; v != "" {
			out[tagLabel(tag)] = v
		}
	}
	for _, d := range m.Dimensions {
		out[catalog.LabelName(d.Name)] = d.Value
	}
	out["account"], out["account_name"], out["region"] = id, cmp.Or(name, id), b.Region
	out[label.Team] = cmp.Or(team, "infra")
	return label.FromMap(out)
}

// keyOf hashes what makes a query.
func keyOf(m *discover.Metric, more ...string) uint64 {
	var s strings.Builder
	part := func(text string) { s.WriteString(text); s.WriteByte(0) }
	part(m.Owner)
	part(m.Namespace)
	part(m.Name)
	for _, x := range more {
		part(x)
	}
	for _, d := range m.Dimensions {
		part(d.Name)
		part(d.Value)
	}
	return xxhash.Sum64String(s.String())
}
