package archive

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// row is an entry as it stands in a file; its columns are explained in doc.go.
type row struct {
	Sequence  uint64       `parquet:"sequence,delta"`
	Stored    int64        `parquet:"stored,delta,timestamp(nanosecond)"`
	Partition uint32       `parquet:"partition,dict"`
	Base      int64        `parquet:"base,delta,timestamp(millisecond)"`
	Samples   []sample     `parquet:"samples,list"`
	Defs      []definition `parquet:"definitions,list"`
	Gone      []gone       `parquet:"gone,list"`
	Other     []byte       `parquet:"other,optional"`
}

type sample struct {
	Series   uint64  `parquet:"series,dict"`
	Time     int64   `parquet:"time,delta,timestamp(millisecond)"`
	Value    float64 `parquet:"value"`
	Revision uint32  `parquet:"revision,dict"`
}

type definition struct {
	Series uint64 `parquet:"series,dict"`
	Name   string `parquet:"name,dict"`
	Labels []pair `parquet:"labels,list"`
	Unit   string `parquet:"unit,dict"`
	// Interval in nanoseconds.
	Interval *int64 `parquet:"interval,optional,dict"`
}

type pair struct {
	Name  string `parquet:"name,dict"`
	Value string `parquet:"value,dict"`
}

type gone struct {
	Series uint64 `parquet:"series,dict"`
	Reason string `parquet:"reason,dict"`
}

// set makes the row that of an entry. It uses the row's own memory again.
func (r *row) set(e Entry) error {
	*r = row{Sequence: e.Sequence, Stored: e.Stored.UnixNano(), Partition: uint32(e.Partition), Samples: r.Samples[:0], Defs: r.Defs[:0], Gone: r.Gone[:0]}
	if b := e.Event.GetSamples(); b != nil && fits(b) {
		r.columns(b)
		return nil
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(e.Event)
	if err != nil {
		return fmt.Errorf("entry %d: %w", e.Sequence, err)
	}
	r.Other = data
	return nil
}

// lastColumn is the number of the last field of SampleBatch that has columns.
const lastColumn = 7

// fits reports whether the columns hold all that a batch says: not one with events,
// nor of a later version, nor one that is wrong in itself.
func fits(b *eventv1.SampleBatch) bool {
	fit := true
	b.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		fit = f.Number() <= lastColumn
		return fit
	})
	if !fit {
		return false
	}
	n := len(b.GetSeriesId())
	if len(b.GetTimeDeltaMs()) != n || len(b.GetValue()) != n || len(b.GetRevision()) != n && len(b.GetRevision()) != 0 || len(b.ProtoReflect().GetUnknown()) > 0 {
		return false
	}
	for _, d := range b.GetDefs() {
		if v := d.GetInterval(); v != nil && !proto.Equal(v, durationpb.New(v.AsDuration())) {
			return false
		}
	}
	return true
}

func (r *row) columns(b *eventv1.SampleBatch) {
	r.Base = b.GetBaseUnixMs()
	for i, id := range b.GetSeriesId() {
		s := sample{Series: id, Time: r.Base + b.GetTimeDeltaMs()[i], Value: b.GetValue()[i]}
		if len(b.GetRevision()) > 0 {
			s.Revision = b.GetRevision()[i]
		}
		r.Samples = append(r.Samples, s)
	}
	for _, d := range b.GetDefs() {
		def := definition{Series: d.GetId(), Name: d.GetName(), Unit: d.GetUnit()}
		for _, l := range d.GetLabels() {
			def.Labels = append(def.Labels, pair{l.GetName(), l.GetValue()})
		}
		if d.Interval != nil {
			ns := int64(d.GetInterval().AsDuration())
			def.Interval = &ns
		}
		r.Defs = append(r.Defs, def)
	}
	for _, g := range b.GetGone() {
		r.Gone = append(r.Gone, gone{g.GetId(), g.GetReason()})
	}
}

// entry returns the entry again. Strings are its own: the reader's memory is
// used again.
func (r *row) entry() (Entry, error) {
	e := Entry{Sequence: r.Sequence, Stored: time.Unix(0, r.Stored).UTC(), Partition: bus.Partition(r.Partition)}
	if r.Partition >= bus.Partitions {
		return e, fmt.Errorf("entry %d is of partition %d: there are %d", r.Sequence, r.Partition, bus.Partitions)
	}
	if r.Other != nil {
		e.Event = &eventv1.PartitionEntry{}
		if err := proto.Unmarshal(r.Other, e.Event); err != nil {
			return e, fmt.Errorf("entry %d: %w", r.Sequence, err)
		}
		return e, nil
	}
	b := &eventv1.SampleBatch{BaseUnixMs: r.Base}
	if n := len(r.Samples); n > 0 {
		b.SeriesId, b.TimeDeltaMs, b.Value = make([]uint64, n), make([]int64, n), make([]float64, n)
	}
	for i, s := range r.Samples {
		b.SeriesId[i], b.TimeDeltaMs[i], b.Value[i] = s.Series, s.Time-r.Base, s.Value
		if s.Revision != 0 && b.Revision == nil {
			b.Revision = make([]uint32, len(r.Samples))
		}
		if s.Revision != 0 {
			b.Revision[i] = s.Revision
		}
	}
	for _, d := range r.Defs {
		def := &eventv1.SeriesDef{Id: d.Series, Name: strings.Clone(d.Name), Unit: strings.Clone(d.Unit)}
		for _, l := range d.Labels {
			def.Labels = append(def.Labels, &eventv1.Label{Name: strings.Clone(l.Name), Value: strings.Clone(l.Value)})
		}
		if d.Interval != nil {
			def.Interval = durationpb.New(time.Duration(*d.Interval))
		}
		b.Defs = append(b.Defs, def)
	}
	for _, g := range r.Gone {
		b.Gone = append(b.Gone, &eventv1.SeriesGone{Id: g.Series, Reason: strings.Clone(g.Reason)})
	}
	e.Event = &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: b}}
	return e, nil
}
