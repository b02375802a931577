package fleet

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	metricsv1 "github.com/parley-ops/parley/proto/metrics/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// format is one of the three ways to write custom metrics.
type format int

const (
	jsonFormat format = iota
	lineFormat
	protoFormat
)

func (f format) contentType() string {
	return [...]string{"application/json", "text/plain", "application/x-protobuf"}[f]
}

func (f format) encode(list []Sample) []byte {
	switch f {
	case lineFormat:
		return encodeLines(list)
	case protoFormat:
		return encodeProto(list)
	default:
		return encodeJSON(list)
	}
}

func encodeJSON(list []Sample) []byte {
	type sample struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
		Value  float64           `json:"value"`
		TS     int64             `json:"ts"` // Unix milliseconds
	}
	out := make([]sample, len(list))
	for i, s := range list {
		out[i] = sample{s.Name, s.Labels, s.Value, s.Time.UnixMilli()}
	}
	data, err := json.Marshal(out)
	if err != nil {
		panic(fmt.Sprintf("encode samples: %v", err)) // strings and finite numbers
	}
	return data
}

// encodeLines writes `latency,env=prod,service=cart p99=210.5 1795305600000000000`:
// the metric's name up to its first dot is the measurement, the rest the field.
func encodeLines(list []Sample) []byte {
	var b strings.Builder
	for _, s := range list {
		measurement, field, _ := strings.Cut(s.Name, ".")
		b.WriteString(measurement)
		keys := make([]string, 0, len(s.Labels))
		for key := range s.Labels {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			b.WriteString("," + key + "=" + s.Labels[key])
		}
		b.WriteString(" " + field + "=" + strconv.FormatFloat(s.Value, 'f', -1, 64) + " " + strconv.FormatInt(s.Time.UnixNano(), 10) + "\n")
	}
	return []byte(b.String())
}

func encodeProto(list []Sample) []byte {
	var m metricsv1.Samples
	for _, s := range list {
		m.Samples = append(m.Samples, &metricsv1.Sample{
			Name: s.Name, Labels: s.Labels, Value: proto.Float64(s.Value), Time: timestamppb.New(s.Time),
		})
	}
	data, err := proto.Marshal(&m)
	if err != nil {
		panic(fmt.Sprintf("encode samples: %v", err)) // UTF-8 throughout
	}
	return data
}
