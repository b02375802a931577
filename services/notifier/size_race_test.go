//go:build race

package notifier

// stormSize is smaller where the race detector makes all of it ten times slower.
const stormSize = 2_000
