// Package host is the source of this machine's own figures: CPU, memory, swap,
// load, disks and network.
//
// # Guarantees
//
// The first samples come within a second of the start, then one round per
// interval; a round is not made up for when storing it takes longer. What the
// system does not tell (no swap, no load on this system) is left out, the rest
// is sent. Rates are per second, over the time since the reading before, and
// are left out when a counter went back.
package host
