// Package score measures detectors and forecasters against labelled series: the
// rules of the Numenta Anomaly Benchmark, what is found within a budget of
// false alerts, the M4 competition's OWA and MSIS, and forecasts of when a disk
// is full.
//
//	series, err := score.ReadNAB("nab")
//	results := series.Run(func(s *score.Series) []score.Result { … })
//	best := results.Best(score.Standard) // {Score: 75.3, Threshold: 0.2}
//
// It is pure but for reading files, and knows of a detector nothing but its
// scores: any can be measured.
//
// # Rules
//
// NAB: rows before P = min(0.15 n, 750) are not scored. With f(y) = 2/(1+e^5y)-1
// and f(y>3) = -1, the best detection in a window of rows l..r is worth
// f(-(r-i+1)/(r-l+1))/f(-1), a window without one -A_FN, any row outside every
// window A_FP*f((i-r)/(r-l)) after the nearest window before, or -A_FP when
// there is none. The sum is set so that no detection at all is 0 and a
// detection at the first row of every window and nowhere else is 100; the best
// threshold for all series counts.
//
// Alerts: detections within an hour of the one before are one. One that starts
// outside every window is false; a window is found when any detection falls in
// it. Time is from a series' first scored row to its last.
package score
