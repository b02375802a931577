package given

import (
	"math"
	"time"
)

// Most is how many other values there may be.
const Most = 8

// Deviations is how many standard deviations of a normal distribution the edge of
// a band is away, which one sample in 200 is beyond.
const Deviations = 2.576

const (
	// memory is the time in which a sample comes to count a third, in ms.
	memory = float64(5 * 24 * time.Hour / time.Millisecond)
	// longest is what a gap counts as, at most.
	longest = float64(time.Hour / time.Millisecond)
	// warm and warmFor are how many samples, and for how long, are only learned.
	warm    = 200
	warmFor = int64(6 * time.Hour / time.Millisecond)
	// absorbed is after how long outside on one side a value is the new normal.
	absorbed = int64(24 * time.Hour / time.Millisecond)
	// run is how many samples outside on one side are an incident.
	run = 3
	// PerOff is the standard deviation of a normal distribution by its mean
	// distance from the middle, and LeastSpread the least deviation that counts, as
	// a part of what is expected.
	PerOff, LeastSpread = 1.2533, 0.01
	// ridge is how much more the covariances have on their diagonal.
	ridge = 0.01
	// bend is how much of what is extrapolated is uncertain.
	bend = 0.5
	// absurd is what no measured value is beyond.
	absurd = 1e100
)

// Verdict is what was expected of a value, by what was known before it.
type Verdict struct {
	Expected, Lower, Upper float64
	// Learning: too little is known; the rest is NaN.
	Learning bool
}

// Model is what was learned of one value and k others. It belongs to one
// goroutine at a time.
type Model struct {
	k           int
	first, last int64 // ms
	n           float64
	my          float64
	mx, lo, hi  [Most]float64
	cxx         [Most][Most]float64 // the lower half
	cxy         [Most]float64
	off         float64 // the mean distance from what was expected
	since       int64   // from when on it is outside on one side; 0: it is not
	side        float64 // the mean distance since then
	sides       float64 // samples in it
}

// New returns a model of a value and k others, at most [Most].
func New(k int) *Model { return &Model{k: min(max(k, 0), Most)} }

// Others returns k.
func (m *Model) Others() int { return m.k }

// Observe judges a sample by those before it and, if learn is set, learns it.
// len(x) is k.
func (m *Model) Observe(at int64, y float64, x []float64, learn bool) Verdict {
	nan := math.NaN()
	learning := Verdict{nan, nan, nan, true}
	if len(x) != m.k || at <= m.last || !sane(y) {
		return learning
	}
	for _, v := range x {
		if !sane(v) {
			return learning
		}
	}
	expected, wider, bent := m.predict(x)
	half := Deviations*max(PerOff*m.off, LeastSpread*math.Abs(expected))*wider + bent
	v := Verdict{expected, expected - half, expected + half, m.n < warm || at-m.first < warmFor}
	if learn {
		m.learn(at, y, x, expected, half, !v.Learning)
	}
	if v.Learning {
		return learning
	}
	return v
}

func sane(v float64) bool { return math.Abs(v) <= absurd } // false for NaN

// predict returns what is expected, by how much the band is wider than usual,
// and what is added to that.
func (m *Model) predict(x []float64) (expected, wider, bent float64) {
	var l [Most][Most]float64
	var b, d [Most]float64
	if m.n < 2 || !m.factor(&l) {
		return m.my, 1, 0
	}
	for i := range x {
		b[i], d[i] = m.cxy[i], x[i]-m.mx[i]
	}
	solve(&l, &b, m.k)
	expected = m.my
	z := d
	solve(&l, &z, m.k)
	leverage := 0.0
	for i := range x {
		expected += b[i] * d[i]
		leverage += z[i] * d[i]
		bent += bend * math.Abs(b[i]) * max(x[i]-m.hi[i], m.lo[i]-x[i], 0)
	}
	return expected, math.Sqrt(1 + max(leverage, 0)/m.n), bent
}

// factor is the Cholesky factor of the covariances with the ridge; what never
// changes is left out.
func (m *Model) factor(l *[Most][Most]float64) bool {
	for i := range m.k {
		still := m.still(i)
		for j := range i + 1 {
			sum := 0.0
			switch {
			case i == j && still:
				sum = 1
			case i == j:
				sum = m.cxx[i][i] * (1 + ridge)
			case !still && !m.still(j):
				sum = m.cxx[i][j]
			}
			for p := range j {
				sum -= l[i][p] * l[j][p]
			}
			if i == j {
				if !(sum > 0) {
					return false
				}
				l[i][i] = math.Sqrt(sum)
				continue
			}
			l[i][j] = sum / l[j][j]
		}
	}
	return true
}

// still reports whether the other has not changed so far.
func (m *Model) still(i int) bool { return m.cxx[i][i] <= 1e-14*m.mx[i]*m.mx[i] }

// solve puts the solution of l l' s = b into b.
func solve(l *[Most][Most]float64, b *[Most]float64, k int) {
	for i := range k {
		for j := range i {
			b[i] -= l[i][j] * b[j]
		}
		b[i] /= l[i][i]
	}
	for i := k - 1; i >= 0; i-- {
		for j := i + 1; j < k; j++ {
			b[i] -= l[j][i] * b[j]
		}
		b[i] /= l[i][i]
	}
}

func (m *Model) learn(at int64, y float64, x []float64, expected, half float64, judged bool) {
	if m.n == 0 {
		m.first, m.my = at, y
		copy(m.mx[:], x)
		copy(m.lo[:], x)
		copy(m.hi[:], x)
		m.n, m.last = 1, at
		return
	}
	gap := min(float64(at-m.last), longest)
	m.last = at
	m.n = min(m.n+1, max(memory/gap, warm))
	distance := y - expected
	if judged {
		m.shift(at, distance, half)
		distance = min(max(distance, -half), half)
	}
	// An outlier counts as no more than twice the usual, so that an incident
	// widens the band only slowly.
	off := math.Abs(distance)
	if judged {
		off = min(off, 2*max(m.off, LeastSpread*math.Abs(expected)/PerOff))
	}
	// Before, the line goes through all there is; in an incident, which is outside
	// on one side, nothing can be learned of the width.
	if m.n > 2*float64(m.k)+2 && (m.since == 0 || m.sides < run) {
		m.off += (off - m.off) / min(m.n, warm)
	}
	a := 1 / m.n
	var d [Most]float64
	dy := expected + distance - m.my
	for i := range m.k {
		d[i] = x[i] - m.mx[i]
		m.lo[i], m.hi[i] = min(m.lo[i], x[i]), max(m.hi[i], x[i])
	}
	for i := range m.k {
		for j := range i + 1 {
			m.cxx[i][j] += a * ((1-a)*d[i]*d[j] - m.cxx[i][j])
		}
		m.cxy[i] += a * ((1-a)*d[i]*dy - m.cxy[i])
		m.mx[i] += a * d[i]
	}
	m.my += a * dy
}

// shift takes what is outside on one side for long as the new normal.
func (m *Model) shift(at int64, distance, half float64) {
	if math.Abs(distance) <= half || m.since != 0 && (distance > 0) != (m.side > 0) {
		m.since = 0
		return
	}
	if m.since == 0 {
		m.since, m.side, m.sides = at, distance, 1
		return
	}
	m.sides++
	m.side += (distance - m.side) / m.sides
	if at-m.since >= absorbed {
		m.my += m.side
		m.since = 0
	}
}
