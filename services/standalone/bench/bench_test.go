package main

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"

	metricsv1 "github.com/parley-ops/parley/proto/metrics/v1"
)

func TestQuantileIsTheNearestRank(t *testing.T) {
	t.Parallel()
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i)
	}
	for _, c := range []struct {
		values  []float64
		q, want float64
	}{
		{hundred, 0.5, 50}, {hundred, 0.99, 99}, {hundred, 1, 100}, {hundred, 0, 1}, {[]float64{7}, 0.99, 7},
	} {
		if got := quantile(c.values, c.q); got != c.want {
			t.Errorf("quantile %v of %d values: %v, want %v", c.q, len(c.values), got, c.want)
		}
	}
	if !math.IsNaN(quantile(nil, 0.5)) || !math.IsNaN(median(nil)) {
		t.Error("of nothing there is no quantile")
	}
	if got := median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("median %v, want 2.5", got)
	}
}

func TestTheSameSeriesBreachAtTheSameMoments(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_795_305_600_000)
	a, b := newWorkload(1000, 100, 5), newWorkload(1000, 100, 5)
	x, y := a.planBreach(20, at, time.Second), b.planBreach(20, at, time.Second)
	if !slices.Equal(x, y) || len(x) != 20 {
		t.Fatalf("%v and %v", x, y)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for _, i := range x {
		if a.breach[i].Load() != b.breach[i].Load() {
			t.Errorf("series %d breaches at other times", i)
		}
		if v, breaches := a.value(r, i, at.Add(-time.Nanosecond)); breaches || v >= threshold {
			t.Errorf("series %d breaches too early", i)
		}
		if v, breaches := a.value(r, i, at.Add(time.Second)); !breaches || v <= threshold {
			t.Errorf("series %d does not breach", i)
		}
	}
}

// sent collects what a generator sends.
type sent struct {
	mu      sync.Mutex
	batches []batch
}

func (s *sent) take(_ context.Context, b batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b.values = slices.Clone(b.values)
	s.batches = append(s.batches, b)
	return nil
}

func TestGeneratorKeepsItsPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got sent
		g := newGenerator(newWorkload(4500, 100, 1), 2000, 4, got.take)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second-time.Millisecond)
		defer cancel()
		g.run(ctx, time.Second)
		if want := int64(45_000); g.acked.Load() != want {
			t.Errorf("%d samples in 10 s, want %d", g.acked.Load(), want)
		}
		last := map[int]int64{}
		for _, b := range got.batches {
			if b.timeMs <= last[b.first] {
				t.Errorf("batch of %d: time %d after %d", b.first, b.timeMs, last[b.first])
			}
			last[b.first] = b.timeMs
		}
	})
}

func TestGeneratorNotesTheFirstBreachingSample(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got sent
		w := newWorkload(10, 5, 1)
		g := newGenerator(w, 10, 1, got.take)
		begin := time.Now()
		chosen := w.planBreach(3, begin.Add(1500*time.Millisecond), 0)
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		g.run(ctx, time.Second)
		heard := newSeen(10)
		for _, i := range chosen {
			if at := time.Unix(0, g.sent[i].Load()).Sub(begin); at != 2*time.Second {
				t.Errorf("series %d was first sent breaching after %s, want 2s", i, at)
			}
		}
		heard.text([]byte("*"+host(chosen[0])+"* is at 100"), begin.Add(2250*time.Millisecond))
		heard.host(host(chosen[0]), begin.Add(time.Hour))
		ms, missing := heard.since(g.sent, chosen)
		if missing != 2 || len(ms) != 1 || ms[0] != 250 {
			t.Errorf("heard %v, %d missing", ms, missing)
		}
	})
}

func TestColumnsAreThePublicFormat(t *testing.T) {
	t.Parallel()
	w := newWorkload(5, 2, 1)
	var s metricsv1.Samples
	if err := proto.Unmarshal(columnsOf(w, 3)(batch{first: 3, values: []float64{1.5, 2.5}, timeMs: 1_795_305_600_000}), &s); err != nil {
		t.Fatal(err)
	}
	if len(s.GetSeries()) != 2 || s.GetSeries()[1].GetName() != metricName || s.GetSeries()[1].GetLabels()["host"] != host(4) ||
		!slices.Equal(s.GetSeriesIndex(), []uint32{0, 1}) || !slices.Equal(s.GetValues(), []float64{1.5, 2.5}) ||
		!slices.Equal(s.GetTimeUnixMs(), []int64{1_795_305_600_000}) {
		t.Errorf("%v", &s)
	}
}

