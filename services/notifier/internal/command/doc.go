// Package command understands what people type after /parley. It is pure:
// text in, a command or a helpful error out.
package command
