// Package memory is what a condition needs of a series beside its newest value,
// in constant room: what it was a time ago and within a time ([Past]), and which
// of the last datapoints held ([Datapoints]).
//
//	p := memory.NewPast(10 * time.Minute)
//	p.Add(at, v)
//	then, ok := p.Ago(at)      // the value ten minutes before at
//	lo, hi, ok := p.Range(at)  // the lowest and the highest since then
//
// A past keeps a sixtieth of its span as one bucket: exact for samples further
// apart than that, else to a sixtieth. Late samples land where they belong. What
// is here depends on nothing but the calls; times are those of samples, in
// milliseconds. Nothing is safe for several goroutines.
package memory
