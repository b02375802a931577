package push

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/push/identity"
	"github.com/parley-ops/parley/services/collector/internal/push/stream"
)

// samples appends what a point comes to: for each statistic that the catalog
// has of the metric one sample. None is no error: the point is of no use here.
func (p *Push) samples(ctx context.Context, out []batch.Sample, x *stream.Point, now time.Time) ([]batch.Sample, error) {
	switch age := now.Sub(time.UnixMilli(x.UnixMS)); {
	case age > p.Past:
		return out, fmt.Errorf("timestamp: %s ago, at most %s are allowed", age.Round(time.Second), p.Past)
	case age < -p.Future:
		return out, fmt.Errorf("timestamp: %s from now, at most %s are allowed", (-age).Round(time.Second), p.Future)
	}
	names, dims := make([]string, len(x.Dimensions)), make(map[string]string, len(x.Dimensions))
	for i, d := range x.Dimensions {
		names[i], dims[d.Name] = d.Name, d.Value
	}
	add := func(metric, service, unit string, value float64) error {
		labels, ok := p.Names.Labels(ctx, identity.Resource{Account: x.Account, Region: x.Region, Service: service, Dimensions: dims})
		if !ok {
			return nil
		}
		s, err := p.Names.Series(metric, unit, labels)
		if err != nil {
			return err
		}
		out = append(out, batch.Sample{Series: s, UnixMS: x.UnixMS, Value: value})
		return nil
	}
	known := p.catalog.Lookup(x.Namespace, x.Metric)
	for _, m := range known {
		if v, ok := x.Value(m.Statistic); ok && m.Has(names) {
			if err := add(m.Name, m.Service, m.Unit, v); err != nil {
				return out, err
			}
		}
	}
	if len(known) > 0 {
		return out, nil
	}
	statistics := []string{"Average"}
	for _, s := range x.More {
		statistics = append(statistics, s.Name)
	}
	for _, statistic := range statistics {
		v, ok := x.Value(statistic)
		if !ok {
			continue
		}
		if err := add(p.catalog.Name(x.Namespace, x.Metric, statistic, names...), p.service(x.Namespace), unitOf(x.Unit), v); err != nil {
			return out, err
		}
	}
	return out, nil
}

// service returns the catalog's service of a namespace, or "".
func (p *Push) service(namespace string) string {
	for _, s := range p.catalog.Services() {
		if s.Namespace == namespace {
			return s.Name
		}
	}
	return ""
}

// units of CloudWatch, and as OpenTelemetry has them, in the words of the
// catalog.
var units = map[string]string{"Percent": "%", "%": "%", "Seconds": "s", "s": "s", "Milliseconds": "ms", "ms": "ms",
	"Microseconds": "us", "us": "us", "Bytes": "bytes", "By": "bytes", "Count": "count"}

func unitOf(u string) string {
	what, per, rate := strings.Cut(u, "/")
	out := units[what]
	if rate && (per == "Second" || per == "s") && out != "" {
		return out + "/s"
	}
	if rate {
		return ""
	}
	return out
}
