package plot

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the expected charts anew")

func TestSpark(t *testing.T) {
	t.Parallel()
	f := func(values []float64, width int, want string) {
		t.Helper()
		s := Series{Values: values}
		for i := range values {
			s.Times = append(s.Times, int64(i)*1000)
		}
		if got := Spark(s, 0, int64(len(values)-1)*1000, width); got != want {
			t.Errorf("%v in %d: got %q, want %q", values, width, got, want)
		}
	}
	f([]float64{0, 1, 2, 3, 4, 5, 6, 7}, 8, "▁▂▃▄▅▆▇█")
	f([]float64{0, 7}, 4, "▁  █")      // nothing in between is not zero
	f([]float64{5, 5, 5}, 3, "▁▁▁")    // flat
	f([]float64{1, 3, 9, 11}, 2, "▁█") // means
	f([]float64{-4, -2}, 2, "▁█")
	f([]float64{1}, 3, "  ▁")
	f(nil, 3, "   ")
	f([]float64{1, 2}, 0, "")
}

func TestSparkLeavesOutWhatIsOutside(t *testing.T) {
	t.Parallel()
	s := Series{Times: []int64{-5, 0, 10, 99}, Values: []float64{1e9, 1, 2, -1e9}}
	if got := Spark(s, 0, 10, 2); got != "▁█" {
		t.Errorf("got %q", got)
	}
}

// charts are the cases of TestChart; what is expected is in testdata.
func charts() map[string]Chart {
	wave, ramp, gap := Series{}, Series{}, Series{}
	for i := range 120 {
		at := int64(i) * 30_000
		wave.Times, wave.Values = append(wave.Times, at), append(wave.Values, 50+40*math.Sin(float64(i)/9))
		ramp.Times, ramp.Values = append(ramp.Times, at), append(ramp.Values, float64(i))
		if i < 40 || i > 80 {
			gap.Times, gap.Values = append(gap.Times, at), append(gap.Values, float64(i%10))
		}
	}
	const end = 119 * 30_000
	return map[string]Chart{
		"wave":  {Series: wave, To: end, Width: 72, Height: 14, Threshold: new(80.0)},
		"below": {Series: ramp, To: end, Width: 60, Height: 10, Threshold: new(30.0), Below: true},
		"gap":   {Series: gap, To: end, Width: 60, Height: 8},
		"flat":  {Series: Series{Times: []int64{0, end}, Values: []float64{5, 5}}, To: end, Width: 40, Height: 6},
		"empty": {To: end, Width: 40, Height: 6},
		"small": {Series: ramp, To: end, Width: 5, Height: 1},
	}
}

func TestChart(t *testing.T) {
	t.Parallel()
	for name, c := range charts() {
		c.Label = func(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
		c.Clock = func(at time.Time) string { return at.UTC().Format("15:04") }
		c.Paint = func(k Kind, s string) string {
			if k == Breach { // so that the expected file shows it
				return "[" + s + "]"
			}
			return s
		}
		got := strings.Join(c.Lines(), "\n") + "\n"
		file := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: got\n%swant\n%s", name, got, want)
		}
	}
}

// Charts fit into the columns they were given, whatever the values.
func FuzzChartFits(f *testing.F) {
	f.Add(1.0, 2.0, 3.0, 80, 16)
	f.Add(0.0, 0.0, 0.0, 20, 5)
	f.Add(-1e300, 1e300, 1e-300, 100, 20)
	f.Fuzz(func(t *testing.T, a, b, threshold float64, width, height int) {
		for _, v := range []float64{a, b, threshold} {
			if math.IsNaN(v) || math.Abs(v) > 1e300 {
				t.Skip()
			}
		}
		width, height = 20+abs(width%200), 3+abs(height%50)
		c := Chart{Series: Series{Times: []int64{0, 50, 100}, Values: []float64{a, b, a}}, To: 100, Width: width, Height: height, Threshold: &threshold,
			Label: func(float64) string { return "12 ms" }, Clock: func(time.Time) string { return "15:04" }}
		for _, l := range c.Lines() {
			if n := utf8.RuneCountInString(l); n > width {
				t.Errorf("%d columns, want at most %d: %q", n, width, l)
			}
		}
	})
}
