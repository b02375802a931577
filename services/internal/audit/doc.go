// Package audit keeps who did what to what, when, why and with what result, so
// that nobody can change it unseen.
//
//	err := audit.Write(ctx, conn, bus.Audit("action", runID), record)
//
// All records of an installation are one chain, whoever writes them: each
// carries its position, 1, 2, 3 …, and the hash of the one before it. A writer
// stores a record only directly after the one that it names, else it looks and
// tries again; so several writers, their restarts and repeats leave one chain
// without a gap. A record is stored when Write returns nil; one that is written
// again with the same id within the hour stays one, and later is there twice:
// a reader tells by the id.
//
// [Verifier] proves that nothing between the first and the last record was
// changed, removed, inserted or moved. Records at the beginning may only be
// missing if they are older than the stream keeps any. That nothing was cut off
// at the end is proven against heads: [Write] notes how far the audit has come
// in a bucket of its own, and people keep heads elsewhere (parley audit head).
// Who can write to the stream's disk and to that bucket can rewrite all of it
// but what was kept elsewhere. Records without a chain are from before there
// was one, and are accepted only before the first that has one.
//
// # The hash
//
// A record's hash is the SHA-256 of the text "parley audit 1\n" and its
// canonical form, which anybody can make without this package: every field of
// event.v1.AuditRecord that is set, by rising field number, as
//
//	<number>=<length of value in bytes>:<value>;
//
// with the elements of a list one after the other, texts and bytes as they are,
// numbers in decimal, and a message as its own canonical form. The hash itself
// (11.3) is left out. A record of 2026-01-01 with id "a", by nobody, would be
//
//	1=1:a;2=16:1=10:1767225600;;11=6:1=1:1;;
//
// when it is the first. An export holds all that this takes; [Read] reads what
// [JSONL] and [CSV] write.
package audit