func TestObjectsAreJSON(t *testing.T) {
	t.Parallel()
	var got []struct {
		Name   string
		Labels map[string]string
		Value  float64
		TS     int64
	}
	if err := json.Unmarshal(objectsOf(newWorkload(5, 2, 1))(batch{first: 1, values: []float64{1.5, 2}, timeMs: 7}), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[1].Labels["host"] != host(2) || got[1].Value != 2 || got[1].TS != 7 {
		t.Errorf("%+v", got)
	}
}

func TestBiggestMessageIsAccepted(t *testing.T) {
	t.Parallel()
	w := newWorkload(2000, 100, 1)
	b := batch{values: slices.Repeat([]float64{19.99}, 2000), timeMs: 1_795_305_600_000}
	for name, n := range map[string]int{"columns": len(columnsOf(w, 2000)(b)), "json": len(objectsOf(w)(b))} {
		if n > 256<<10 {
			t.Errorf("%s: a message of 2,000 samples has %d bytes, the stream takes 256 KiB", name, n)
		}
	}
}

func TestParseBench(t *testing.T) {
	t.Parallel()
	got := parseBench([]byte("goos: linux\nBenchmarkEval/policies=100   100   123.5 ns/op   1.5 ns/pair   8 B/op   0 allocs/op\nPASS\n"))
	if len(got) != 1 || got[0].name != "Eval/policies=100" || got[0].values["ns/pair"] != 1.5 {
		t.Errorf("%+v", got)
	}
}

func TestTableShowsRatios(t *testing.T) {
	t.Parallel()
	tb, out := newTable(), &strings.Builder{}
	f := figure{"cpu", "s", "less", true}
	tb.add(f, "parley", 2)
	tb.add(f, "prometheus", 8)
	tb.add(f, "parley", 4)
	tb.add(f, "parley", math.NaN())
	tb.print(out)
	if text := out.String(); !strings.Contains(text, "3.00 [2.00..4.00] s") || !strings.Contains(text, "× 0.38") ||
		strings.Index(text, "prometheus") > strings.Index(text, "parley") {
		t.Errorf("%s", text)
	}
}

func TestStatOfAProcessWithAnOddName(t *testing.T) {
	t.Parallel()
	if got := parseStat([]byte("12 (a b) c) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0")); got != 3 {
		t.Errorf("%v CPU-s, want 3", got)
	}
}

func TestGauge(t *testing.T) {
	t.Parallel()
	if got := gauge([]byte("# HELP x\nx_more 3\nx 1.5e+06\n"), "x"); got != 1.5e6 {
		t.Errorf("%v", got)
	}
}

func TestAMessageForManyCountsThemAll(t *testing.T) {
	t.Parallel()
	begin := time.Unix(1_795_305_600, 0)
	p := &page{delivered: newSeen(10), known: map[string]int{}}
	p.event([]byte(`{"data":{"channel":"C1","message":{"ts":"1.1","text":"host-0000003 is at 100"}},"kind":"message"}`), begin.Add(time.Second))
	p.event([]byte(`{"data":{"channel":"C1","message":{"ts":"1.1","text":"host-0000003 is at 100, with a picture"}},"kind":"message"}`), begin.Add(2*time.Second))
	p.event([]byte(`{"data":{"channel":"C1","message":{"ts":"1.2","text":"3 incidents opened together: host-0000005"}},"kind":"message"}`), begin.Add(3*time.Second))
	if tellsOf([]byte(`"10,000 incidents opened together, 10,000 still open"`)) != 10_000 {
		t.Error("a number with a comma is not read")
	}
	times := make([]atomic.Int64, 6)
	for i := range times {
		times[i].Store(begin.UnixNano())
	}
	ms, missing := p.since(times, []int{0, 1, 2, 3, 4, 5})
	if missing != 2 || !slices.Equal(ms, []float64{1000, 3000, 3000, 3000}) {
		t.Errorf("%v, %d missing", ms, missing)
	}
	if got := p.traffic(); got.messages != 2 || got.edits != 1 {
		t.Errorf("%+v", got)
	}
}
