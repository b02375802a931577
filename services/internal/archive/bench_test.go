package archive

import (
	"testing"
	"time"

	"github.com/parquet-go/parquet-go/compress/zstd"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// batches returns an hour of 20,000 series in batches of 500, each series once a
// minute, with values that drift.
func batches(n int) []Entry {
	out := make([]Entry, n)
	for i := range out {
		out[i] = at(uint64(i+1), begun.Truncate(time.Hour).Add(time.Duration(i)*time.Second))
		b := &eventv1.SampleBatch{BaseUnixMs: out[i].Stored.UnixMilli()}
		for k := range 500 {
			id := uint64(i%40*500+k+1) * 0x9E3779B97F4A7C15
			b.SeriesId, b.TimeDeltaMs, b.Value = append(b.SeriesId, id), append(b.TimeDeltaMs, int64(k)), append(b.Value, float64(k+i*i%97)/10)
		}
		out[i].Event = &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: b}}
	}
	return out
}

func draftOf(b *testing.B, codec *zstd.Codec, all []Entry) (File, []byte) {
	d := newDraft(testLog, all[0], codec)
	for _, e := range all {
		if err := d.add(e); err != nil {
			b.Fatal(err)
		}
	}
	f, data, err := d.finish()
	if err != nil {
		b.Fatal(err)
	}
	return f, data
}

func BenchmarkWrite(b *testing.B) {
	all, codec := batches(2000), &zstd.Codec{Level: zstd.SpeedBetterCompression}
	b.ReportAllocs()
	for b.Loop() {
		_, data := draftOf(b, codec, all)
		b.ReportMetric(float64(len(data))/1e6, "bytes/sample")
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "ns/sample")
}

func BenchmarkRead(b *testing.B) {
	f, data := draftOf(b, &zstd.Codec{}, batches(2000))
	b.ReportAllocs()
	for b.Loop() {
		if err := decode(f, data, func(Entry) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "ns/sample")
}
