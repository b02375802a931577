// Package plain says content without markup: for mail, for pages on a phone,
// for chats that take text alone.
//
//	plain.Text(content, 2000) // title, paragraphs, tables, links as "text (URL)"
//
// # Guarantees
//
// What comes out is valid UTF-8 without control signs or signs that turn the
// direction of writing; a text of data is one line; nothing is longer than
// asked for, and what was cut ends in "…". Buttons that only a chat of ours
// could answer are left out, those that open a page become their links.
package plain
