// Package given learns what a value is, given others that were measured at the
// same time: a CPU by the requests that it serves, so that high CPU that traffic
// explains is nothing unexpected.
//
//	m := given.New(2)
//	v := m.Observe(at, cpu, []float64{requests, bytes}, true)
//	if !v.Learning && cpu > v.Upper {
//		fmt.Println(cpu, "expected", v.Expected)
//	}
//
// # Method
//
// Linear regression in moving averages: means m and covariances C of the others
// x and of the value y, in which a sample counts exp(-age/5d), or 1/n while there
// are few; then
//
//	expected = my + b (x - mx),  (C + 0.01 diag C) b = cxy
//
// with a ridge (Hoerl and Kennard 1970), as others often go together. The band is
// where one value in 200 is above it, and one below, by the mean distance from
// what was expected, widened
//
//	by sqrt(1 + h), h = (x - mx)' (C + ridge)^-1 (x - mx) / n,
//
// for what was seldom seen (the variance of a prediction), and by half of what
// is extrapolated where one of x is out of the range that it ever had: a line
// may bend there.
//
// A value outside the band teaches no more than the edge of the band, so an
// incident does not become normal. What stays outside on one side for a day
// does: then everything moves by the mean distance.
//
// # Guarantees
//
// The first 200 samples, and the first six hours, are learned and judge nothing.
// Strictly causal. State is 0.1 KB for one other value and 0.6 for eight;
// marshalling it and taking it over at any point changes no later verdict, bit for
// bit, on one kind of processor. Values that are late, NaN, infinite or absurd change nothing.
// An Observe allocates nothing.
package given
