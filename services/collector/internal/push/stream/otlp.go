package stream

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// resourceMetricsTag is how an ExportMetricsServiceRequest begins.
const resourceMetricsTag = 1<<3 | byte(protowire.BytesType)

var errWire = errors.New("the bytes are not the protobuf that they should be")

// readOTLP reads messages ExportMetricsServiceRequest, each behind its length
// as a varint.
func readOTLP(record []byte, yield func(*Point), bad func([]byte, error)) error {
	// Cut it first: if that is impossible nothing of it counts.
	var requests [][]byte
	for rest := record; len(rest) > 0; {
		size, n := protowire.ConsumeVarint(rest)
		if n < 0 || size > uint64(len(rest)-n) || size == 0 {
			return ErrFormat
		}
		requests = append(requests, rest[n:n+int(size)])
		rest = rest[n+int(size):]
	}
	for _, r := range requests {
		if err := fields(r, func(num protowire.Number, v value) error {
			if num == 1 {
				_, err := v.message()
				return err
			}
			return nil
		}); err != nil || len(r) == 0 || r[0] != resourceMetricsTag {
			return ErrFormat
		}
	}
	old := false
	for _, r := range requests {
		if err := readRequest(r, yield, func(why error) {
			if errors.Is(why, ErrOld) {
				old = true
				return
			}
			bad(nil, why)
		}); err != nil {
			bad(nil, err)
		}
	}
	if old {
		return ErrOld
	}
	return nil
}

func readRequest(request []byte, yield func(*Point), bad func(error)) error {
	return fields(request, func(num protowire.Number, v value) error {
		resource, err := v.message()
		if num != 1 || err != nil {
			return err
		}
		if err := readResource(resource, yield, bad); err != nil {
			bad(err)
		}
		return nil
	})
}

// readResource reads a ResourceMetrics: 1 resource, 2 scope_metrics.
func readResource(b []byte, yield func(*Point), bad func(error)) error {
	var account, region string
	var scopes [][]byte
	err := fields(b, func(num protowire.Number, v value) error {
		m, err := v.message()
		switch {
		case num > 2 || err != nil:
			return nil // schema_url, or what a later version brings
		case num == 2:
			scopes = append(scopes, m)
			return nil
		}
		return fields(m, func(num protowire.Number, v value) error {
			attribute, err := v.message()
			if num != 1 || err != nil {
				return err
			}
			key, text, _, err := keyValue(attribute)
			switch key {
			case "cloud.account.id":
				account = text
			case "cloud.region":
				region = text
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	for _, scope := range scopes {
		err := fields(scope, func(num protowire.Number, v value) error { // 2 metrics
			metric, err := v.message()
			if num != 2 || err != nil {
				return nil
			}
			if err := readMetric(metric, account, region, yield, bad); err != nil {
				bad(err)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// readMetric reads a Metric: 1 name, 3 unit, 11 summary.
func readMetric(b []byte, account, region string, yield func(*Point), bad func(error)) error {
	var name, unit string
	var points [][]byte
	err := fields(b, func(num protowire.Number, v value) error {
		m, err := v.message()
		switch num {
		case 1:
			name = string(m)
		case 3:
			unit = string(m)
		case 5, 7, 9, 10:
			return fmt.Errorf("metric %.80q is no summary, as a metric stream sends them", name)
		case 11:
			if err != nil {
				return err
			}
			return fields(m, func(num protowire.Number, v value) error {
				point, err := v.message()
				if num == 1 && err == nil {
					points = append(points, point)
				}
				return err
			})
		default:
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, data := range points {
		p := &Point{Account: account, Region: region, Unit: unitOf(unit)}
		err := p.summary(data)
		if err == nil {
			err = p.check()
		}
		if err != nil {
			bad(err)
			continue
		}
		yield(p)
	}
	return nil
}

// summary reads a SummaryDataPoint: 2 start_time_unix_nano, 3 time_unix_nano,
// 4 count, 5 sum, 6 quantile_values, 7 attributes. In 0.7 the attributes were
// field 1.
func (p *Point) summary(b []byte) error {
	var has [2]bool
	err := fields(b, func(num protowire.Number, v value) error {
		switch num {
		case 1:
			return ErrOld
		case 2:
			p.UnixMS = int64(min(v.bits/1e6, math.MaxInt64))
			return v.want(protowire.Fixed64Type)
		case 4:
			p.Count = float64(v.bits)
			return v.want(protowire.Fixed64Type)
		case 5:
			p.Sum = math.Float64frombits(v.bits)
			return v.want(protowire.Fixed64Type)
		case 6:
			m, err := v.message()
			if err != nil {
				return err
			}
			return p.quantile(m, &has)
		case 7:
			m, err := v.message()
			if err != nil {
				return err
			}
			return p.attribute(m)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !has[0] || !has[1] {
		return errors.New("quantile_values: the quantiles 0 and 1, minimum and maximum, are missing")
	}
	slices.SortFunc(p.Dimensions, func(a, b Dimension) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// quantile reads a ValueAtQuantile: 1 quantile, 2 value. Zeroes are not written.
func (p *Point) quantile(b []byte, has *[2]bool) error {
	var q, x float64
	err := fields(b, func(num protowire.Number, v value) error {
		switch num {
		case 1:
			q = math.Float64frombits(v.bits)
			return v.want(protowire.Fixed64Type)
		case 2:
			x = math.Float64frombits(v.bits)
			return v.want(protowire.Fixed64Type)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case q == 0:
		p.Min, has[0] = x, true
	case q == 1:
		p.Max, has[1] = x, true
	case q > 0 && q < 1:
		p.more("p"+strconv.FormatFloat(math.Round(q*1e6)/1e4, 'f', -1, 64), x)
	}
	return nil
}

// attribute reads one of a data point's: Namespace, MetricName, Dimensions.
func (p *Point) attribute(b []byte) error {
	key, text, list, err := keyValue(b)
	if err != nil {
		return err
	}
	switch key {
	case "Namespace":
		p.Namespace = text
	case "MetricName":
		p.Metric = text
	case "Dimensions":
		return fields(list, func(num protowire.Number, v value) error {
			m, err := v.message()
			if num != 1 || err != nil {
				return err
			}
			name, text, _, err := keyValue(m)
			if len(p.Dimensions) <= maxDimensions {
				p.Dimensions = append(p.Dimensions, Dimension{name, text})
			}
			return err
		})
	}
	return nil
}

// keyValue reads a KeyValue: 1 key, 2 value; of an AnyValue 1 string_value and
// 6 kvlist_value.
func keyValue(b []byte) (key, text string, list []byte, err error) {
	err = fields(b, func(num protowire.Number, v value) error {
		m, err := v.message()
		switch {
		case num > 2:
			return nil
		case err != nil:
			return err
		case num == 1:
			key = string(m)
			return nil
		}
		return fields(m, func(num protowire.Number, v value) error {
			if num != 1 && num != 6 {
				return nil
			}
			m, err := v.message()
			if num == 1 {
				text = string(m)
			} else {
				list = m
			}
			return err
		})
	})
	return key, text, list, err
}
