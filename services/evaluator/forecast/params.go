package forecast

import "math"

// shape is one model of the bank: how long its seasons are, and how fast it
// learns. Shares are of an error, unless they say else.
type shape struct {
	season int     // steps
	second int     // steps of a longer season on top of the first; 0: none
	level  float64 // share that the level takes
	trend  float64 // share of the level's change that the trend takes
	gain   float64 // share that the season takes
	gain2  float64 // and the second season
	memory float64 // what is left of the last error a step later; not with a trend
	log    bool    // of the logarithm: for what grows by factors
}

const (
	models  = 5
	day     = 24
	week    = 7 * day
	damping = 0.98 // of a trend, each step
	origins = 8    // past moments whose forecasts are compared with what came
	apart   = 6    // steps between them
	reach   = origins * apart
)

// leads are the numbers of steps ahead for which errors are known; between
// them they are interpolated.
var leads = [...]int{1, 3, 6, 12, 18, 24, 36, 48}

// params are the constants of the method: one set for every series.
type params struct {
	bank  [models]shape
	decay float64 // of errors, each step
	power float64 // a model's weight is its error to the minus this
	// width of the 95 % interval by lead, in mean absolute errors.
	width [len(leads)]float64
}

// shipped are the constants that everything runs with.
var shipped = params{
	bank: [models]shape{
		{season: day, second: week, level: 0.35, gain: 0.6, gain2: 0.2, log: true},
		{season: week, level: 0.0034, gain: 0.47, log: true},
		{season: day, level: 0.066, trend: 0.1, gain: 0.94},
		{season: day, level: 0.074, gain: 0.15, memory: 0.79, log: true},
		{season: week, level: 0.00036, gain: 0.36},
	},
	decay: 0.0036, power: 6,
	width: [len(leads)]float64{2.2, 2.2, 2.4, 2.6, 2.7, 2.85, 3.1, 3.1},
}

// damped[h] is the sum of damping^1 … damping^h: what a trend adds in h steps.
var damped = func() (d [400]float64) {
	f := damping
	for i := 1; i < len(d); i++ {
		d[i] = d[i-1] + f
		f *= damping
	}
	return d
}()

// near returns the two leads around one, and the share of the later.
func near(lead int) (at int, share float64) {
	for at+2 < len(leads) && leads[at+1] <= lead {
		at++
	}
	share = float64(lead-leads[at]) / float64(leads[at+1]-leads[at])
	return at, max(0, min(1, share))
}

// group returns the first of leads that is not before lead.
func group(lead int) int {
	for g, upto := range leads {
		if lead <= upto {
			return g
		}
	}
	return len(leads) - 1
}

// usable says whether a value can be learned.
func usable(v float64) bool { return !math.IsNaN(v) && math.Abs(v) <= 1e30 }
