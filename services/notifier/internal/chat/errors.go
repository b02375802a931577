package chat

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrNoChannel: the channel does not exist, is archived, or we may not
	// write there.
	ErrNoChannel = errors.New("channel not available")
	// ErrGone: the message to edit, or the thread to reply in, is no more.
	ErrGone = errors.New("message is gone")
	// ErrPicture: the picture cannot be shown, or not yet.
	ErrPicture = errors.New("picture cannot be shown")
	// ErrRefused: the backend will never take this content.
	ErrRefused = errors.New("content refused")
	// ErrSetup: tokens or permissions are wrong; people must act.
	ErrSetup = errors.New("chat is not set up right")
)

// RateLimited says when to come back.
type RateLimited struct{ After time.Duration }

// Error says how long to wait.
func (e *RateLimited) Error() string { return fmt.Sprintf("rate limited, again in %s", e.After) }

// unsure marks a failed post that may have happened.
type unsure struct{ err error }

func (e unsure) Error() string { return e.err.Error() }
func (e unsure) Unwrap() error { return e.err }

// MarkUnsure returns err as one after which the post may or may not exist.
func MarkUnsure(err error) error {
	if err == nil {
		return nil
	}
	return unsure{err}
}

// Unsure reports whether the failed post may exist nevertheless.
func Unsure(err error) bool {
	var u unsure
	return errors.As(err, &u)
}
