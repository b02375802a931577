package bus

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// iterator reads messages one after another.
type iterator struct {
	msgs jetstream.MessagesContext
	// flowing: a message came last.
	flowing bool
}

// lookAgain is after what silence behind a message the client is asked once
// more.
const lookAgain = 50 * time.Millisecond

// next returns the next message, or ctx's error.
//
// The client asks the server for more as messages are taken, but not while an
// earlier request is still being sent. When that is held up (a busy machine)
// until all that was asked for is taken, nobody asks any more, and both sides
// wait: for 10 s, until heartbeats are missed. (The check of fetchInProgress
// in nats.go v1.55.0, jetstream/pull.go, checkPending; very likely
// https://github.com/nats-io/nats.go/issues/1622.) Calling Next again makes it
// look again, and once is enough, because it can only happen behind a message.
func (i *iterator) next(ctx context.Context) (jetstream.Msg, error) {
	if i.flowing {
		m, err := i.msgs.Next(jetstream.NextMaxWait(lookAgain))
		if !errors.Is(err, nats.ErrTimeout) {
			return m, err
		}
		i.flowing = false
	}
	m, err := i.msgs.Next(jetstream.NextContext(ctx))
	i.flowing = err == nil
	return m, err
}
