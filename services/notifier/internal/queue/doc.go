// Package queue brings messages to the state that records ask for, channel by
// channel.
//
// A lane is one channel. It sends one thing at a time, at most a message a
// second after a burst of three, and of several changes of one message only the
// newest. What it sends next follows from the record alone (package record);
// the lane adds when. New incidents come first, then edits, then threads. When
// more new incidents wait than the channel takes, or than a slow chat answers to,
// they become one message: a group, in a record of its own that is written once
// for all of them.
//
// What opens again and again (package noise) gets no new message after some
// times: the next opening takes the last message over. The record before gives
// it up first, the next one takes it then, so that at any time one record at
// most edits it, and a death in between is ended by the change's next delivery.
// Its thread hears when that begins, and when it has been calm for long enough.
//
// Where a route limits a channel, what is new beyond the limit becomes a line of
// a digest: a group too, which takes more for as long as the limit's time. All
// instances count together, in a note of the channel.
//
// Incidents that belong together (package noise) are a group of the same kind,
// with a key. A note names the key's lead, compare-and-set, before it is told:
// so all instances agree on it. The lead is told at once, by itself. The next of
// its key makes the group, whose message is the lead's from then on; who joins
// later is a line in the thread. While one of it is open, for a day at most, the
// group takes more. The first members have records, so that they can be acted on
// one by one; very many are only listed, as in a storm. The message shows the lead's
// picture, and its newer ones; a storm's has none.
//
// # Guarantees
//
// No message is sent twice, whatever dies when: a post is preceded by a claim
// in the record; whoever finds a claim that is not its own waits until it is
// stale, then looks in the channel for the message by its metadata, and only
// posts if it is not there. What is left is a double post when the channel's
// history cannot be read at that moment; never silence.
//
// done is called with nil when the message shows the change or a newer one, or
// when the group that stands for it is stored; else, at the end, with an error,
// and the change is delivered again. Nothing is given up: a rate limit, an
// outage or a wrong token only make it wait.
//
// Lanes do not wait for each other. A channel that does not exist or may not be
// written to is replaced by the default channel, with a line that says so, and
// looked at again every five minutes.
package queue
