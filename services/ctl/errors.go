package main

import "errors"

// errSaid: the command failed and has said so in its output.
var errSaid = errors.New("failed as printed")

// usageError is a command line that cannot be meant: exit code 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// settingError is a failure that a setting mends.
type settingError struct {
	what, fix string
	err       error
}

func (e *settingError) Error() string {
	s := e.what
	if e.err != nil {
		s += ": " + e.err.Error()
	}
	return s + "\n" + e.fix
}

func (e *settingError) Unwrap() error { return e.err }
