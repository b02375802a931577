package ingest

import (
	"google.golang.org/protobuf/proto"

	metricsv1 "github.com/parley-ops/parley/proto/metrics/v1"
	"github.com/parley-ops/parley/services/collector/internal/series"
)

// protobufScratch is what reading protobuf uses again and again.
type protobufScratch struct {
	message metricsv1.Samples
	series  []column
}

// column is one of the message's series; rejected says that its fault was
// already named.
type column struct {
	series   *series.Series
	rejected bool
}

// readProtobuf reads a parley.metrics.v1.Samples: first its rows, then its
// columns, numbered through in that order.
func (r *Reader) readProtobuf(body []byte) {
	m := &r.protobuf.message
	proto.Reset(m)
	if err := proto.Unmarshal(body, m); err != nil {
		r.reject(place{-1, 0}, "syntax", "not a parley.metrics.v1.Samples, or text in it is not UTF-8")
		return
	}
	for i, s := range m.GetSamples() {
		r.protobufRow(place{i, 0}, s)
	}
	if len(m.GetSeriesIndex()) > 0 || len(m.GetValues()) > 0 || len(m.GetTimeUnixMs()) > 0 {
		r.protobufColumns(len(m.GetSamples()), m)
	}
}

func (r *Reader) protobufRow(at place, m *metricsv1.Sample) {
	s := r.protobufSeries(at, m.GetName(), m.GetLabels())
	if s == nil {
		return
	}
	if m.Value == nil {
		r.reject(at, "value", "value: missing")
		return
	}
	ms := r.storedMS
	if t := m.GetTime(); t != nil {
		if !t.IsValid() {
			r.reject(at, "ts", "time: %d seconds and %d nanos are no time", t.GetSeconds(), t.GetNanos())
			return
		}
		ms = t.AsTime().UnixMilli()
	}
	r.add(at, s, ms, m.GetValue())
}

func (r *Reader) protobufColumns(first int, m *metricsv1.Samples) {
	n := len(m.SeriesIndex)
	if len(m.Values) != n {
		r.reject(place{-1, 0}, "syntax", "columns: %d of series_index but %d of values", n, len(m.Values))
		return
	}
	if t := len(m.TimeUnixMs); t > 1 && t != n {
		r.reject(place{-1, 0}, "syntax", "columns: %d of series_index but %d of time_unix_ms", n, t)
		return
	}
	known := r.protobuf.series[:0]
	for range m.Series {
		known = append(known, column{})
	}
	r.protobuf.series = known
	for i, x := range m.SeriesIndex {
		at := place{first + i, 0}
		if int(x) >= len(m.Series) {
			r.reject(at, "syntax", "series_index: %d, but there are %d series", x, len(m.Series))
			continue
		}
		c := &known[x]
		if c.series == nil { // looked up once for all its samples
			if !c.rejected {
				c.series = r.protobufSeries(at, m.Series[x].GetName(), m.Series[x].GetLabels())
				c.rejected = c.series == nil
			} else {
				r.reject(at, "name", "series %d is wrong, see its first sample", x)
			}
			if c.series == nil {
				continue
			}
		}
		ms := int64(0)
		switch len(m.TimeUnixMs) {
		case 0:
		case 1:
			ms = m.TimeUnixMs[0]
		default:
			ms = m.TimeUnixMs[i]
		}
		if ms == 0 {
			ms = r.storedMS
		}
		r.add(at, c.series, ms, m.Values[i])
	}
}

func (r *Reader) protobufSeries(at place, name string, labels map[string]string) *series.Series {
	r.key.Map(r.team, name, labels)
	return r.series(at)
}
