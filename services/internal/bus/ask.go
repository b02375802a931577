package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Question is where questions of type Q are answered with an A: by one instance
// of the service that answers, whichever.
type Question[Q, A any] string

// The questions beside those to evaluators.
const (
	// PlanQuestion asks an actioner what runs would do.
	PlanQuestion Question[*eventv1.PlanQuery, *eventv1.PlanAnswer] = "query.action.plan"
	// MemberQuestion asks a notifier which groups a person is in now.
	MemberQuestion Question[*eventv1.MemberQuery, *eventv1.MemberAnswer] = "query.chat.member"
	// DrawQuestion asks a renderer for a picture of a metric.
	DrawQuestion Question[*eventv1.DrawQuery, *eventv1.DrawAnswer] = "query.draw"
	// ReplayQuestion asks an evaluator what a policy would have done.
	ReplayQuestion Question[*eventv1.ReplayQuery, *eventv1.ReplayAnswer] = "query.replay"
	// ProposeQuestion asks an evaluator which changes of policies would have kept
	// noise away.
	ProposeQuestion Question[*eventv1.ProposeQuery, *eventv1.ProposeAnswer] = "query.propose"
)

// answering is how many questions of one kind an instance answers at a time;
// more wait.
const answering = 8

// Answer answers questions until ctx is done, beside all other instances of the
// service.
func Answer[Q, A any](ctx context.Context, c *Conn, q Question[Q, A], answer func(context.Context, Q) A) error {
	sub, err := c.nc.QueueSubscribeSync(string(q), "answer")
	if err != nil {
		return fmt.Errorf("answer %s: %w", string(q), err)
	}
	var wg sync.WaitGroup
	for range answering {
		wg.Go(func() {
			for {
				m, err := sub.NextMsgWithContext(ctx)
				if ctx.Err() != nil || errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, nats.ErrBadSubscription) {
					return
				}
				if err == nil {
					err = respond(ctx, m, answer)
				}
				if err != nil {
					c.log.Warn("question not answered", "subject", string(q), "err", err)
				}
			}
		})
	}
	wg.Wait()
	return sub.Unsubscribe()
}

func respond[Q, A any](ctx context.Context, m *nats.Msg, answer func(context.Context, Q) A) error {
	in, err := decode[Q](m.Data)
	if err != nil {
		return err
	}
	data, err := encode(answer(ctx, in))
	if err != nil {
		return err
	}
	return m.Respond(data)
}

// Ask asks a question. ErrNoAnswer while nobody answers.
func Ask[Q, A any](ctx context.Context, c *Conn, q Question[Q, A], in Q) (A, error) {
	var none A
	data, err := encode(in)
	if err != nil {
		return none, err
	}
	m, err := c.nc.RequestWithContext(ctx, string(q), data)
	if err != nil {
		return none, fmt.Errorf("ask %s: %w", string(q), translate(err))
	}
	return decode[A](m.Data)
}
