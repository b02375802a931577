package archive

import "errors"

// Errors of this package.
var (
	// ErrNone: there is no archive at that place.
	ErrNone = errors.New("there is no archive")
	// ErrOther: the archive and the server are of two installations.
	ErrOther = errors.New("the archive is not this server's")
	// ErrBroken: a file is not as it was written, or not one of ours.
	ErrBroken = errors.New("the file is broken")
)
