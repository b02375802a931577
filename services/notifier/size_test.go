//go:build !race

package notifier

// stormSize is how many incidents come at once.
const stormSize = 10_000
