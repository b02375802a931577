package ingest

import (
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/parley-ops/parley/services/collector/internal/series"
)

// Read by hand, off the wire: generated code makes a map and strings for every
// row and series, which costs five times as much and more.
//
// Field numbers of parley.metrics.v1, see proto/metrics/v1/metrics.proto.
const (
	fieldSamples, fieldSeries, fieldIndex, fieldTimes, fieldValues = 1, 2, 3, 4, 5
	// of Sample and Series, and of an entry of a map
	fieldName, fieldLabels, fieldValue, fieldTime = 1, 2, 3, 4
	fieldMapKey, fieldMapValue                    = 1, 2
	fieldSeconds, fieldNanos                      = 1, 2
)

// protobufScratch is what reading protobuf uses again and again.
type protobufScratch struct {
	rows   [][]byte
	defs   [][]byte
	known  []column
	index  []uint32
	times  []int64
	values []float64
	labels []pair
	memo   memo
}

type pair struct{ name, value []byte }

// column is one of the message's series; bad says that its fault was already
// named.
type column struct {
	series *series.Series
	bad    bool
}

const notSamples = "not a parley.metrics.v1.Samples"

// readProtobuf reads a parley.metrics.v1.Samples: first its rows, then its
// columns, numbered through in that order.
func (r *Reader) readProtobuf(body []byte) {
	in := &r.protobuf
	in.rows, in.defs, in.index, in.times, in.values = in.rows[:0], in.defs[:0], in.index[:0], in.times[:0], in.values[:0]
	if !in.split(body) {
		r.reject(place{-1, 0}, "syntax", notSamples)
		return
	}
	for i, row := range in.rows {
		r.protobufRow(place{i, 0}, row)
	}
	if len(in.index) > 0 || len(in.values) > 0 || len(in.times) > 0 {
		r.protobufColumns(body)
	}
}

// split takes the message apart without looking into rows and series.
func (in *protobufScratch) split(body []byte) bool {
	return fields(body, func(n protowire.Number, w protowire.Type, v wire) bool {
		switch {
		case n == fieldSamples && w == protowire.BytesType:
			in.rows = append(in.rows, v.bytes)
		case n == fieldSeries && w == protowire.BytesType:
			in.defs = append(in.defs, v.bytes)
		case n == fieldIndex && w == protowire.VarintType:
			in.index = append(in.index, uint32(v.number))
		case n == fieldIndex && w == protowire.BytesType:
			return varints(v.bytes, func(x uint64) { in.index = append(in.index, uint32(x)) })
		case n == fieldTimes && w == protowire.VarintType:
			in.times = append(in.times, int64(v.number))
		case n == fieldTimes && w == protowire.BytesType:
			return varints(v.bytes, func(x uint64) { in.times = append(in.times, int64(x)) })
		case n == fieldValues && w == protowire.Fixed64Type:
			in.values = append(in.values, math.Float64frombits(v.number))
		case n == fieldValues && w == protowire.BytesType:
			for b := v.bytes; len(b) > 0; b = b[8:] {
				x, size := protowire.ConsumeFixed64(b)
				if size < 0 {
					return false
				}
				in.values = append(in.values, math.Float64frombits(x))
			}
		}
		return true
	})
}

func (r *Reader) protobufRow(at place, row []byte) {
	var value float64
	var seconds, nanos int64
	valued, timed := false, false
	ok := r.protobufKey(row, func(n protowire.Number, w protowire.Type, v wire) bool {
		switch {
		case n == fieldValue && w == protowire.Fixed64Type:
			value, valued = math.Float64frombits(v.number), true
		case n == fieldTime && w == protowire.BytesType:
			timed = true
			return fields(v.bytes, func(n protowire.Number, w protowire.Type, v wire) bool {
				if n == fieldSeconds && w == protowire.VarintType {
					seconds = int64(v.number)
				} else if n == fieldNanos && w == protowire.VarintType {
					nanos = int64(int32(v.number))
				}
				return true
			})
		}
		return true
	})
	if !ok {
		r.reject(at, "syntax", "not a parley.metrics.v1.Sample")
		return
	}
	s := r.series(at)
	if s == nil {
		return
	}
	if !valued {
		r.reject(at, "value", "value: missing")
		return
	}
	ms := r.storedMS
	if timed {
		if seconds < firstSecond || seconds > lastSecond || nanos < 0 || nanos > 999_999_999 {
			r.reject(at, "ts", "time: %d seconds and %d nanos are no time", seconds, nanos)
			return
		}
		ms = time.Unix(seconds, nanos).UnixMilli()
	}
	r.add(at, s, ms, value)
}

