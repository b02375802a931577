// Package detect judges the samples of a series by what the series did before:
// a score, what was expected, and an alert whose rarity is said in words that
// people understand, "about one false alert in 30 days".
//
//	d := detect.New(detect.Options{Zone: berlin})
//	for _, s := range samples {
//		v := d.Observe(s.Millis, s.Value, true)
//		if v.Level == detect.Critical {
//			fmt.Println(s.Value, "expected", v.Expected, "one in", v.Days, "days")
//		}
//	}
//
// # Method
//
// All evidence is in decades: 3 means "one in 1000 by this series' own history".
//
// A tail is a streaming estimate of how rare values s >= 0 are: its limit u is
// the 98 % quantile, found by stochastic approximation, and above it ln(s/u) is
// exponential with the mean of the last excesses, H = (h*n + h0*n0)/(n + n0):
//
//	decades(s) = 1.7 + ln(s/u)/(H ln 10)     s > u
//
// below it is linear, by way of the 70 % quantile, so that what comes again and
// again is nothing. Sources: peaks over threshold (Pickands 1975), streaming as
// in Siffer et al. 2017; Hill 1975 for H; Robbins and Monro 1951 for u.
//
// Inputs are judged by tails, upwards and downwards: the value smoothed over 40
// samples, and its distance to a mean of 30 samples, as deviations from a long
// clipped mean; the residual of the seasons, by its usual size at that time of
// day; and the difference to the last value. The strength of the evidence is
// the best of them, linear in its decades, plus a share of the second best,
// plus a bonus for what is outside the range seen.
//
// Seasons are four predictions, mixed by error^-4: a mean of about a day, the
// mean of each half hour of the day, slow and fast, from the second day on, and
// of each hour of the week from the eighth. They are of local time: a day that
// clocks change is like any other. What is outside the band teaches no more
// than half a band, so an incident does not become normal; what stays outside
// on one side for a day does: then everything moves by the mean distance. The
// band is where one value in 200 is above it, and one below, by the tails of
// the residual and its usual size at that time of day.
//
// The gate makes one alert of an event: an onset has to be stronger, by a
// margin, than what is remembered of the last alert, which fades over hours,
// not samples, and than what was at this half hour of the days before. It then
// counts how often this series has onsets as strong, c in T days, and mixes
// that with what is believed of all series (a conjugate prior of d days):
//
//	1/days = (10^(a-b*S) * d + c(>= S)) / (d + T) * (1 + young/age) * often
//
// which a last constant turns into days between false alerts as measured.
//
// # Defaults
//
// warning is one false alert in 30 days, critical one in 180; the first 50
// samples and 30 hours are learned and have no alert. There is one set of
// constants, in params.go, for every series; nothing looks ahead, not even at a
// series' minimum and maximum.
//
// # Figures
//
// scripts/bench detection measures them, over the development part of NAB (38
// series, 69 windows), with the constants as shipped:
//
//	NAB standard, low FP                          73.3, 68.1   (floor 70, 60; goal 76, 70: missed)
//	windows found at 0.02 false alerts a week     49 %         (floor 45; goal 60: missed)
//	              at 0.25                         68 %         (floor 68; goal 80: missed)
//	false alerts a series-week, critical          0.00         (goal 0.05), with 33 % of windows found
//	                            warning           0.09         (goal 0.25), with 58 %
//	on series without anomaly                     none
//	a sample, state                               0.34 us, 2.4 KB (goal 1 us, 4 KB)
//
// These constants have seen that data: expect less of what they have not seen.
// An earlier form with the same parts, fitted to tweets and artificial series
// only, reached 63.2, 58.3 on CloudWatch's (69.4, 63.8 on its own); fitted to
// CloudWatch's only, 58.9, 53.7 on the others (79.3, 77.4). The same series
// averaged to 15 minutes, which nothing was chosen for alone, reach 69.5, 66.2.
// The prototype's constants, in an implementation of our own, reached 65.1, 58.7.
//
// Days are calibrated on NAB and on generated series without anomaly, of one,
// five and sixty minutes. By kind these have from 0 to 0.8 warnings a week (0.23
// would be as said) and from 0 to 0.17 critical (0.04): pure noise, bursts and
// heavy tails in their first three weeks are the worst, shapes that repeat have
// none.
//
// # Guarantees
//
// Strictly causal: a verdict depends on the samples before and nothing else.
// State is below 3 KB; marshalling it and taking it over at any point changes
// no later verdict, bit for bit, on one kind of processor. Gaps and uneven
// intervals are as they come; late, NaN, infinite and absurd values change
// nothing, nor do samples with learn false (maintenance). An Observe allocates
// nothing.
package detect
