package forecast

import "math"

const (
	hourMillis = 3_600_000
	keep       = 14 * day // hours that a Filling remembers
	// Farthest is how far a Filling looks, in hours.
	Farthest = 14 * day
	// warm is how many hours it has to know before it says anything.
	warm = 2 * day
)

// Filling forecasts when a series reaches a limit: a disk that fills up. It
// keeps the largest value of each hour of 14 days. It is not safe for
// concurrent use.
type Filling struct{ s filling }

type filling struct {
	hour  int64 // number of the hour under way, since 1970
	hours int32 // remembered, at most keep; the last is hour-1
	count int32 // values of the hour under way
	most  float64
	last  float64
	ring  [keep]float32
}

// Full is when a series reaches its limit.
type Full struct {
	// Hours from the last value on.
	Hours float64
	// Confidence is from 0 to 1: how well what the same method said a day ago
	// fits the day since. 0.5 is an error as large as the growth itself.
	Confidence float64
}

// NewFilling returns a Filling that knows nothing yet.
func NewFilling() *Filling { return &Filling{} }

// Observe takes in the value v at t (milliseconds since 1970). What is older
// than the hour under way, no number, or not to be learned is left out.
func (f *Filling) Observe(t int64, v float64, learn bool) {
	s := &f.s
	if !usable(v) || !learn || t < 0 {
		return
	}
	hour := t / hourMillis
	switch {
	case s.hours == 0 && s.count == 0:
		s.hour = hour
	case hour < s.hour:
		return
	case hour > s.hour:
		f.close(hour)
	}
	if s.count == 0 || v > s.most {
		s.most = v
	}
	s.count++
	s.last = v
}

// close ends the hour under way. Hours without values are as the one before;
// after more than 14 days without everything begins anew.
func (f *Filling) close(next int64) {
	s := &f.s
	if next-s.hour > keep {
		s.hours = 0
	} else {
		for h := s.hour; h < next; h++ {
			s.ring[h%keep] = float32(s.most)
			s.hours = min(s.hours+1, keep)
		}
	}
	s.hour, s.most, s.count = next, 0, 0
}

// Learning says whether too little is known for an answer: less than two days.
func (f *Filling) Learning() bool { return f.s.hours < warm }

// To returns when the series reaches limit; ok is false when that is not
// within Farthest hours, or not yet known.
func (f *Filling) To(limit float64) (_ Full, ok bool) {
	s := &f.s
	if s.count > 0 && s.last >= limit {
		return Full{Confidence: 1}, true
	}
	var buffer [keep + 1]float64
	y := buffer[:0]
	for i := int64(s.hours); i > 0; i-- {
		y = append(y, float64(s.ring[(s.hour-i)%keep]))
	}
	if s.count > 0 {
		y = append(y, s.most)
	}
	if len(y) < warm {
		return Full{}, false
	}
	before := s.last
	for i, v := range grow(y, Farthest) {
		if v >= limit {
			full := Full{Hours: float64(i) + 0.5, Confidence: trust(y)}
			if i > 0 && v > before {
				full.Hours = float64(i) + (limit-before)/(v-before)
			}
			return full, true
		}
		before = v
	}
	return Full{}, false
}

// trust compares the last day with what would have been said of it.
func trust(y []float64) float64 {
	if len(y) < warm+day {
		return 0.5
	}
	cut := len(y) - day
	wrong, grown := 0.0, 0.0
	for i, said := range grow(y[:cut], day) {
		wrong += math.Abs(y[cut+i] - said)
		grown += math.Abs(y[cut+i] - y[cut+i-day])
	}
	if wrong == 0 {
		return 1
	}
	return grown / (grown + wrong)
}