// The years 1 to 9999. Source: google/protobuf/timestamp.proto.
const firstSecond, lastSecond = -62135596800, 253402300799

func (r *Reader) protobufColumns(body []byte) {
	in := &r.protobuf
	n, first := len(in.index), len(in.rows)
	if len(in.values) != n {
		r.reject(place{-1, 0}, "syntax", "columns: %d of series_index but %d of values", n, len(in.values))
		return
	}
	if t := len(in.times); t > 1 && t != n {
		r.reject(place{-1, 0}, "syntax", "columns: %d of series_index but %d of time_unix_ms", n, t)
		return
	}
	known, memorize := in.memo.get(r.team, in.defs)
	if known == nil {
		in.known = in.known[:0]
		for range in.defs {
			in.known = append(in.known, column{})
		}
		known = in.known
	}
	for i, x := range in.index {
		at := place{first + i, 0}
		if int(x) >= len(known) {
			r.reject(at, "syntax", "series_index: %d, but there are %d series", x, len(known))
			continue
		}
		c := &known[x]
		if c.series == nil && !r.protobufSeries(at, c, x) {
			continue
		}
		ms := int64(0)
		switch len(in.times) {
		case 0:
		case 1:
			ms = in.times[0]
		default:
			ms = in.times[i]
		}
		if ms == 0 {
			ms = r.storedMS
		}
		r.add(at, c.series, ms, in.values[i])
	}
	if memorize {
		in.memo.put(r.team, in.defs, known)
	}
}

// protobufSeries looks a series up, once for all its samples.
func (r *Reader) protobufSeries(at place, c *column, x uint32) bool {
	if c.bad {
		r.reject(at, "name", "series %d is wrong, see its first sample", x)
		return false
	}
	if !r.protobufKey(r.protobuf.defs[x], nil) {
		r.reject(at, "syntax", "not a parley.metrics.v1.Series")
	} else {
		c.series = r.series(at)
	}
	c.bad = c.series == nil
	return !c.bad
}

// protobufKey makes r.key name the series of a Sample or Series; other fields
// go to rest.
func (r *Reader) protobufKey(b []byte, rest func(protowire.Number, protowire.Type, wire) bool) bool {
	in := &r.protobuf
	var name []byte
	in.labels = in.labels[:0]
	ok := fields(b, func(n protowire.Number, w protowire.Type, v wire) bool {
		switch {
		case n == fieldName && w == protowire.BytesType:
			name = v.bytes
		case n == fieldLabels && w == protowire.BytesType:
			var p pair
			ok := fields(v.bytes, func(n protowire.Number, w protowire.Type, v wire) bool {
				if n == fieldMapKey && w == protowire.BytesType {
					p.name = v.bytes
				} else if n == fieldMapValue && w == protowire.BytesType {
					p.value = v.bytes
				}
				return true
			})
			in.label(p)
			return ok
		case rest != nil:
			return rest(n, w, v)
		}
		return true
	})
	r.key.Start(r.team, nil)
	for _, p := range in.labels {
		r.key.Label(p.name, p.value)
	}
	r.key.Name(name)
	return ok
}

// label keeps labels sorted by name: senders write a map in an order of chance,
// and one series should have one key. Of two alike the later counts.
func (in *protobufScratch) label(p pair) {
	i := len(in.labels)
	if i > 2*series.MaxLabels { // too many, whatever they are: not worth the order
		in.labels = append(in.labels, p)
		return
	}
	for i > 0 && string(in.labels[i-1].name) > string(p.name) {
		i--
	}
	if i > 0 && string(in.labels[i-1].name) == string(p.name) {
		in.labels[i-1] = p
		return
	}
	in.labels = append(in.labels, pair{})
	copy(in.labels[i+1:], in.labels[i:])
	in.labels[i] = p
}
