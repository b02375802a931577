// Package series prepares the samples of a series for a picture: it orders
// them, breaks them where samples are missing, and thins them to what a pixel
// can show.
//
//	points := series.Clean(raw)
//	for _, run := range series.Runs(points, series.MaxGap(points)) {
//		draw(series.Thin(run, from, to, 1200))
//	}
//
// Everything here is a pure function of its arguments; nothing is shared, and
// no function keeps or changes a slice it was given. Thinning keeps the first,
// last, smallest and largest sample of every pixel column, so that no peak is
// lost and the line looks the same as with all samples.
package series
