// Package ranking puts a metric's series in order, the highest newest value
// first, for `parley top` and /parley top alike. It is pure.
package ranking
