package archive

import (
	"math"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go/compress/zstd"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

var begun = time.Date(2026, 11, 30, 14, 20, 0, 123456789, time.UTC)

// entries draws a log's entries of every kind, with all that can be wrong in them.
func entries(t *rapid.T) []Entry {
	text := rapid.SampledFrom([]string{"", "cpu", "host", "a", "größer", "°C"})
	id := rapid.OneOf(rapid.Uint64Range(1, 4), rapid.Uint64())
	label := rapid.Custom(func(t *rapid.T) *eventv1.Label {
		return &eventv1.Label{Name: text.Draw(t, "name"), Value: text.Draw(t, "value")}
	})
	interval := rapid.SampledFrom([]*durationpb.Duration{nil, {}, durationpb.New(time.Minute), {Seconds: 1 << 40}, {Seconds: 1, Nanos: -1}})
	def := rapid.Custom(func(t *rapid.T) *eventv1.SeriesDef {
		return &eventv1.SeriesDef{Id: id.Draw(t, "id"), Name: text.Draw(t, "name"), Unit: text.Draw(t, "unit"),
			Labels: rapid.SliceOfN(label, 0, 3).Draw(t, "labels"), Interval: proto.CloneOf(interval.Draw(t, "interval"))}
	})
	gone := rapid.Custom(func(t *rapid.T) *eventv1.SeriesGone {
		return &eventv1.SeriesGone{Id: id.Draw(t, "id"), Reason: text.Draw(t, "reason")}
	})
	batch := rapid.Custom(func(t *rapid.T) *eventv1.SampleBatch {
		n := rapid.IntRange(0, 5).Draw(t, "n")
		b := &eventv1.SampleBatch{BaseUnixMs: rapid.Int64().Draw(t, "base"), Defs: rapid.SliceOfN(def, 0, 2).Draw(t, "defs"), Gone: rapid.SliceOfN(gone, 0, 2).Draw(t, "gone"),
			SeriesId:    rapid.SliceOfN(id, n, n).Draw(t, "series"),
			TimeDeltaMs: rapid.SliceOfN(rapid.Int64(), n, n).Draw(t, "times"),
			Value:       rapid.SliceOfN(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Copysign(0, -1)})), n, n).Draw(t, "values")}
		switch rapid.IntRange(0, 9).Draw(t, "fault") {
		case 0:
			b.Value = append(b.Value, 1)
		case 1, 2:
			b.Revision = rapid.SliceOfN(rapid.Uint32Range(1, 3), n, n).Draw(t, "revisions")
		case 3:
			b.ProtoReflect().SetUnknown([]byte{0x98, 0x06, 0x01}) // a field of a later version
		case 4, 5:
			b.Events = []*eventv1.Occurrence{{SeriesId: id.Draw(t, "event"), Type: "deploy.failed", Message: text.Draw(t, "message"), Level: eventv1.EventLevel_EVENT_LEVEL_ERROR}}
		}
		return b
	})
	sequence, stored := rapid.Uint64Range(1, 1<<60).Draw(t, "first"), begun
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Entry {
		e := Entry{Sequence: sequence, Stored: stored, Partition: bus.Partition(rapid.IntRange(0, bus.Partitions-1).Draw(t, "partition")), Event: &eventv1.PartitionEntry{}}
		sequence++
		stored = stored.Add(time.Duration(rapid.Int64Range(0, int64(20*time.Minute)).Draw(t, "pause")))
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			e.Event.Entry = &eventv1.PartitionEntry_Tick{Tick: &eventv1.Tick{}}
		case 1:
			e.Event.Entry = &eventv1.PartitionEntry_Resolve{Resolve: &eventv1.IncidentResolveRequested{IncidentId: "i", By: text.Draw(t, "by")}}
		case 2:
		default:
			e.Event.Entry = &eventv1.PartitionEntry_Samples{Samples: batch.Draw(t, "batch")}
		}
		return e
	}), 1, 40).Draw(t, "entries")
}

// same reports whether two entries are alike to the bit.
func same(a, b Entry) bool {
	x, errX := proto.MarshalOptions{Deterministic: true}.Marshal(a.Event)
	y, errY := proto.MarshalOptions{Deterministic: true}.Marshal(b.Event)
	return errX == nil && errY == nil && string(x) == string(y) && a.Sequence == b.Sequence && a.Stored.Equal(b.Stored) && a.Partition == b.Partition
}

// wantSame fails unless got is what a replay needs of want.
func wantSame(t interface {
	Helper()
	Fatalf(string, ...any)
}, got, want []Entry) {
	t.Helper()
	n := 0
	for _, e := range want {
		if !kept(e.Event) {
			continue
		}
		if n >= len(got) || !same(got[n], e) {
			t.Fatalf("entry %d of %d\nwas  %v\nread %v", n, len(got), e, got[min(n, len(got)):])
		}
		n++
	}
	if n != len(got) {
		t.Fatalf("%d entries more than there were: %v", len(got)-n, got[n:])
	}
}

// All that a replay needs comes back as it was, to the bit.
func TestAFileGivesBackItsEntries(t *testing.T) {
	t.Parallel()
	few(t, 30, func(t *rapid.T) {
		all := entries(t)
		d := newDraft("log", all[0], &zstd.Codec{})
		for _, e := range all {
			if err := d.add(e); err != nil {
				t.Fatal(err)
			}
		}
		f, data, err := d.finish()
		if err != nil {
			t.Fatal(err)
		}
		var got []Entry
		if err := decode(f, data, func(e Entry) error { got = append(got, e); return nil }); err != nil {
			t.Fatal(err)
		}
		wantSame(t, got, all)
	})
}
