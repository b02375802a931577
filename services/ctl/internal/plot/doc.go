// Package plot draws series in characters: a sparkline of one line, and a
// chart of dots (Braille patterns, two by four dots a character) with axes and
// a threshold. Drawing is a pure function of what is drawn.
package plot
