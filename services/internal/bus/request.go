package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// ServeQueries answers queries to one partition until ctx is done. answer must
// be safe to call from another goroutine than the owner's.
func ServeQueries(ctx context.Context, c *Conn, p Partition, answer func(context.Context, *eventv1.Query) *eventv1.QueryAnswer) error {
	sub, err := c.nc.Subscribe(Evaluators(p), func(m *nats.Msg) {
		q, err := decode[*eventv1.Query](m.Data)
		var a *eventv1.QueryAnswer
		if err != nil {
			a = &eventv1.QueryAnswer{Error: err.Error()}
		} else {
			a = answer(ctx, q)
		}
		a.Partition = uint32(p)
		data, err := encode(a)
		if err == nil && len(data) > int(c.nc.MaxPayload()) {
			data, err = encode(&eventv1.QueryAnswer{Partition: uint32(p), Error: "the answer is too large: ask for a shorter time or fewer series"})
		}
		if err == nil {
			err = m.Respond(data)
		}
		if err != nil {
			c.log.Warn("query not answered", "subject", m.Subject, "err", err)
		}
	})
	if err != nil {
		return fmt.Errorf("serve queries of partition %s: %w", p, err)
	}
	<-ctx.Done()
	return sub.Unsubscribe()
}

// QueryPartition asks the owner of p. ErrNoAnswer while p is between owners.
func QueryPartition(ctx context.Context, c *Conn, p Partition, q *eventv1.Query) (*eventv1.QueryAnswer, error) {
	data, err := encode(q)
	if err != nil {
		return nil, err
	}
	m, err := c.nc.RequestWithContext(ctx, Evaluators(p), data)
	if err != nil {
		return nil, fmt.Errorf("query partition %s: %w", p, translate(err))
	}
	a, err := decode[*eventv1.QueryAnswer](m.Data)
	if err != nil {
		return nil, err
	}
	if a.GetError() != "" {
		return nil, fmt.Errorf("query partition %s: %s", p, a.GetError())
	}
	return a, nil
}

// QueryAll asks the owners of all partitions at once. The answers of those
// that could be had come with an error that joins the others'.
func QueryAll(ctx context.Context, c *Conn, q *eventv1.Query) ([]*eventv1.QueryAnswer, error) {
	answers := make([]*eventv1.QueryAnswer, Partitions)
	errs := make([]error, Partitions)
	var wg sync.WaitGroup
	for p := range Partition(Partitions) {
		wg.Go(func() { answers[p], errs[p] = QueryPartition(ctx, c, p, q) })
	}
	wg.Wait()
	out := answers[:0]
	for _, a := range answers {
		if a != nil {
			out = append(out, a)
		}
	}
	return out, errors.Join(errs...)
}

func isNotFound(err error) bool { return errors.Is(err, ErrNotFound) }
