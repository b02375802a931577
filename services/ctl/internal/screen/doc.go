// Package screen is where the command line writes: tables whose widths fit a
// terminal and that are plain in a pipe, colour only where it helps a person
// (a terminal, no NO_COLOR), or one JSON document. Nothing here is safe for
// concurrent use.
package screen
