// Package picture decides what a chart shows: which of an incident's series,
// how much of the past, what is shaded and what the words say.
//
//	asks := picture.Asks(change)                     // what to fetch
//	spec, alt, ok := picture.Incident(change, history, look)
//	png, err := chart.Render(spec)
//
// [Graph] is the same for a metric that a person asked for, with how it was
// some time before as dashed lines.
//
// Everything here is a pure function of an event and of the history that was
// fetched for it, so that the same event gives the same picture whenever and
// wherever it is drawn.
package picture
