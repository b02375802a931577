package bus

import (
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

var (
	// ErrNotFound: the key, object or message asked for does not exist.
	ErrNotFound = errors.New("not found")
	// ErrConflict: a compare-and-set or a fenced publish lost: somebody else
	// wrote first. Read again and decide anew.
	ErrConflict = errors.New("conflict: somebody else wrote first")
	// ErrNoAnswer: nobody serves this request at the moment (a partition
	// between owners). Try again shortly.
	ErrNoAnswer = errors.New("nobody answers this request at the moment")
	// ErrTooLarge: the message is over the server's limit.
	ErrTooLarge = errors.New("message too large")
)

// permanentError marks an error that trying again cannot mend.
type permanentError struct{ err error }

func (e permanentError) Error() string { return e.err.Error() }
func (e permanentError) Unwrap() error { return e.err }

// Permanent says that trying again cannot mend err: the message goes to the
// dead-letter stream with err as its reason. Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanentError{err}
}

// IsPermanent reports whether err was marked by [Permanent].
func IsPermanent(err error) bool {
	var p permanentError
	return errors.As(err, &p)
}

// retryError asks for redelivery after a time that the handler knows.
type retryError struct {
	err   error
	after time.Duration
}

func (e retryError) Error() string { return e.err.Error() }
func (e retryError) Unwrap() error { return e.err }

// RetryAfter asks that the message be delivered again in d: a rate limit told
// how long, or it is simply not time yet. It is no failure, so attempts are
// not limited by it on consumers without a limit of their own.
func RetryAfter(d time.Duration, err error) error {
	if err == nil {
		err = fmt.Errorf("not yet, again in %s", d)
	}
	return retryError{err, d}
}

// codes of the server for a lost compare-and-set: wrong last sequence, and
// its sibling that clusters may answer instead.
const (
	codeWrongLastSequence         jetstream.ErrorCode = 10071
	codeWrongLastSequenceConstant jetstream.ErrorCode = 10164
)

// translate turns the client's errors into this package's sentinels.
func translate(err error) error {
	var api *jetstream.APIError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrKeyExists):
		return fmt.Errorf("%w (%w)", ErrConflict, err)
	case errors.As(err, &api) && (api.ErrorCode == codeWrongLastSequence || api.ErrorCode == codeWrongLastSequenceConstant):
		return fmt.Errorf("%w (%w)", ErrConflict, err)
	case errors.Is(err, jetstream.ErrKeyNotFound), errors.Is(err, jetstream.ErrKeyDeleted),
		errors.Is(err, jetstream.ErrMsgNotFound), errors.Is(err, jetstream.ErrObjectNotFound):
		return fmt.Errorf("%w (%w)", ErrNotFound, err)
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrNoStreamResponse):
		return fmt.Errorf("%w (%w)", ErrNoAnswer, err)
	case errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("%w (%w)", ErrTooLarge, err)
	}
	return err
}
