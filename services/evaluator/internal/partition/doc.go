// Package partition owns partitions of the samples' log: who has which, what
// it reads, and how its outputs come into the world exactly once.
//
// # Leases
//
// Every evaluator renews its key in bus.Members. All see the same members, and
// so come to the same assignment (rendezvous hashing, nobody has more than
// their share). A partition is claimed by compare-and-set on its lease when it
// is free or its owner is no member any more; the lease's revision is the
// epoch. Who has more than its share lets go: snapshot, then free the lease.
//
// Leases are for balance, not for correctness. That two think they own a
// partition does no harm:
//
//   - a new owner first writes the snapshot again with its epoch, by
//     compare-and-set, so the old one's next snapshot is refused;
//   - every message on bus.Alerts(p) is published with the sequence of the one
//     before, so only one of two can append, and a refused owner lets go;
//   - what is in the log already (headers Src-Seq, Src-Part) is not said again;
//   - partials are the same whoever publishes them, and the receiver counts
//     each once.
//
// # Replay
//
// A snapshot says up to which entry it goes and when that was stored. If that
// entry is still there, reading goes on behind it. If it is another one or
// none, the stream was restored or cut: reading begins by time a minute before,
// and the state ignores what it knows. If the log begins later, something was
// missed: silence does not count for a while.
//
// A snapshot is written every minute or 5,000 entries, if anything changed, and
// when the partition is let go; after everything that the entries up to it
// caused has been stored, partials included. That order is what makes a
// takeover complete.
//
// # What a slow part does
//
// Each partition has goroutines of its own for reading, publishing and keeping
// time; nothing is shared but the connection. Outputs are published one after
// the other, up to 256 entries behind; then reading waits. When publishing
// keeps failing the partition is let go and claimed again.
package partition
