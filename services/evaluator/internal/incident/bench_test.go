package incident

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
)

// fleet is series spread over partitions as a collector would, and batches of
// one value each.
type fleet struct {
	states  [bus.Partitions]*State
	batches [bus.Partitions]*eventv1.SampleBatch
	seq     uint64
	now     time.Time
}

func newFleet(b testing.TB, n int, history int, set *policy.Set) *fleet {
	f := &fleet{now: time.UnixMilli(1_795_305_600_000)}
	for p := range bus.Partition(bus.Partitions) {
		f.states[p] = New(p, Options{History: history})
		f.batches[p] = &eventv1.SampleBatch{}
		f.apply(p, &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Policies{
			Policies: &eventv1.PolicySetChanged{Digest: set.Digest, Revision: 1}}}, set)
	}
	defs := [bus.Partitions][]*eventv1.SeriesDef{}
	for i := range n {
		labels := label.FromMap(map[string]string{"team": "demo", "env": "prod", "service": fmt.Sprintf("service-%d", i%50), "host": fmt.Sprintf("ip-10-0-%d-%d", i/250, i%250)})
		id, p := label.Fingerprint("cpu.used_percent", labels), bus.PartitionOf(label.Resource(labels))
		defs[p] = append(defs[p], &eventv1.SeriesDef{Id: id, Name: "cpu.used_percent", Labels: labels.Proto()})
		f.batches[p].SeriesId = append(f.batches[p].SeriesId, id)
	}
	for p := range bus.Partition(bus.Partitions) {
		f.batches[p].TimeDeltaMs = make([]int64, len(f.batches[p].SeriesId))
		f.batches[p].Value = make([]float64, len(f.batches[p].SeriesId))
		f.apply(p, &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: &eventv1.SampleBatch{Defs: defs[p]}}}, nil)
	}
	return f
}

func (f *fleet) apply(p bus.Partition, e *eventv1.PartitionEntry, set *policy.Set) {
	f.seq++
	f.states[p].Apply(Entry{Sequence: f.seq, Stored: f.now, Event: e, Set: set})
}

// round sends one value of each series, and returns how many.
func (f *fleet) round(value func() float64) int {
	f.now = f.now.Add(time.Second)
	n := 0
	for p, b := range f.batches {
		if len(b.SeriesId) == 0 {
			continue
		}
		b.BaseUnixMs = f.now.UnixMilli()
		for k := range b.Value {
			b.Value[k] = value()
		}
		f.apply(bus.Partition(p), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: b}}, nil)
		n += len(b.SeriesId)
	}
	return n
}

func thresholds(b testing.TB, n int, rest string) *policy.Set {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "- {name: p%d, when: {metric: cpu.used_percent, above: %g%s}}\n", i, 90+float64(i)/100, rest)
	}
	return parse(b, text.String())
}

// BenchmarkApply is the cost of a sample, from decoded batch to verdict: when
// nothing holds, and when everything does.
func BenchmarkApply(b *testing.B) {
	for _, c := range []struct {
		name     string
		policies int
		rest     string
		value    float64
		history  int
	}{
		{"1 policy, quiet", 1, "", 50, 0},
		{"1 policy, quiet, history", 1, "", 50, 360},
		{"100 policies, quiet", 100, "", 50, 0},
		{"100 policies, quiet, history", 100, "", 50, 360},
		{"100 policies, all hold", 100, ", for: 1h", 99, 0},
		{"1 policy, all hold", 1, "", 99, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			f := newFleet(b, 10_000, c.history, thresholds(b, c.policies, c.rest))
			r := rand.New(rand.NewPCG(1, 2))
			values := make([]float64, 4096)
			for i := range values {
				values[i] = c.value + r.Float64()
			}
			k := 0
			value := func() float64 { k++; return values[k&4095] }
			f.round(value)
			f.round(value)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n += f.round(value)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/sample")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n)/float64(c.policies), "ns/sample/policy")
		})
	}
}

