// Package archive is the samples' log for longer than the bus keeps it: a
// folder, or a bucket of an S3-compatible store, of compact files that the
// collector writes and a replay reads.
//
//	store, err := archive.At("/archive")
//	a, err := archive.Make(ctx, store) // archive.Open to read only
//	w := a.NewWriter(archive.LogName(created), stored)
//	err = w.Add(ctx, entry) // one after another; w.Close stores what is open
//	gaps, err := a.History(ctx, conn, since, func(e archive.Entry, left uint64) error { … })
//
// # Format
//
// The file archive.json says that the place is an archive, of which version of
// the format, and gives it an id. All others are parquet files with zstd,
//
//	log-20261130T101502.123Z/2026-11-30/14-00000000000000000001-00000000000000000831-f00d….parquet
//	└ when the log was made ┘└── UTC day and hour  └ first and last sequence ┘       └ XXH64 of the file
//
// each with what one log stored within one hour, from the first to the last
// sequence without a gap, or less when that comes to 16 MiB. All partitions are
// in one file: a replay wants them in the order in which they were stored, one
// position says how far the archive is, and a sequence that is missing shows what
// was lost. A log that was made anew (its server lost its disk) counts from 1
// again, and has a folder of its own. A row is an entry:
//
//	sequence     uint64     its place in the log
//	stored       timestamp  when it got there, to the nanosecond
//	partition    uint32
//	base         timestamp  the batch's base_unix_ms: times are stored relative to it on the bus
//	samples      list       series (uint64), time (ms), value (double), revision: see SampleBatch
//	definitions  list       series, name, labels (name, value), unit, interval (ns): of series that may be new
//	gone         list       series, reason: of series that end on purpose
//	other        bytes      instead of all these: the entry as protobuf: of another kind, with events, or not fit for columns
//
// Ticks, partials and changes of policies are left out: a replay makes its own.
// All else comes back to the bit, in the same order. A sample takes 2 to 3 bytes
// when values have three digits, 10 when all their bits are noise, and on the bus
// some 40. Writing one takes 0.2 µs, reading it 0.4 µs.
//
// # Guarantees
//
// A file is there whole or not at all, and is never changed: in a folder by a
// link to what was synced under another name, in a bucket by If-None-Match. Where
// a file system or a store knows neither, the last one wins, with the same entries.
// What was written twice, by a writer that was thought to be dead, is read once:
// by its sequences. Sequences between files that no file has are gaps, and told as
// such. A file that is not as it was written is an error that names it: its
// checksum is looked at before the parquet library sees it, which would take
// gigabytes for some broken files. So whoever can write into an archive is trusted.
//
// Reading holds one file in memory and the pages that are being read, 30 MB at
// most; writing one file and the samples not yet compressed, 60 MB at most. An [Archive] is safe
// for several goroutines, a [Writer] is not.
package archive
