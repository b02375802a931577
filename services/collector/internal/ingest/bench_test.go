package ingest

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	metricsv1 "github.com/parley-ops/parley/proto/metrics/v1"
)

// BenchmarkParse measures from bytes to samples with known series, per sample:
// 1,000 series with four labels.
func BenchmarkParse(b *testing.B) {
	const known = 1000
	bench := func(name, contentType string, perMessage int, body func(first int) []byte) {
		b.Run(name, func(b *testing.B) {
			r := newReader()
			messages := make([]Message, known/perMessage)
			for i := range messages {
				messages[i] = Message{Team: "demo", ContentType: contentType, Body: body(i * perMessage), Stored: stored}
				r.Read(messages[i])
				if got := r.Read(messages[i]); len(got.Samples) != perMessage {
					b.Fatalf("%d samples, %+v", len(got.Samples), got.Rejected)
				}
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				r.Read(messages[i%len(messages)])
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*perMessage), "ns/sample")
		})
	}
	labels := func(i int) map[string]string {
		return map[string]string{"service": "checkout", "instance": fmt.Sprintf("checkout-%d", i), "env": "prod", "zone": "eu-central-1a"}
	}
	object := func(i int) string {
		return fmt.Sprintf(`{"name":"http.requests.rate","labels":{"service":"checkout","instance":"checkout-%d","env":"prod","zone":"eu-central-1a"},"value":%d.5,"ts":1795341600000}`, i, i)
	}
	list := func(n int, one func(int) string, sep string) func(int) []byte {
		return func(first int) []byte {
			out := make([]string, n)
			for i := range out {
				out[i] = one(first + i)
			}
			return []byte(strings.Join(out, sep))
		}
	}
	bench("json/1", "", 1, list(1, object, ""))
	array := list(100, object, ",")
	bench("json/100", "", 100, func(first int) []byte { return append(append([]byte("["), array(first)...), ']') })
	line := func(i int) string {
		return fmt.Sprintf("http,service=checkout,instance=checkout-%d,env=prod,zone=eu-central-1a requests=%d.5 1795341600000000000", i, i)
	}
	bench("influx/1", "text/plain", 1, list(1, line, "\n"))
	bench("influx/50", "text/plain", 50, list(50, line, "\n"))
	marshal := func(m *metricsv1.Samples) []byte {
		out, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			b.Fatal(err)
		}
		return out
	}
	bench("protobuf-rows/50", "application/x-protobuf", 50, func(first int) []byte {
		m := &metricsv1.Samples{}
		for i := range 50 {
			m.Samples = append(m.Samples, &metricsv1.Sample{Name: "http.requests.rate", Labels: labels(first + i), Value: proto.Float64(1.5)})
		}
		return marshal(m)
	})
	columns := func(first int) []byte {
		m := &metricsv1.Samples{TimeUnixMs: []int64{1795341600000}}
		for i := range 500 {
			m.Series = append(m.Series, &metricsv1.Series{Name: "http.requests.rate", Labels: labels(first + i)})
			m.SeriesIndex = append(m.SeriesIndex, uint32(i))
			m.Values = append(m.Values, float64(i)+.5)
		}
		return marshal(m)
	}
	bench("protobuf-columns/500", "application/x-protobuf", 500, columns)
	b.Run("protobuf-columns-never-the-same/500", func(b *testing.B) {
		r := newReader()
		m := Message{Team: "demo", ContentType: "application/x-protobuf", Body: columns(0), Stored: stored}
		r.Read(m)
		b.ReportAllocs()
		for range b.N {
			r.protobuf.memo = memo{}
			r.Read(m)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*500), "ns/sample")
	})
}
