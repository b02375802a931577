package chart

import (
	"bytes"
	"testing"
	"time"

	gochart "github.com/wcharczuk/go-chart/v2"
	"github.com/wcharczuk/go-chart/v2/drawing"
)

// plainGoChart is the same metric with its threshold and title as one writes it
// with the library's own parts.
func plainGoChart(w *bytes.Buffer, spec Spec) error {
	g := gochart.Chart{
		Title: spec.Title, Width: 1200, Height: 500, Font: textFont(),
		XAxis: gochart.XAxis{ValueFormatter: gochart.TimeMinuteValueFormatter},
	}
	for _, s := range spec.Series {
		var at []time.Time
		var values, limit []float64
		for _, p := range s.Points {
			at, values = append(at, p.At), append(values, p.Value)
			limit = append(limit, spec.Thresholds[0].Value)
		}
		g.Series = append(g.Series,
			gochart.TimeSeries{Name: s.Name, XValues: at, YValues: values},
			gochart.TimeSeries{Name: "threshold", XValues: at, YValues: limit, Style: gochart.Style{
				StrokeColor: drawing.ColorRed, StrokeDashArray: []float64{5, 5},
			}})
	}
	return g.Render(gochart.PNG, w)
}

// BenchmarkParley is our picture of 360 points at 1200 × 500, on one core.
func BenchmarkParley(b *testing.B) {
	for name, spec := range map[string]Spec{"points=360": breachSample(), "verify": verifySample(34, ToneGood)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				png, err := Render(spec)
				if err != nil {
					b.Fatal(err)
				}
				size = len(png)
			}
			b.ReportMetric(float64(size), "bytes/image")
		})
	}
}

// BenchmarkPlainGoChart is the same data with go-chart as it comes.
func BenchmarkPlainGoChart(b *testing.B) {
	b.Run("points=360", func(b *testing.B) {
		b.ReportAllocs()
		var png bytes.Buffer
		for b.Loop() {
			png.Reset()
			if err := plainGoChart(&png, breachSample()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(png.Len()), "bytes/image")
	})
}

// BenchmarkSideBySide draws both in turn, so that what else the machine does
// weighs on both alike, and reports how they compare.
func BenchmarkSideBySide(b *testing.B) {
	var ours, plain time.Duration
	var ourBytes, plainBytes int
	spec := breachSample()
	for b.Loop() {
		start := time.Now()
		mine, err := Render(spec)
		if err != nil {
			b.Fatal(err)
		}
		ours += time.Since(start)
		start = time.Now()
		var theirs bytes.Buffer
		if err := plainGoChart(&theirs, spec); err != nil {
			b.Fatal(err)
		}
		plain += time.Since(start)
		ourBytes, plainBytes = len(mine), theirs.Len()
	}
	n := float64(b.N)
	b.ReportMetric(ours.Seconds()*1e3/n, "ms-parley")
	b.ReportMetric(plain.Seconds()*1e3/n, "ms-go-chart")
	b.ReportMetric(plain.Seconds()/ours.Seconds(), "x-faster")
	b.ReportMetric(float64(ourBytes)/1e3, "KB-parley")
	b.ReportMetric(float64(plainBytes)/1e3, "KB-go-chart")
	b.ReportMetric(float64(plainBytes)/float64(ourBytes), "x-smaller")
	b.ReportMetric(0, "ns/op")
}
