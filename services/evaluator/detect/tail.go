package detect

import "math"

// tail is a streaming power-law tail of a statistic s >= 0: what share of its
// values is as large as s. The state is float32, the arithmetic float64.
type tail struct {
	usual float32 // about the 70 % quantile
	limit float32 // about the 98 % quantile
	slope float32 // mean of ln(s/limit) above it
	n     float32 // excesses in slope
	seen  float32 // values, at most 500
	scale float32 // mean
}

// most is the largest answer of a tail, in decades.
const most = 20

// decades returns -log10 of the share of values as large as s: 3 is one in a
// thousand by this series' own history.
// What is below floor differs from nothing by nothing that matters.
func (t *tail) decades(p *params, s, floor float64) float64 {
	if s <= 0 {
		return 0
	}
	usual := max(float64(t.usual), floor)
	if s <= usual {
		return usualDecades * s / usual
	}
	limit := max(t.above(), 1.25*floor)
	d := p.decades
	if s <= limit {
		return usualDecades + (d-usualDecades)*(s-usual)/(limit-usual)
	}
	return min(d+math.Log(s/limit)/(t.steepness(p)*math.Ln10), most)
}

// above is the limit that excesses are counted from: well above what is usual,
// so that a value that comes again and again is none.
func (t *tail) above() float64 { return max(float64(t.limit), 1.25*float64(t.usual)) }

// usualDecades is -log10 of the share of values above usual.
const (
	usualShare   = 0.3
	usualDecades = 0.523
)

// value is the inverse of decades, for d above that of the limit.
func (t *tail) value(p *params, d float64) float64 {
	return t.above() * math.Exp((d-p.decades)*t.steepness(p)*math.Ln10)
}

func (t *tail) steepness(p *params) float64 {
	n := float64(t.n)
	return (float64(t.slope)*n + p.priorSlope*p.priorWeight) / (n + p.priorWeight)
}

// learn takes in one value.
func (t *tail) learn(p *params, s float64) {
	seen := min(float64(t.seen)+1, 500)
	scale := float64(t.scale) + (s-float64(t.scale))/seen
	step := 3 * scale * max(0.02, 1/seen)
	limit := float64(t.limit)
	if s > limit {
		limit += step * (1 - p.quantile)
	} else {
		limit -= step * p.quantile
	}
	limit = max(limit, scale)
	usual := float64(t.usual)
	if s > usual {
		usual += step / 3 * (1 - usualShare)
	} else {
		usual = max(0, usual-step/3*usualShare)
	}
	t.usual = float32(usual)
	if base := max(limit, 1.25*usual); s > base && base > 0 {
		limit := base
		e := min(math.Log(s/limit), p.clip/2)
		n := min(float64(t.n)+1, p.tailWeight)
		t.slope += float32((e - float64(t.slope)) / n)
		t.n = float32(n)
	}
	t.limit, t.seen, t.scale = float32(limit), float32(seen), float32(scale)
}
