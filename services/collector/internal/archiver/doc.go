// Package archiver copies the samples' log to an archive, before the bus drops
// it:
//
//	a, err := archiver.New(cfg, archiver.Deps{…}) // checks the settings, no I/O
//	a.Run(ctx)                                    // until ctx is done
//
// # How
//
// Every 20 s it looks whether an hour of the log is over, and then reads that
// hour from the bus and stores it as a file; or less than an hour, when what waits
// is a quarter of what the bus can hold, and when the collector stops. Where it
// goes on is what the archive's newest file says (archive.Archive.End); it keeps
// nothing else, and holds one file in memory.
//
// # Several collectors
//
// One archives at a time, all partitions: it holds the archive's record in
// [bus.Archives], renews it by compare-and-set, and is followed by another when it
// was silent for 90 s, or at once when it gave the record back. One is enough (a
// core writes millions of samples a second), and one position lets every
// missing sequence be seen. The record saves work and nothing depends on it: if
// two archive at a time, since one was slow and not dead, they store the same
// entries, and readers drop doubles by sequence. A lease that had to be right could
// not be, since no store of files checks it.
//
// An archive has an id, so collectors with folders of their own archive to each.
//
// # Guarantees
//
// A collector that dies at any moment loses nothing and doubles nothing for
// readers: a file is there whole or not at all, and what is in none is read from
// the bus again. What the bus dropped before it was archived (6 hours, or 8 GiB)
// is a gap in the archive's sequences, an error in the log, a metric, and a
// problem in `parley status`. Files are deleted when the hour in their name is
// older than --collector-archive-keep, and for no other reason.
//
// A store that fails or is slow holds up nothing but the archive.
package archiver
