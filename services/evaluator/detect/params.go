package detect

// params are the constants of the method: one set for every series.
type params struct {
	// quantile is the share of values above a tail's limit, decades that as a
	// logarithm; tailWeight bounds the excesses that its slope remembers, and
	// priorSlope and priorWeight are what it believes before it has seen any.
	quantile, decades, tailWeight, priorSlope, priorWeight float64
	// clip bounds what one value may teach, in deviations.
	clip float64
	// memory is the longest memory of means and spreads, in samples.
	memory float64
	// kinds and spans of the channels; a span is in samples, 1 is no smoothing.
	kinds [channels]kind
	spans [channels]float64
	// seasonal is the age, in days, from which residuals count.
	seasonal float64
	// an input contributes gain*decades - cost, with downCost less decades when
	// it fell; gain 0: not used.
	gain, cost [inputs]float64
	downCost   float64
	// share of the usual error that is added to that of a time of day.
	share float64
	// second is the weight of the second strongest input.
	second float64
	// record is added to a value that is beyond the range seen by recordBy of it.
	record, recordBy float64
	// rates of the profiles: the share that one visit changes them by.
	dayRate, fastRate, weekRate float64
	// rest is how long an alert is remembered, in days; margin by how much the
	// next has to be stronger. hot is the share of what was at this time of day
	// that counts likewise, hotDays how long it does.
	rest, margin, hot, hotDays float64
	// priorRate is the decadic logarithm of onsets a day at strength 0,
	// priorDecay its fall for each unit of strength, priorDays the days of
	// evidence it stands for; soft is the width of "as strong as", in strength.
	priorRate, priorDecay, priorDays, soft float64
	// young is the age, in days, at which a series is trusted half as much.
	young float64
	// habit is the memory for onsets, in days.
	habit float64
	// days between false alerts are 10^calibrateBase * (what the gate
	// says)^calibratePower.
	calibrateBase, calibratePower float64
}

// residual is the channel that the band is of.
const residual = 1

// shipped are the constants that everything runs with.
var shipped = params{
	quantile: 0.02, decades: 1.69897, tailWeight: 32, priorSlope: 0.15, priorWeight: 2.4,
	clip: 4, memory: 7840,
	kinds:    [channels]kind{ofValue, ofResidual, ofLocal},
	spans:    [channels]float64{40, 1, 1},
	gain:     [inputs]float64{0.967, 1.16, 1.7, 1.414},
	cost:     [inputs]float64{0.0044, -0.4734, 0.3006, -0.1423},
	downCost: -0.1444, second: 0.5167, share: 0.4989, seasonal: 4,
	record: 3.44, recordBy: 0.0241,
	dayRate: 0.2045, fastRate: 0.6207, weekRate: 0.21,
	rest: 0.9564, margin: 0.4713, hot: 1, hotDays: 12.15,
	priorRate: 1.308, priorDecay: 0.2647, priorDays: 45.65, soft: 0.9592, young: 0.76, habit: 63.4,
	calibrateBase: 0.253, calibratePower: 1.356,
}
