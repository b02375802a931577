package chart

// breach draws a metric that crossed a limit: the time it was beyond is shaded,
// the line takes the limit's colour there, the worst value and the last ones
// are written.
func breach(p *plot) []layer {
	return []layer{
		{"header", drawHeader},
		{"area", drawArea},
		{"breaches", drawBreaches},
		{"grid", drawGrid},
		{"bands", drawBands},
		{"excess", drawExcess},
		{"thresholds", drawThresholds},
		{"lines", drawLines},
		{"marks", drawMarks},
		{"ends", drawEnds},
		{"worst", drawWorst},
		{"labels", drawLabels},
	}
}
