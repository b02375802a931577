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

// scaled is the channel that the band is of.
const scaled = 5

// shipped are the constants that everything runs with.
var shipped = params{
	quantile: 0.02, decades: 1.69897, tailWeight: 60, priorSlope: 0.15, priorWeight: 4,
	clip: 4, memory: 9825,
	kinds:    [channels]kind{ofValue, ofValue, ofValue, ofResidual, ofResidual, ofScaled, ofScaled, ofLocal, ofVolatility},
	spans:    [channels]float64{1, 4, 40, 1, 8, 1, 8, 1, 12},
	gain:     [inputs]float64{0, 1, 0, 1.16, 0, 0, 0, 1.41, 0, 1.4},
	cost:     [inputs]float64{0, -0.1, 0, -0.71, 0, 0, 0, 0.06, 0, -0.16},
	downCost: 0.17, second: 0.35, share: 0.24, seasonal: 3,
	record: 5.3, recordBy: 0.0274,
	dayRate: 0.08, fastRate: 0.3, weekRate: 0.21,
	rest: 0.306, margin: 1.15, hot: 0.84, hotDays: 8.7,
	priorRate: 1.19, priorDecay: 0.288, priorDays: 12.5, soft: 0.85, young: 2, habit: 27,
	calibrateBase: 0.2, calibratePower: 1,
}
