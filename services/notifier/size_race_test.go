//go:build race

package notifier

// stormSize is smaller where the race detector makes all of it ten times slower.
const stormSize = 2_000

// killStride is how many calls lie between the kills of a test that tries them
// one after the other; it is odd, so that requests and answers are lost in turn.
const killStride = 13

// flapsOfADay is how often a flapping service opens: four hours of its day.
const flapsOfADay = 24

// nagKills is how many of the moments after a step are tried.
const nagKills = 2

// groupStride is how many calls lie between the kills while a group grows.
const groupStride = 4
