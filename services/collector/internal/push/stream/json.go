package stream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// line is one line of a record in JSON.
type line struct {
	Account    string             `json:"account_id"`
	Region     string             `json:"region"`
	Namespace  string             `json:"namespace"`
	Metric     string             `json:"metric_name"`
	Dimensions map[string]string  `json:"dimensions"`
	Timestamp  int64              `json:"timestamp"`
	Value      map[string]float64 `json:"value"`
	Unit       string             `json:"unit"`
}

// maxLine is how long a line may be; CloudWatch's are below 20 KiB.
const maxLine = 256 << 10

func readJSON(record []byte, yield func(*Point), bad func([]byte, error)) {
	for len(record) > 0 {
		text, rest, _ := bytes.Cut(record, []byte("\n"))
		record = rest
		text = bytes.TrimSpace(text)
		if len(text) == 0 {
			continue
		}
		p, err := parseLine(text)
		if err != nil {
			bad(text, err)
			continue
		}
		yield(p)
	}
}

func parseLine(text []byte) (*Point, error) {
	if len(text) > maxLine {
		return nil, fmt.Errorf("the line has %d bytes, at most %d are allowed", len(text), maxLine)
	}
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			return nil, fmt.Errorf("%s: want %s, not %s", kind.Field, kind.Type, kind.Value)
		}
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	p := &Point{Account: l.Account, Region: l.Region, Namespace: l.Namespace, Metric: l.Metric, UnixMS: l.Timestamp, Unit: unitOf(l.Unit), Line: text}
	for name, v := range l.Dimensions {
		p.Dimensions = append(p.Dimensions, Dimension{name, v})
	}
	slices.SortFunc(p.Dimensions, func(a, b Dimension) int { return strings.Compare(a.Name, b.Name) })
	for _, want := range []struct {
		name string
		to   *float64
	}{{"count", &p.Count}, {"sum", &p.Sum}, {"min", &p.Min}, {"max", &p.Max}} {
		v, ok := l.Value[want.name]
		if !ok {
			return nil, fmt.Errorf("value.%s: missing", want.name)
		}
		*want.to = v
		delete(l.Value, want.name)
	}
	for name, v := range l.Value {
		p.more(name, v)
	}
	slices.SortFunc(p.More, func(a, b Statistic) int { return strings.Compare(a.Name, b.Name) })
	return p, p.check()
}

// unitOf cuts what stands for none, and the braces of OpenTelemetry.
func unitOf(u string) string {
	u = strings.Trim(u, "{}")
	if u == "None" || u == "NoneTranslated" {
		return ""
	}
	return u
}