// BenchmarkSeriesMemory is what a series takes in the heap, all included.
func BenchmarkSeriesMemory(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		for _, history := range []int{0, 360} {
			b.Run(fmt.Sprintf("%d series, history %d", n, history), func(b *testing.B) {
				r := rand.New(rand.NewPCG(1, 2))
				for b.Loop() {
					set := thresholds(b, 1, "")
					before := heap()
					f := newFleet(b, n, history, set)
					for range max(1, history) {
						f.round(func() float64 { return 50 + 10*r.Float64() })
					}
					f.batches = [bus.Partitions]*eventv1.SampleBatch{}
					b.ReportMetric(float64(heap()-before)/float64(n), "B/series")
					runtime.KeepAlive(f)
				}
			})
		}
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkSnapshot is the cost of writing and reading a partition's state.
func BenchmarkSnapshot(b *testing.B) {
	f := newFleet(b, 10_000, 360, thresholds(b, 1, ""))
	for range 360 {
		f.round(func() float64 { return 50 })
	}
	set := f.states[0].set
	b.ReportAllocs()
	var size int
	for b.Loop() {
		data := f.states[0].Snapshot()
		if _, err := Restore(0, Options{History: 360}, data, set); err != nil {
			b.Fatal(err)
		}
		size = len(data)
	}
	b.ReportMetric(float64(size)/float64(len(f.states[0].ids)), "B/series")
}

// BenchmarkFleet is 100,000 series, judged by a threshold and by a baseline that was
// learned until all that is kept is full.
func BenchmarkFleet(b *testing.B) {
	for _, c := range []struct{ name, test string }{{"threshold", "above: 90"}, {"baseline", "above: baseline, tolerance: 50 sigma"}} {
		b.Run(c.name, func(b *testing.B) {
			const n = 100_000
			before := heap()
			f := newFleet(b, n, 0, parse(b, "[{name: p, when: {metric: cpu.used_percent, "+c.test+"}}]"))
			r := rand.New(rand.NewPCG(1, 2))
			round := func() int {
				f.now = f.now.Add(10 * time.Minute)
				return f.round(func() float64 { return 50 + 10*r.Float64() })
			}
			for range 200 { // more than a day and a quarter, so that it is judged
				round()
			}
			samples := 0
			for b.Loop() {
				samples += round()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(samples), "ns/sample")
			b.ReportMetric(float64(heap()-before)/n, "B/series")
			runtime.KeepAlive(f)
		})
	}
}

// BenchmarkLearned is what a condition costs beside a plain threshold, by what it
// keeps of each series.
func BenchmarkLearned(b *testing.B) {
	for _, c := range []struct{ name, test string }{
		{"threshold", "above: 90"},
		{"datapoints", "above: 90, datapoints: {hold: 3, of: 5}"},
		{"datapoints every", "above: 90, datapoints: {hold: 3, of: 5, every: 1m, missing: ignore}"},
		{"absent", "absent: 10m"},
		{"rate", "rate: {above: 50, over: 10m}"},
		{"jump", "jump: {percent: 500, within: 5m}"},
		{"baseline", "above: baseline, tolerance: 50 sigma"},
		{"anomaly", "anomaly: critical"},
		{"forecast", "forecast: {reaches: 1000, within: 24h}"},
	} {
		b.Run(c.name, func(b *testing.B) {
			set := parse(b, "[{name: p, when: {metric: cpu.used_percent, "+c.test+"}}]")
			before := heap()
			f := newFleet(b, 10_000, 0, set)
			r := rand.New(rand.NewPCG(1, 2))
			values := make([]float64, 4096)
			for i := range values {
				values[i] = 50 + 10*r.Float64()
			}
			k := 0
			value := func() float64 { k++; return values[k&4095] }
			for range 70 {
				f.now = f.now.Add(59 * time.Second)
				f.round(value)
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				f.now = f.now.Add(59 * time.Second)
				n += f.round(value)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/sample")
			b.ReportMetric(float64(heap()-before)/10_000, "B/series")
			runtime.KeepAlive(f)
		})
	}
}
