//go:build !race

package notifier

// stormSize is how many incidents come at once.
const stormSize = 10_000

// killStride is how many calls lie between the kills of a test that tries them
// one after the other; it is odd, so that requests and answers are lost in turn.
const killStride = 3

// flapsOfADay is how often a flapping service opens, every ten minutes.
const flapsOfADay = 144

// nagKills is how many of the moments after a step are tried.
const nagKills = 5

// groupStride is how many calls lie between the kills while a group grows.
const groupStride = 1
