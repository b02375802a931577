package world

import "math"

// shape is how busy something is at a time (Unix seconds): 0 at rest, about 1 at an
// ordinary peak. It may exceed 1 on an extraordinary day.
type shape func(at int64) float64

const (
	minute = 60
	hour   = 60 * minute
	day    = 24 * hour
)

// local is the shop's time of day in hours and its day of the week, Monday 0. The
// shop is at UTC+1 all year: a rhythm needs no daylight saving.
func local(at int64) (hours float64, weekday int64) {
	at += hour
	return float64(at%day) / hour, (at/day + 3) % 7 // 1 January 1970 was a Thursday
}

// traffic is people's: a peak in the afternoon, quiet nights, weaker weekends, a per
// cent more a week, and one day (two before the stories' start) of far too much.
func (w *World) traffic(at int64) float64 {
	h, weekday := local(at)
	v := 0.5 + 0.5*math.Cos((h-15)*math.Pi/12)
	v = 0.12 + 0.88*v*v
	if weekday >= 5 {
		v *= 0.6
	}
	v *= 1 + 0.01*float64(at-w.start)/(7*day)
	if at >= w.start-2*day && at < w.start-day {
		v *= 1.8
	}
	return max(v, 0.02)
}

// office is work: Monday to Friday from eight to six.
func office(at int64) float64 {
	h, weekday := local(at)
	if weekday >= 5 || h < 8 || h >= 18 {
		return 0
	}
	return min(1, (h-8)*2, (18-h)*2)
}

// nightly is a batch from one to half past four.
func nightly(at int64) float64 {
	if h, _ := local(at); h >= 1 && h < 4.5 {
		return 1
	}
	return 0
}

// steady is always as busy.
func steady(level float64) shape { return func(int64) float64 { return level } }

// until is the shape before a time, and the other one since.
func until(end int64, before, since shape) shape {
	return func(at int64) float64 {
		if at < end {
			return before(at)
		}
		return since(at)
	}
}

// within tells whether at lies in the first length seconds of a cycle of every
// seconds that is moved by offset.
func within(at, every, offset, length int64) bool {
	into := (at - offset) % every
	return into >= 0 && into < length
}

// saw climbs from 0 to 1 in each cycle of every seconds.
func saw(at, every, offset int64) float64 {
	return float64(floorMod(at-offset, every)) / float64(every)
}

func floorMod(a, b int64) int64 { return a - floor(a, b) }

// around is v, moved by at most the share by.
func around(v float64, dice uint64, by float64) float64 { return v * (1 + by*noise(dice)) }

// gauge is a metric of n samples a period, near what level says; from and to bound it.
func gauge(n, by, from, to float64, level shape) generator {
	return func(at int64, dice uint64) (point, bool) {
		v := min(max(around(level(at), dice, by), from), to)
		if n == 1 {
			return one(v), true
		}
		p := spread(n, v, 0.6*by)
		p.min, p.max = max(p.min, from), min(p.max, to)
		return p, true
	}
}

// exact is a gauge without noise.
func exact(level shape) generator {
	return func(at int64, _ uint64) (point, bool) { return one(level(at)), true }
}

// counter counts what level says happens in a period; whole numbers.
func counter(by float64, level shape) generator {
	return func(at int64, dice uint64) (point, bool) {
		return one(math.Round(max(around(level(at), dice, by), 0))), true
	}
}

// events is a counter whose every sample is 1, as of requests.
func events(by float64, level shape) generator {
	return func(at int64, dice uint64) (point, bool) {
		n := math.Round(max(around(level(at), dice, by), 0))
		if n == 0 {
			return point{}, false
		}
		return point{n, n, 1, 1}, true
	}
}

// rare is events of which a share of them that depends on the time happens; as AWS's
// counters of errors it has no point where there were none.
func rare(of, share shape) generator {
	return func(at int64, dice uint64) (point, bool) {
		expected := of(at) * share(at)
		n := math.Floor(expected + unit(dice))
		if n == 0 {
			return point{}, false
		}
		return point{n, n, 1, 1}, true
	}
}

// latency is the duration of requests: a long tail above many short ones.
func latency(requests, mean shape) generator {
	return func(at int64, dice uint64) (point, bool) {
		n := math.Round(requests(at))
		if n == 0 {
			return point{}, false
		}
		v := around(mean(at), dice, 0.1)
		if n == 1 {
			return one(v), true
		}
		return point{n, n * v, v * 0.3, v * 6}, true
	}
}

// times is a shape, scaled.
func (s shape) times(f float64) shape { return func(at int64) float64 { return f * s(at) } }

// between maps a shape's 0 to low and its 1 to high.
func (s shape) between(low, high float64) shape {
	return func(at int64) float64 { return low + (high-low)*s(at) }
}
