package catalog

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v4"
)

//go:embed *.yaml
var shipped embed.FS

// Default returns the catalog of the services that come with Parley.
var Default = sync.OnceValue(func() *Catalog {
	c, err := Load(nil)
	if err != nil {
		panic(err) // our own files, which a test reads
	}
	return c
})

// Bounds of what is read from outside.
const (
	maxFileBytes = 1 << 20
	maxFiles     = 200
	maxMetrics   = 500 // of a service, with all statistics
)

// file is what a service file holds.
type file struct {
	Service    string
	Namespace  string
	Global     bool
	Dimensions [][]string
	Tags       struct{ Type, Resource string }
	Period     string
	Missing    Missing
	Metrics    []fileMetric
	Derived    []fileDerived
}

type fileMetric struct {
	AWS        string `yaml:"aws"`
	Name       string
	Namespace  string
	Unit       string
	Statistic  string
	Also       []string
	Period     string
	Missing    Missing
	Dimensions [][]string
}

type fileDerived struct {
	Name, Unit, Formula, Doc string
	// With gives names to inputs that are no identifiers, or have another
	// statistic: {errors: 5XXError, peak: CPUUtilization Maximum}.
	With map[string]string
}

// Load returns the catalog of our services and those in the .yaml files of own,
// which may be nil; a service in own replaces ours. The error lists all that is
// wrong with the files, by file.
func Load(own fs.FS) (*Catalog, error) {
	services := map[string]Service{}
	var errs []error
	for _, fsys := range []fs.FS{shipped, own} {
		if fsys == nil {
			continue
		}
		seen := map[string]string{}
		names, err := fs.Glob(fsys, "*.yaml")
		if err != nil || len(names) > maxFiles {
			return nil, fmt.Errorf("service files: %d files, at most %d: %w", len(names), maxFiles, err)
		}
		for _, name := range names {
			s, err := read(fsys, name)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
				continue
			}
			if before, twice := seen[s.Name]; twice {
				errs = append(errs, fmt.Errorf("%s: service %s is in %s already", name, s.Name, before))
				continue
			}
			seen[s.Name] = name
			services[s.Name] = s
		}
		if len(names) == 0 {
			errs = append(errs, errors.New("service files: no .yaml file in the folder"))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return index(services)
}

func read(fsys fs.FS, name string) (Service, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return Service{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return Service{}, err
	}
	s, err := Parse(data)
	if err == nil && s.Name != strings.TrimSuffix(path.Base(name), ".yaml") {
		err = fmt.Errorf("service is %s: it must be the file's name", s.Name)
	}
	return s, err
}

// Parse reads one service file. The error lists all that is wrong.
func Parse(data []byte) (Service, error) {
	if len(data) > maxFileBytes {
		return Service{}, fmt.Errorf("larger than %d bytes", maxFileBytes)
	}
	var f file
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		return Service{}, err
	}
	b := builder{file: f}
	s := b.service()
	return s, errors.Join(b.errs...)
}

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
	m := Metric{Service: s.Name, AWS: f.AWS, Namespace: or(f.Namespace, s.Namespace), Statistic: f.Statistic, Default: true, Unit: f.Unit,
		Period: b.period(f.AWS+": period", f.Period, s.Period), Missing: or(f.Missing, b.Missing), Dimensions: s.Dimensions, Global: s.Global}
	if f.Dimensions != nil {
		m.Dimensions = f.Dimensions
		b.checkSets(f.AWS+": dimensions", f.Dimensions)
	}
	name := or(f.Name, snake(f.AWS))
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
			aws, stat, _ := strings.Cut(or(f.With[name], name), " ")
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

func or[T comparable](a, b T) T {
	var zero T
	if a != zero {
		return a
	}
	return b
}
