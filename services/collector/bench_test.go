package collector

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	metricsv1 "github.com/parley-ops/parley/proto/metrics/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/embedded"
	"github.com/parley-ops/parley/services/internal/service"
)

// BenchmarkEndToEnd measures from INGEST to SAMPLES with the real server, its
// files and a sync for every store: the time until every input is acked, and
// the CPU of the whole process (server and collector), per sample. 1,000
// series in all partitions. What the publisher costs is outside: the inputs are
// there when the collector starts.
func BenchmarkEndToEnd(b *testing.B) {
	object := func(i int) string {
		return fmt.Sprintf(`{"name":"http.requests.rate","labels":{"service":"checkout","instance":"checkout-%d","env":"prod"},"value":%d.5}`, i%1000, i)
	}
	line := func(i int) string {
		return fmt.Sprintf("http,service=checkout,instance=checkout-%d,env=prod requests=%d.5", i%1000, i)
	}
	list := func(n, first int, one func(int) string, sep string) string {
		out := make([]string, n)
		for i := range out {
			out[i] = one(first + i)
		}
		return strings.Join(out, sep)
	}
	columns := func(first int) []byte {
		m := &metricsv1.Samples{}
		for i := range 500 {
			m.Series = append(m.Series, &metricsv1.Series{Name: "http.requests.rate",
				Labels: map[string]string{"service": "checkout", "instance": fmt.Sprintf("checkout-%d", (first+i)%1000), "env": "prod"}})
			m.SeriesIndex = append(m.SeriesIndex, uint32(i))
			m.Values = append(m.Values, float64(i)+.5)
		}
		out, _ := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		return out
	}
	for _, c := range []struct {
		name        string
		contentType string
		per, total  int
		body        func(first int) []byte
	}{
		{"json-single", "", 1, 60_000, func(i int) []byte { return []byte(object(i)) }},
		{"json-array-100", "", 100, 200_000, func(i int) []byte { return []byte("[" + list(100, i, object, ",") + "]") }},
		{"influx-50-lines", "text/plain", 50, 200_000, func(i int) []byte { return []byte(list(50, i, line, "\n")) }},
		{"protobuf-columns-500", "application/x-protobuf", 500, 1_000_000, columns},
	} {
		b.Run(c.name, func(b *testing.B) {
			var cpu, wall time.Duration
			messages := 0
			for range b.N {
				x, y, n := endToEnd(b, c.contentType, c.per, c.total, c.body)
				cpu, wall, messages = cpu+x, wall+y, messages+n
			}
			n := float64(c.total * b.N)
			b.ReportMetric(cpu.Seconds()*1e6/n, "cpu-µs/sample")
			b.ReportMetric(n/wall.Seconds(), "samples/s")
			b.ReportMetric(n/float64(messages), "samples/batch")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func endToEnd(b *testing.B, contentType string, per, total int, body func(int) []byte) (cpu, wall time.Duration, messages int) {
	server := embedded.With(embedded.Config{Data: b.TempDir(), NATSSync: "always"})
	if err := server.Open(b.Context(), slog.New(slog.DiscardHandler)); err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	admin, err := server.Connect(b.Context(), bus.Options{Service: "admin"})
	if err != nil {
		b.Fatal(err)
	}
	defer admin.Close()
	var events []bus.Event[[]byte]
	ingest, err := admin.JetStream().Stream(b.Context(), bus.Ingest.Name)
	if err != nil {
		b.Fatal(err)
	}
	cfg := ingest.CachedInfo().Config
	cfg.AllowAtomicPublish = true // only so that filling it does not take minutes
	if _, err := admin.JetStream().UpdateStream(b.Context(), cfg); err != nil {
		b.Fatal(err)
	}
	flush := func() {
		if err := bus.PublishTogether(b.Context(), admin, bus.Ingest, events); err != nil {
			b.Fatal(err)
		}
		events = events[:0]
	}
	for i := 0; i < total; i += per {
		events = append(events, bus.Event[[]byte]{Subject: bus.CustomMetrics("demo", "bench"), ID: fmt.Sprint(i), Event: body(i),
			Header: map[string]string{"Content-Type": contentType}})
		if len(events) == bus.MaxTogether {
			flush()
		}
	}
	flush()

	s := Service()
	conf := s.Config().(*Config)
	conf.Listen, conf.Sources = "", nil
	ctx, cancel := context.WithCancel(b.Context())
	before, began := processCPU(), time.Now()
	ended := make(chan error, 1)
	go func() {
		ended <- service.Run(ctx, []string{"--health-listen=", "--log-level=error"}, service.Output{Stdout: io.Discard, Stderr: io.Discard}, shared{server}, s)
	}()
	for {
		info, err := admin.JetStream().Consumer(b.Context(), bus.Ingest.Name, bus.CollectorIngest.Name)
		if err != nil {
			b.Fatal(err)
		}
		if i := info.CachedInfo(); i.NumPending == 0 && i.NumAckPending == 0 && i.AckFloor.Stream > 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	cpu, wall = processCPU()-before, time.Since(began)
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	stored, err := admin.JetStream().Stream(b.Context(), bus.SamplesLog.Name)
	if err != nil {
		b.Fatal(err)
	}
	return cpu, wall, int(stored.CachedInfo().State.Msgs)
}

// processCPU returns what the process has used, user and system.
func processCPU() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
