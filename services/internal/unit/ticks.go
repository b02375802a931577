package unit

import (
	"math"
	"strconv"
)

// Tick is one line of an axis.
type Tick struct {
	Value float64
	Label string
}

// Ticks returns at most most+1 evenly spaced ticks that enclose lo..hi, on
// round numbers of the unit, all written with one prefix.
func (u Unit) Ticks(lo, hi float64, most int) []Tick {
	s, size := u.scale(max(math.Abs(lo), math.Abs(hi)) * u.factor)
	size /= u.factor
	step := roundStep((hi-lo)/size, most, u.stepsAt(size), func(step float64) bool {
		return math.Ceil(hi/size/step-1e-9)-math.Floor(lo/size/step+1e-9) <= float64(most)
	})
	first, last := math.Floor(lo/size/step+1e-9), math.Ceil(hi/size/step-1e-9)
	if last <= first {
		last = first + 1
	}
	digits := decimals(step)
	var ticks []Tick
	for i := first; i <= last && len(ticks) <= most+1; i++ {
		v := i * step
		ticks = append(ticks, Tick{v * size, u.tick(tickNumber(v, digits), s)})
	}
	return ticks
}

// tick writes a number of the axis: zero without a prefix, and all without a
// long unit, which stands beside the last value.
func (u Unit) tick(number string, s scale) string {
	if number == "0" && s.suffix != " %" {
		return number
	}
	if len([]rune(u.suffix)) > 2 {
		u.suffix = ""
	}
	return u.write(number, s)
}

// stepsAt is the unit's own steps where they are round: 256 MiB, 15 min; below
// one of a prefix only tenths are.
func (u Unit) stepsAt(size float64) []float64 {
	if size*u.factor < 60 && len(u.steps) == len(clockSteps) && u.steps[2] == clockSteps[2] {
		return decimalSteps // ms and s are decimal
	}
	return u.steps
}

// roundStep returns the smallest step of the list, times a power of ten (or,
// below 1, of ten in decimal steps), that fits.
func roundStep(span float64, most int, steps []float64, fits func(float64) bool) float64 {
	if rough := span / float64(most); rough >= 1 {
		for _, s := range steps {
			if s >= rough*0.999 && fits(s) {
				return s
			}
		}
	}
	power := math.Pow(10, math.Floor(math.Log10(span/float64(most))))
	if power == 0 || math.IsInf(power, 0) || math.IsNaN(power) {
		return max(span, math.SmallestNonzeroFloat64*1e10)
	}
	for range 4 {
		for _, s := range decimalSteps {
			if fits(s * power) {
				return s * power
			}
		}
		power *= 10
	}
	return span
}

func decimals(step float64) int {
	for d := range 6 {
		scaled := step * math.Pow(10, float64(d))
		if math.Abs(scaled-math.Round(scaled)) < 1e-6*scaled {
			return d
		}
	}
	return 6
}

func tickNumber(v float64, digits int) string {
	if v == 0 {
		return "0"
	}
	if a := math.Abs(v); a >= 1e6 || a < 1e-5 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}
