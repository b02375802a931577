package chart

import (
	"bytes"
	"encoding/binary"
	"image/png"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/renderer/internal/series"
)

// FuzzRender draws specs made of arbitrary bytes: it must give a decodable
// picture of the size asked for, whatever the values, times and texts.
func FuzzRender(f *testing.F) {
	f.Add("CPU", "above 80", "%", []byte("0123456789abcdef0123456789abcdef"), int64(0), int64(3600), 80.0, uint16(0))
	f.Add("", "", "", []byte{}, int64(0), int64(0), math.NaN(), uint16(1))
	f.Add("\x00\xff\u202e", strings.Repeat("W", 600), "bytes/s", bytes.Repeat([]byte{0xff}, 64), int64(-1<<62), int64(1<<62), math.Inf(1), uint16(0xffff))
	f.Add("a", "b", "ms", bytes.Repeat([]byte{0x7f, 0xef}, 80), int64(1<<40), int64(-5), -1e308, uint16(0x0ace))
	f.Fuzz(func(t *testing.T, title, subtitle, unit string, data []byte, from, span int64, limit float64, flags uint16) {
		if len(data) > 4096 {
			return
		}
		spec := oddSpec(title, subtitle, unit, data, from, span, limit, flags)
		got, err := Render(spec)
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := png.DecodeConfig(bytes.NewReader(got))
		if err != nil {
			t.Fatal(err)
		}
		if width, height := spec.Size(); cfg.Width != width || cfg.Height != height {
			t.Fatalf("%d × %d, want %d × %d", cfg.Width, cfg.Height, width, height)
		}
		if AltText(spec) == "" {
			t.Fatal("no alt text")
		}
	})
}

// oddSpec takes a point's time and value from every 12 bytes.
func oddSpec(title, subtitle, unit string, data []byte, from, span int64, limit float64, flags uint16) Spec {
	start := time.Unix(from%(1<<36), 0)
	var points []series.Point
	for ; len(data) >= 12; data = data[12:] {
		at := start.Add(time.Duration(int32(binary.BigEndian.Uint32(data))) * time.Millisecond)
		points = append(points, series.Point{At: at, Value: math.Float64frombits(binary.BigEndian.Uint64(data[4:]))})
	}
	half := len(points) / 2
	spec := Spec{
		Title: title, Subtitle: subtitle, Unit: unit, From: start, To: start.Add(time.Duration(span)),
		Series: []Series{{Name: title, Points: points[:half]}, {Name: subtitle, Points: points[half:], Dashed: flags&1 != 0}},
		Theme:  Theme(flags >> 1 & 1), Tone: Tone(flags >> 2 & 7),
		Width: int(flags>>5&7) * 100, Height: int(flags>>8&7) * 60,
	}
	if flags&0x800 != 0 {
		spec.Series = spec.Series[:1]
	}
	if flags&0x1000 != 0 {
		spec.From, spec.To = time.Time{}, time.Time{}
	}
	if flags&0x2000 != 0 {
		spec.Kind = KindVerify
		spec.Compare = &Comparison{At: start.Add(time.Minute), Before: limit, After: -limit}
	}
	if flags&0x4000 != 0 {
		spec.Thresholds = []Threshold{{Value: limit, Below: flags&1 != 0, Label: subtitle}, {Value: limit / 3}}
		spec.Breaches = []Span{{From: start}, {From: start.Add(time.Hour), To: start}}
	}
	if flags&0x8000 != 0 {
		spec.Marks = []Mark{{At: start, Label: title}, {At: start.Add(time.Second), Label: subtitle}}
		spec.Bands = []Band{{Name: unit, Lower: points[:half], Upper: points[half:]}}
	}
	if span%5 == 0 {
		spec.Kind = KindLives
		spec.Lanes = []Lane{{Name: title, Note: subtitle, Lives: []Life{{From: start, Tone: spec.Tone}, {From: start.Add(time.Duration(span)), To: start}}}, {Name: unit}}
		for _, q := range points {
			spec.Lanes[1].Lives = append(spec.Lanes[1].Lives, Life{From: q.At, To: q.At.Add(time.Duration(flags) * time.Second), Tone: Tone(flags & 3)})
		}
	}
	if span%3 == 0 {
		spec.More = []Panel{{Title: unit, Unit: title, Series: spec.Series, Thresholds: spec.Thresholds, Bands: spec.Bands}, {Breaches: spec.Breaches}}
	}
	return spec
}
