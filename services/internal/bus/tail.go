package bus

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Tail returns a stream's newest messages after the sequence given, in their
// order, at most so many, and the sequence of the newest that there ever was. It
// takes the right to read messages one by one.
func Tail[M any](ctx context.Context, c *Conn, s Stream, after uint64, most int) (all []*Message[M], last uint64, err error) {
	stream, err := c.js.Stream(ctx, s.Name) // asks the server
	if err != nil {
		return nil, 0, fmt.Errorf("stream %s: %w", s.Name, translate(err))
	}
	state := stream.CachedInfo().State
	last = state.LastSeq
	if last < after { // the stream was made anew
		after = 0
	}
	from := max(after+1, state.FirstSeq, 1)
	if most >= 0 && last > uint64(most) {
		from = max(from, last-uint64(most)+1)
	}
	for seq := from; seq <= last; seq++ {
		raw, err := stream.GetMsg(ctx, seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return nil, 0, fmt.Errorf("message %d of %s: %w", seq, s.Name, translate(err))
		}
		m, err := rawMessage[M](raw)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, m)
	}
	return all, last, nil
}
