package forecast

import (
	"math"
	"slices"
)

// Growth from one day to the next: what is the same every day (a rotation, a
// nightly load) is not in it, and what happened once (a clean-up) is in 24
// values of it only, which a median does not see.
const (
	recent  = 36  // hours of growth that its rate is the median of
	window  = 48  // hours of each of the three windows that show acceleration
	slowest = 0.8 // factor of a day's growth to the next
	fastest = 1.2 //
	weekly  = 0.7 // a week ago has to be this much closer than yesterday
	alike   = 2   // days that the shape of a day is the mean of
	cleanUp = 12  // usual changes of growth in an hour that make a fall a clean-up
	weekAge = week + 2*day
)

// grow returns the n hours that come after the hours y, of which it needs at
// least two days.
func grow(y []float64, n int) []float64 {
	y = level(y)
	grown := make([]float64, 0, keep)
	for i := day; i < len(y); i++ {
		grown = append(grown, y[i]-y[i-day])
	}
	path := make([]float64, n)
	if byWeek(grown) {
		for h := range path {
			from := 0.0
			if h < day {
				from = y[len(y)-day+h]
			} else {
				from = path[h-day]
			}
			path[h] = from + grown[len(grown)-week+h%week]
		}
		return path
	}
	rate := median(grown, 0, min(len(grown), recent))
	factor := math.Exp(quickening(grown))
	days, rise := 0, 0.0 // rise: growth of the days so far
	for h := range path {
		if h/day >= days {
			days++
			rise += rate * math.Pow(factor, float64(days))
		}
		at, sum := len(y)-day+h%day, 0.0
		for j := range alike {
			sum += y[at-day*j] + rate*float64(j)
		}
		path[h] = sum/alike + rise
	}
	return path
}

// level returns y as if what fell once had never been there: a clean-up, a
// reset. What falls at the same hour of the day before is no such thing.
func level(y []float64) []float64 {
	falls := make([]float64, 0, keep)
	for i := day + 1; i < len(y); i++ {
		falls = append(falls, math.Abs(y[i]-y[i-1]-(y[i-day]-y[i-day-1])))
	}
	usual := median(falls, 0, len(falls))
	out := slices.Clone(y)
	gone := 0.0
	for i := len(y) - 1; i > day; i-- {
		out[i] += gone
		fall := y[i] - y[i-1]
		// nor is its return a day later
		if new := fall - min(y[i-day]-y[i-day-1], 0); new < -cleanUp*usual && new < -1e-9 {
			gone += new
		}
	}
	for i := range day + 1 {
		out[i] += gone
	}
	return out
}

// median returns the median of count values that end ago values before the end
// of v; NaN when there are not as many.
func median(v []float64, ago, count int) float64 {
	to := len(v) - ago
	if to < count || count < 1 {
		return math.NaN()
	}
	w := slices.Clone(v[to-count : to])
	slices.Sort(w)
	return w[count/2]
}

// quickening returns the logarithm of the factor from a day's growth to the
// next: what two changes, between three windows, agree on. A rate that changed
// once is no acceleration.
func quickening(grown []float64) float64 {
	a, b, c := median(grown, 0, window), median(grown, window, window), median(grown, 2*window, window)
	if !(a > 0 && b > 0 && c > 0) {
		return 0
	}
	last, before := math.Log(a/b), math.Log(b/c)
	if last*before <= 0 {
		return 0
	}
	q := math.Copysign(min(math.Abs(last), math.Abs(before)), last) * day / window
	return max(math.Log(slowest), min(math.Log(fastest), q))
}

// byWeek says whether growth follows the week: whether a week ago tells more
// of an hour than the day before.
func byWeek(grown []float64) bool {
	if len(grown) <= weekAge {
		return false
	}
	weekAgo, dayBefore := 0.0, 0.0
	for i := max(week, len(grown)-week); i < len(grown); i++ {
		weekAgo += math.Abs(grown[i] - grown[i-week])
		sum := 0.0
		yesterday := grown[i-2*day : i-day+1]
		for _, v := range yesterday {
			sum += v
		}
		dayBefore += math.Abs(grown[i] - sum/float64(len(yesterday)))
	}
	return weekAgo < weekly*dayBefore
}
