package catalog

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	serviceForm = regexp.MustCompile(`^[a-z][a-z0-9]{0,30}$`)
	nameForm    = regexp.MustCompile(`^[a-z0-9][a-z0-9_]{0,99}$`)
	tagForm     = regexp.MustCompile(`^[a-z0-9-]+(:[A-Za-z0-9/-]+)?$`)
	statForm    = regexp.MustCompile(`^(Average|Sum|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d{1,2})?)$`)
)

// Units of the catalog; package unit writes and converts all of them.
var Units = []string{"%", "bytes", "MiB", "GB", "bytes/s", "bits", "s", "ms", "us", "count", "count/s", "USD"}

type builder struct {
	file
	errs []error
}

func (b *builder) fail(format string, args ...any) {
	b.errs = append(b.errs, fmt.Errorf(format, args...))
}

func (b *builder) service() Service {
	s := Service{Name: b.Service, Namespace: b.Namespace, Global: b.Global, Dimensions: b.Dimensions, TagType: b.Tags.Type,
		Period: b.period("period", b.Period, 0)}
	if !serviceForm.MatchString(s.Name) {
		b.fail("service %q: want small letters and digits", s.Name)
	}
	if s.Namespace == "" || len(s.Namespace) > 255 {
		b.fail("namespace: want one, such as AWS/EC2")
	}
	if len(s.Dimensions) == 0 {
		b.fail("dimensions: want a list of sets: [[InstanceId]]")
	}
	b.checkSets("dimensions", s.Dimensions)
	if (b.Tags.Type == "") != (b.Tags.Resource == "") || b.Tags.Type != "" && !tagForm.MatchString(b.Tags.Type) {
		b.fail("tags: want a type and a resource: {type: ec2:instance, resource: \"instance/{InstanceId}\"}")
	}
	s.pattern = placeholders(b.Tags.Resource)
	for i := 1; i < len(s.pattern); i += 2 {
		if s.TagDimension == "" && s.pattern[i] != "_" {
			s.TagDimension = strings.TrimSuffix(s.pattern[i], "...")
		}
	}
	for i := range b.Metrics {
		s.Metrics = append(s.Metrics, b.metric(&s, &b.Metrics[i])...)
	}
	if len(s.Metrics) == 0 || len(s.Metrics) > maxMetrics {
		b.fail("%d metrics: want 1 to %d", len(s.Metrics), maxMetrics)
		return s
	}
	for i := range b.file.Derived {
		if d, ok := b.derived(&s, &b.file.Derived[i]); ok {
			s.Derived = append(s.Derived, d)
		}
	}
	return s
}

func (b *builder) metric(s *Service, f *fileMetric) []Metric {
	m := Metric{Service: s.Name, AWS: f.AWS, Namespace: cmp.Or(f.Namespace, s.Namespace), Statistic: f.Statistic, Default: true, Unit: f.Unit,
		Period: b.period(f.AWS+": period", f.Period, s.Period), Missing: cmp.Or(f.Missing, b.Missing), Dimensions: s.Dimensions, Global: s.Global}
	if f.Dimensions != nil {
		m.Dimensions = f.Dimensions
		b.checkSets(f.AWS+": dimensions", f.Dimensions)
	}
	name := cmp.Or(f.Name, snake(f.AWS))
	switch {
	case f.AWS == "" || len(f.AWS) > 255:
		b.fail("a metric without `aws`, its name in CloudWatch")
	case !nameForm.MatchString(name):
		b.fail("%s: name %q: want small letters, digits and _", f.AWS, name)
	case !slices.Contains(Units, m.Unit):
		b.fail("%s: unit %q: want one of %s", f.AWS, m.Unit, strings.Join(Units, ", "))
	case m.Missing != Zero && m.Missing != Unknown:
		b.fail("%s: missing %q: want zero or unknown", f.AWS, m.Missing)
	case m.Period == 0:
		b.fail("%s: no period, nor has the service one", f.AWS)
	}
	m.Name = "aws." + s.Name + "." + name
	out := []Metric{m}
	for _, stat := range f.Also {
		more := m
		more.Statistic, more.Default, more.Name = stat, false, m.Name+statisticSuffix(stat)
		if stat == "SampleCount" {
			more.Unit = "count"
		}
		out = append(out, more)
	}
	for _, x := range out {
		if !statForm.MatchString(x.Statistic) {
			b.fail("%s: statistic %q: want Average, Sum, Minimum, Maximum, SampleCount or p95", f.AWS, x.Statistic)
		}
	}
	return out
}

func (b *builder) derived(s *Service, f *fileDerived) (Derived, bool) {
	d := Derived{Name: "aws." + s.Name + "." + f.Name, Service: s.Name, Unit: f.Unit, Formula: f.Formula, Doc: f.Doc}
	switch {
	case !nameForm.MatchString(f.Name):
		b.fail("derived %q: want a name of small letters, digits and _", f.Name)
	case !slices.Contains(Units, d.Unit):
		b.fail("%s: unit %q: want one of %s", d.Name, d.Unit, strings.Join(Units, ", "))
	case d.Doc == "":
		b.fail("%s: no doc: say in a sentence what it is", d.Name)
	default:
		used := map[string]bool{}
		err := d.compile(func(name string) (Metric, bool) {
			used[name] = true
			aws, stat, _ := strings.Cut(cmp.Or(f.With[name], name), " ")
			i := slices.IndexFunc(s.Metrics, func(m Metric) bool {
				return m.AWS == aws && (stat == "" && m.Default || stat == m.Statistic)
			})
			if i < 0 {
				return Metric{}, false
			}
			return s.Metrics[i], true
		})
		if err != nil {
			b.errs = append(b.errs, err)
			return d, false
		}
		for name := range f.With {
			if !used[name] {
				b.fail("%s: with: %s is not in the formula", d.Name, name)
			}
		}
		if d.Dimensions = d.sets(); len(d.Dimensions) == 0 {
			b.fail("%s: its metrics have no set of dimensions in common", d.Name)
		}
		return d, true
	}
	return d, false
}

func (b *builder) checkSets(what string, sets [][]string) {
	for _, set := range sets {
		if len(set) > 30 || slices.Contains(set, "") || len(slices.Compact(slices.Sorted(slices.Values(set)))) != len(set) {
			b.fail("%s: %v: want up to 30 different names", what, set)
		}
	}
}

func (b *builder) period(what, text string, otherwise time.Duration) time.Duration {
	if text == "" {
		return otherwise
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second || d > 24*time.Hour || d > time.Minute && d%time.Minute != 0 {
		b.fail("%s: %q: want 1m, 5m or 24h", what, text)
		return otherwise
	}
	return d
}
