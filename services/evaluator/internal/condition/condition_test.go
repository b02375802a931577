package condition

import (
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// Each kind has its file and each file its kind.
func TestKindsAreTheFiles(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, e := range entries {
		name, isGo := strings.CutSuffix(e.Name(), ".go")
		if isGo && !strings.HasSuffix(name, "_test") && !slices.Contains([]string{"doc", "condition", "kinds"}, name) {
			files = append(files, name)
		}
	}
	if kinds := slices.Sorted(maps.Keys(Kinds())); !slices.Equal(kinds, files) {
		t.Errorf("kinds %v, files %v", kinds, files)
	}
	for name, k := range Kinds() {
		if k.Doc == "" || k.Operand == 0 || k.Holds == nil || k.Quiet == nil || k.Line == nil || k.Worse == nil || k.Check == nil {
			t.Errorf("%s is not complete", name)
		}
	}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	number := Params{At: 80}
	hysteresis := Params{At: 80, Until: 70, HasUntil: true}
	band := Params{At: 10, To: 20}
	f := func(kind string, p Params, values []float64, want string) {
		t.Helper()
		k := Kinds()[kind]
		got, was, prev := "", false, nan
		for _, v := range values {
			was = k.Holds(&p, v, prev, was)
			prev = v
			got += map[bool]string{true: "x", false: "."}[was]
		}
		if got != want {
			t.Errorf("%s %+v of %v: got %s, want %s", kind, p, values, got, want)
		}
	}
	f("above", number, []float64{79, 80, 80.1, 90, 80, nan}, "..xx..")
	f("above", hysteresis, []float64{75, 81, 75, 70.1, 70, 75, 80.5}, ".xxx..x")
	f("above", Params{At: 80, OrEqual: true}, []float64{79.9, 80, 80.1, nan, 80}, ".xx.x")
	f("below", Params{At: 80, OrEqual: true}, []float64{80.1, 80, 79.9, nan, 80}, ".xx.x")
	f("above", Params{At: 80, Until: 70, HasUntil: true, OrEqual: true}, []float64{79, 80, 71, 70, 79}, ".xx..")
	f("below", number, []float64{81, 80, 79.9, nan, 0}, "..x.x")
	f("below", Params{At: 5, Until: 10, HasUntil: true}, []float64{6, 4, 9, 10, 6}, ".xx..")
	f("outside", band, []float64{9, 10, 15, 20, 21, nan}, "x...x.")
	f("outside", Params{At: 10, To: 20, Until: 12, UntilTo: 18, HasUntil: true}, []float64{11, 9, 11, 12, 19, 21, 19, 18}, ".xx..xx.")
	f("inside", band, []float64{9, 10, 15, 20, 21}, ".xxx.")
	f("inside", Params{At: 10, To: 20, Until: 8, UntilTo: 22, HasUntil: true}, []float64{9, 10, 9, 22, 23, 22}, ".xxx..")
	f("equals", Params{At: 3}, []float64{2, 3, 3, 4}, ".xx.")
	f("changed", Params{}, []float64{2, 2, 3, 3, nan, 3}, "..x...")
}

// What a kind calls quiet never begins to hold, whatever was before.
func TestQuietIsQuiet(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for name, k := range Kinds() {
		for range 2000 {
			p := Params{At: math.Round(r.NormFloat64() * 10), OrEqual: r.IntN(2) == 0}
			p.To = p.At + math.Round(r.Float64()*10)
			if r.IntN(2) == 0 {
				p.HasUntil, p.Until, p.UntilTo = true, p.At+math.Round(r.NormFloat64()*3), p.To
			}
			if k.Check(&p) != nil {
				continue
			}
			lo, hi, ok := k.Quiet(&p)
			v := math.Round(r.NormFloat64() * 15)
			if ok && v >= lo && v <= hi && k.Holds(&p, v, math.NaN(), false) {
				t.Fatalf("%s %+v: %v is quiet and holds", name, p, v)
			}
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	bad := map[string]Params{
		"above":   {At: 80, Until: 90, HasUntil: true},
		"below":   {At: 80, Until: 70, HasUntil: true},
		"outside": {At: 20, To: 10},
		"inside":  {At: 10, To: 20, Until: 11, UntilTo: 19, HasUntil: true},
	}
	for name, p := range bad {
		if Kinds()[name].Check(&p) == nil {
			t.Errorf("%s %+v passes", name, p)
		}
	}
}
