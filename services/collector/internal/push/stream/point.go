package stream

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
)

// Point is the statistics of one metric over one span of time.
type Point struct {
	// Account is twelve digits.
	Account, Region   string
	Namespace, Metric string
	Dimensions        []Dimension
	// UnixMS is the beginning of the span.
	UnixMS               int64
	Count, Sum, Min, Max float64
	// More are further statistics, "p99" → value.
	More []Statistic
	// Unit as CloudWatch names it: "Percent"; "" is none.
	Unit string
	// Line is where it stands, in JSON.
	Line []byte
}

// Dimension is CloudWatch's: part of a metric's identity.
type Dimension struct{ Name, Value string }

// Statistic is a further statistic's value.
type Statistic struct {
	Name  string
	Value float64
}

// Value returns a statistic by CloudWatch's name: Average, Sum, Minimum, Maximum,
// SampleCount, p95; false if the stream does not send it.
func (p *Point) Value(statistic string) (float64, bool) {
	switch statistic {
	case "Average":
		v := p.Sum / p.Count
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case "Sum":
		return p.Sum, true
	case "Minimum":
		return p.Min, true
	case "Maximum":
		return p.Max, true
	case "SampleCount":
		return p.Count, true
	}
	for _, s := range p.More {
		if s.Name == statistic {
			return s.Value, true
		}
	}
	return 0, false
}

// The limits of CloudWatch, with some room.
const (
	maxName       = 512
	maxValue      = 1024
	maxDimensions = 30
	maxMore       = 100
)

var (
	accountForm   = regexp.MustCompile(`^[0-9]{12}$`)
	regionForm    = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)
	statisticForm = regexp.MustCompile(`^p[0-9]{1,2}(\.[0-9]{1,4})?$`)
)

// check says what is missing or impossible, by the field's name.
func (p *Point) check() error {
	switch {
	case !accountForm.MatchString(p.Account):
		return fmt.Errorf("account_id: want twelve digits, not %.40q", p.Account)
	case !regionForm.MatchString(p.Region):
		return fmt.Errorf("region: want one like eu-west-1, not %.40q", p.Region)
	case p.Namespace == "" || len(p.Namespace) > maxName:
		return fmt.Errorf("namespace: want 1 to %d bytes", maxName)
	case p.Metric == "" || len(p.Metric) > maxName:
		return fmt.Errorf("metric_name: want 1 to %d bytes", maxName)
	case len(p.Dimensions) > maxDimensions:
		return fmt.Errorf("dimensions: %d of them, at most %d are allowed", len(p.Dimensions), maxDimensions)
	case p.UnixMS <= 0 || p.UnixMS > 1<<45:
		return errors.New("timestamp: missing, or not milliseconds since 1970")
	case !(p.Count > 0):
		return errors.New("value.count: want a number greater than 0")
	}
	for _, d := range p.Dimensions {
		if d.Name == "" || len(d.Name) > maxName || len(d.Value) > maxValue {
			return fmt.Errorf("dimensions: %.40q: want a name of up to %d and a value of up to %d bytes", d.Name, maxName, maxValue)
		}
	}
	for _, v := range []float64{p.Count, p.Sum, p.Min, p.Max} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errors.New("value: want finite numbers")
		}
	}
	return nil
}

// more adds a further statistic; what is none that we know is left out.
func (p *Point) more(name string, v float64) {
	if statisticForm.MatchString(name) && len(p.More) < maxMore && !math.IsNaN(v) && !math.IsInf(v, 0) {
		p.More = append(p.More, Statistic{name, v})
	}
}

// ErrFormat: a record that is neither JSON lines nor OpenTelemetry 1.0.
var ErrFormat = errors.New("the record is neither JSON lines nor OpenTelemetry 1.0, as a metric stream sends them")

// ErrOld: a record of OpenTelemetry 0.7.
var ErrOld = errors.New("the record is OpenTelemetry 0.7, which is not understood: set the metric stream's output format to OpenTelemetry 1.0 or JSON")

// Read gives every point of a record to yield, and the reason why a part is
// wrong to bad, with the line in JSON, without one in OpenTelemetry. The error is
// ErrFormat or ErrOld.
func Read(record []byte, yield func(*Point), bad func(line []byte, why error)) error {
	trimmed := bytes.TrimLeft(record, " \t\r\n")
	switch {
	case len(trimmed) == 0:
		return nil
	case trimmed[0] == '{':
		// A message of OpenTelemetry could be 0x7b bytes long, and then begins
		// with its first field.
		if len(record) > 1 && record[0] == '{' && record[1] == resourceMetricsTag {
			if err := readOTLP(record, func(*Point) {}, func([]byte, error) {}); !errors.Is(err, ErrFormat) {
				return readOTLP(record, yield, bad)
			}
		}
		readJSON(trimmed, yield, bad)
		return nil
	}
	return readOTLP(record, yield, bad)
}
