// Package chart draws the pictures that go with messages: PNG from go-chart,
// made to be read on a phone.
//
//	png, err := chart.Render(chart.Spec{
//		Title: "CPU · web-1", Subtitle: "above 80 % for 12 min, was 45 %", Unit: "%",
//		Series:     []chart.Series{{Points: points}},
//		Thresholds: []chart.Threshold{{Value: 80}},
//		Breaches:   []chart.Span{{From: began}},
//		Tone:       chart.ToneCritical,
//	})
//	alt := chart.AltText(spec) // "CPU · web-1 97 %, above 80 for 12 min, was 45"
//
// A kind of picture is a file with a function that returns its layers, and a
// line in kinds.go. A layer is a series to go-chart, which calls it in turn;
// what it draws goes through go-chart's renderer interface to its rasteriser.
// Three things are ours, because the library's are slow or coarse:
//
//   - coordinates are eighths of pixels (renderer.go);
//   - the picture has at most 256 colours from the start (canvas.go), so that
//     encoding takes a fraction of the time of a true-colour PNG, and a third of
//     its size (png.go);
//   - axes, labels and their places (layout.go, axes.go, label.go, end.go).
//
// # Guarantees
//
// Render accepts any spec: odd, missing, huge or hostile values and texts give
// a picture, never a panic; only an unknown kind is an error. The same spec
// gives the same bytes on one architecture. Both functions are safe for
// concurrent use and keep nothing of their arguments. A picture of 360 points
// at 1200 × 500 takes about 5 ms on one core and 22 KB; `go test -bench .`
// shows it beside plain go-chart. Down-sampling keeps the extremes of every
// pixel column, so that no peak is lost.
package chart
