// Package command understands what people type after /parley. It is pure:
// text in, a command or a helpful error out.
//
// Each command is a [Verb] in a file of its own (or of its small family): how it
// is written, what help says, and how its words are read. To add one, write
// its Verb here with the [Group] under which help lists it, its doing in package
// inbound, and one line in inbound's list of commands. A word "share" before a
// command, or after one that does not end in free text, makes the answer
// everybody's: [Command.Share].
package command
