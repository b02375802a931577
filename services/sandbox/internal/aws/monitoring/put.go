package monitoring

import (
	"math"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

const (
	maxPut    = 1000 // data of one PutMetricData
	maxValues = 150  // values of one datum
)

type putting struct {
	metric world.Metric
	unit   string
	datum  datum
}

func (c *CloudWatch) putMetricData(r *wire.Request, at world.Key) (wire.Answer, error) {
	namespace, list := r.Text("Namespace"), r.List("MetricData")
	switch {
	case namespace == "":
		return nil, missing("Namespace")
	case len(namespace) > 255 || strings.HasPrefix(namespace, "AWS/"):
		return nil, invalid("The value %s for parameter Namespace is invalid. It must not begin with AWS/.", namespace)
	case len(list) == 0:
		return nil, missing("MetricData")
	case len(list) > maxPut:
		return nil, invalid("The collection MetricData must not have a size greater than %d.", maxPut)
	}
	all := make([]putting, 0, len(list))
	now := c.world.Now()
	for _, n := range list {
		p, err := readDatum(n, namespace, now)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	for _, p := range all {
		if !c.custom.add(at, p.metric, p.unit, p.datum) {
			return nil, wire.Errorf("LimitExceeded", "the local account keeps at most %d custom metrics", maxCustomMetrics)
		}
	}
	return nil, nil
}

func readDatum(n wire.Node, namespace string, now time.Time) (putting, error) {
	p := putting{unit: n.Text("Unit")}
	m := metricOf(n)
	m.Namespace = namespace
	p.metric = m
	if p.unit == "" {
		p.unit = "None"
	}
	if m.Name == "" {
		return p, missing("MetricName")
	}
	if len(m.Name) > 255 || len(m.Dimensions) > 30 {
		return p, invalid("The metric %.40s has a name or a number of dimensions that is too large.", m.Name)
	}
	for _, d := range m.Dimensions {
		if d.Name == "" || d.Value == "" || len(d.Name) > 255 || len(d.Value) > 1024 || strings.ContainsAny(d.Name+d.Value, "\x00\x01") {
			return p, invalid("The dimensions of the metric %s are not valid: names and values must not be empty.", m.Name)
		}
	}
	p.datum.at = now
	if at := n.Time("Timestamp"); !at.IsZero() {
		p.datum.at = at
	}
	if age := now.Sub(p.datum.at); age > 14*day || age < -2*time.Hour {
		return p, invalid("The parameter MetricData.member.Timestamp must specify a time within the past two weeks and at most two hours ahead.")
	}
	return p, p.datum.read(n)
}

// read takes the one of Value, Values with Counts, and StatisticValues that is there.
func (d *datum) read(n wire.Node) error {
	given := 0
	for _, name := range []string{"Value", "Values", "StatisticValues"} {
		if n.Has(name) {
			given++
		}
	}
	if given != 1 {
		return combination("Exactly one of Value, Values and StatisticValues must be given.")
	}
	if set := n.Get("StatisticValues"); set.Is() {
		d.bucket.Count, d.bucket.Sum = set.Float("SampleCount"), set.Float("Sum")
		d.bucket.Min, d.bucket.Max = set.Float("Minimum"), set.Float("Maximum")
		if !(d.bucket.Count > 0) || !finite(d.bucket.Sum, d.bucket.Min, d.bucket.Max, d.bucket.Count) {
			return invalid("The StatisticValues are not valid: SampleCount must be above 0 and all must be numbers.")
		}
		return nil
	}
	values, counts := []float64{n.Float("Value")}, []float64{1}
	if n.Has("Values") {
		values, counts = nil, nil
		for _, v := range n.List("Values") {
			values = append(values, v.Number())
		}
		for _, v := range n.List("Counts") {
			counts = append(counts, v.Number())
		}
		for len(counts) < len(values) && !n.Has("Counts") {
			counts = append(counts, 1)
		}
	}
	if len(values) == 0 || len(values) > maxValues || len(values) != len(counts) {
		return invalid("Values and Counts must have the same length, at most %d.", maxValues)
	}
	d.bucket.Min, d.bucket.Max = math.Inf(1), math.Inf(-1)
	for i, v := range values {
		if !finite(v, counts[i]) || counts[i] <= 0 || math.Abs(v) > math.Ldexp(1, 360) {
			return invalid("The value %g for parameter MetricData.member.Value is invalid.", v)
		}
		d.bucket.Count += counts[i]
		d.bucket.Sum += v * counts[i]
		d.bucket.Min, d.bucket.Max = min(d.bucket.Min, v), max(d.bucket.Max, v)
		d.values = append(d.values, weighted{v, counts[i]})
	}
	return nil
}

func finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
