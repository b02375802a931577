package catalog

import (
	"slices"
	"time"
)

// Missing says what it means that a bucket has no value.
type Missing string

// The meanings.
const (
	// Zero: nothing happened, and that is a value.
	Zero Missing = "zero"
	// Unknown: nobody measured.
	Unknown Missing = "unknown"
)

// Service is one AWS service.
type Service struct {
	// Name in our metrics' names: "ec2".
	Name string
	// Namespace in CloudWatch, unless a metric has its own: "AWS/EC2".
	Namespace string
	// Global services have metrics in us-east-1 only.
	Global bool
	// Dimensions are the sets of dimensions that make a resource, unless a
	// metric has its own. A set is matched exactly: {LoadBalancer} does not
	// take a metric of {LoadBalancer, TargetGroup}.
	Dimensions [][]string
	// TagType is the resource type for tag:GetResources: "ec2:instance"; "" if
	// the tagging API does not know the service.
	TagType string
	// TagDimension is the dimension which the resource's ARN gives first.
	TagDimension string
	// Period is the resolution in which most metrics of the service come.
	Period time.Duration

	Metrics []Metric
	Derived []Derived

	pattern []string // of the resource part of an ARN, see Resource
}

// Metric is one metric of a service with one statistic.
type Metric struct {
	// Name here: "aws.ec2.cpu_utilization".
	Name string
	// Service is the name of its service.
	Service string
	// AWS is its name in CloudWatch, in Namespace.
	AWS, Namespace string
	// Statistic as GetMetricData wants it: Average, Sum, Minimum, Maximum,
	// SampleCount, p95.
	Statistic string
	// Default is true for the metric's own statistic, whose name has no suffix.
	Default bool
	// Unit of the values, as package unit knows it: "%", "bytes", "s", "ms", "count".
	Unit string
	// Period is the resolution in which AWS sends it, with basic monitoring.
	Period time.Duration
	// Missing says what a bucket without a value means.
	Missing Missing
	// Dimensions are the sets of dimensions in which it is read.
	Dimensions [][]string
	// Global: it is in us-east-1 only.
	Global bool
}

// Has reports whether the metric is read with exactly these dimensions, in any order.
func (m *Metric) Has(dimensions []string) bool { return hasSet(m.Dimensions, dimensions) }

func hasSet(sets [][]string, names []string) bool {
	return slices.ContainsFunc(sets, func(set []string) bool {
		return len(set) == len(names) && !slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(set, n) })
	})
}

// Catalog is all services together.
type Catalog struct {
	services []Service
	metrics  map[string]*Metric
	derived  map[string]*Derived
	byAWS    map[awsName][]*Metric
}

type awsName struct{ namespace, metric string }

// Services returns every service, by name. The caller must not change them.
func (c *Catalog) Services() []Service { return c.services }

// Service returns the service of that name.
func (c *Catalog) Service(name string) (Service, bool) {
	i := slices.IndexFunc(c.services, func(s Service) bool { return s.Name == name })
	if i < 0 {
		return Service{}, false
	}
	return c.services[i], true
}

// Metric returns the metric that we call name; a derived one is none.
func (c *Catalog) Metric(name string) (Metric, bool) {
	m, ok := c.metrics[name]
	if !ok {
		return Metric{}, false
	}
	return *m, true
}

// Derived returns the derived metric that we call name.
func (c *Catalog) Derived(name string) (*Derived, bool) {
	d, ok := c.derived[name]
	return d, ok
}

// Needs returns what has to be asked for so that there is a metric of that
// name: itself, or the inputs of its formula; false if nobody knows the name.
func (c *Catalog) Needs(name string) ([]Metric, bool) {
	if m, ok := c.metrics[name]; ok {
		return []Metric{*m}, true
	}
	if d, ok := c.derived[name]; ok {
		return d.Inputs, true
	}
	return nil, false
}

// Lookup returns the metrics made of a CloudWatch metric, one for each
// statistic and service that has it, the service's own statistic first.
func (c *Catalog) Lookup(namespace, awsMetric string) []Metric {
	var out []Metric
	for _, m := range c.byAWS[awsName{namespace, awsMetric}] {
		out = append(out, *m)
	}
	return out
}

// Names returns the names of all metrics, derived ones too, sorted.
func (c *Catalog) Names() []string {
	out := make([]string, 0, len(c.metrics)+len(c.derived))
	for name := range c.metrics {
		out = append(out, name)
	}
	for name := range c.derived {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Services returns those of [Default].
func Services() []Service { return Default().Services() }

// Find returns [Default]'s metric of that name.
func Find(name string) (Metric, bool) { return Default().Metric(name) }
