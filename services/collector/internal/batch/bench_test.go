package batch

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"google.golang.org/protobuf/proto"
)

// BenchmarkBatch measures from samples to encoded batches, without storing
// them, per sample: 10,000 series in all partitions, inputs of 1 and of 500.
func BenchmarkBatch(b *testing.B) {
	for _, size := range []int{1, 500} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			x := New(Config{Log: slog.New(slog.DiscardHandler), Name: "bench/1", MaxBytes: 1 << 40})
			var samples []Sample
			for i := range 10_000 {
				samples = append(samples, Sample{Series: testSeries("http.requests.rate", fmt.Sprint(i)), UnixMS: 1795341600000, Value: float64(i)})
			}
			if err := x.Add(context.Background(), samples, 0, func(error) {}); err != nil { // introduced
				b.Fatal(err)
			}
			done := func(error) {}
			b.ReportAllocs()
			b.ResetTimer()
			bytes := 0
			for i := range b.N {
				first := i * size % len(samples)
				if err := x.Add(context.Background(), samples[first:first+size], 100, done); err != nil {
					b.Fatal(err)
				}
				if x.unsent >= 10_000 {
					for x.pending > 0 {
						for _, m := range x.take(x.oldest) {
							data, err := proto.Marshal(m.entry)
							if err != nil {
								b.Fatal(err)
							}
							bytes += len(data)
							x.finish(m, nil)
						}
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/sample")
			b.ReportMetric(float64(bytes)/float64(b.N*size), "B/sample")
		})
	}
}
