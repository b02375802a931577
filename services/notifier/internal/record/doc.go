// Package record is what the notifier knows of an incident's messages, kept in
// the bucket `incidents` and changed by compare-and-set only.
//
// A record is the whole truth: what is to be seen (the newest change of the
// incident, who acknowledged it, its runs, its chart, its history) and what is
// seen where (each message's id and the revision it shows). What is still to be
// done follows from it alone ([Record.Next], a pure function), so that any
// instance can go on after any other died, at any point.
//
// A place has the plan of its route as it was when the incident came there: what
// is due while nobody acknowledges follows from that and from what was done
// ([Record.Nag]). A [Suppression] says why it was not told, or not then.
//
// What people do about it is in it too: who acknowledged it and with which words,
// to whom it is assigned and by whom, what silences it, and what each person
// thought of it, one verdict a person. It ends with a summary ([Closing]), told
// when all else is, and told again when it came to say something else.
//
// # Format
//
// JSON. The incident as it last changed is protobuf inside (`change`). A
// message of ours is a [Sent]: with a claim and no ts it is being posted, by
// whom and since when; with a ts it exists.
//
// Storms have their own records: `g.<channel>.<n>` is a group's message, and
// `g.<channel>.<n>.<k>` lists its members, a thousand in each.
//
// A record with a digest is a day's summary instead of an incident; `n.<what>`
// are notes that the instances agree on, such as the key of their buttons.
//
// A record knows how often the same opened of late (`flap`), taken over from the
// record before it; a place with `moved` gave its message to the next one.
//
// # Guarantees
//
// [Store.Mutate] applies a function to the newest record and stores the result
// if nobody wrote in between, else applies it to what they wrote: a function
// may therefore run several times and must do nothing but change the record.
// Two goroutines of one process never race for one record.
package record
