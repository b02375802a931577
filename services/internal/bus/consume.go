package bus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-ops/parley/services/internal/telemetry"
	"github.com/parley-ops/parley/services/internal/wait"
)

// Message is one delivery of an event.
type Message[M any] struct {
	Event   M
	Subject string
	Header  nats.Header
	// Sequence is the message's place in its stream, Stored when it got there.
	Sequence uint64
	Stored   time.Time
	// Attempt is 1 for the first delivery.
	Attempt int
	// Size of the encoded event in bytes.
	Size int
	// Pending is how many messages were behind this one when it was delivered;
	// only [ReadPartition] says so.
	Pending uint64
}

// grace is how long handlers under way may take to end when ctx is done.
const grace = 20 * time.Second

// Consume hands each message of c to handle, c.Workers at a time, until ctx is
// done; then it lets handlers under way finish. What handle returns decides:
// see the package's guarantees. It waits for a consumer that does not exist
// yet, and comes back by itself when the server does.
func Consume[M any](ctx context.Context, conn *Conn, c Consumer[M], handle func(context.Context, *Message[M]) error) error {
	slots := make(chan struct{}, max(c.Workers, 1))
	return ConsumeAsync(ctx, conn, c, func(hctx context.Context, m *Message[M], done func(error)) {
		if cap(slots) == 1 {
			done(safely(hctx, m, handle))
			return
		}
		slots <- struct{}{}
		go func() { // waited for by ConsumeAsync, through done
			err := safely(hctx, m, handle)
			<-slots
			done(err)
		}()
	})
}

// ConsumeAsync is [Consume] for handlers that finish elsewhere: handle takes
// over the message, returns soon, and done is called exactly once, from
// anywhere, when every effect of the message is stored. At most MaxAckPending
// messages are under way. handle is called in the order of delivery, never
// twice at a time.
func ConsumeAsync[M any](ctx context.Context, conn *Conn, c Consumer[M], handle func(ctx context.Context, m *Message[M], done func(error))) error {
	r := &reader[M]{conn: conn, c: c, name: c.Stream.Name + "/" + c.Name, handle: handle}
	// Handlers outlive ctx by the grace, so that they end and are acked.
	hctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	defer stop()

	var p wait.Pause
	for ctx.Err() == nil {
		started := time.Now()
		err := r.read(ctx, hctx)
		if ctx.Err() != nil {
			break
		}
		if time.Since(started) > time.Minute {
			p.Reset()
		}
		conn.log.Warn("reading again", "consumer", r.name, "attempt", p.Attempt(), "err", err)
		_ = p.Wait(ctx)
	}
	r.underWay.Wait()
	return nil
}

type reader[M any] struct {
	conn     *Conn
	c        Consumer[M]
	name     string
	handle   func(context.Context, *Message[M], func(error))
	underWay sync.WaitGroup
}

// read pulls messages until ctx is done or the pulling fails.
func (r *reader[M]) read(ctx, hctx context.Context) error {
	consumer, err := r.conn.js.Consumer(ctx, r.c.Stream.Name, r.c.Name)
	if err != nil {
		return fmt.Errorf("consumer %s (made by set-up): %w", r.name, translate(err))
	}
	batch := min(max(r.c.MaxAckPending/2, 1), 500)
	msgs, err := consumer.Messages(jetstream.PullMaxMessages(batch), jetstream.PullHeartbeat(5*time.Second), jetstream.PullExpiry(30*time.Second))
	if err != nil {
		return fmt.Errorf("pull %s: %w", r.name, translate(err))
	}
	defer msgs.Stop()
	messages := iterator{msgs: msgs}
	for {
		m, err := messages.next(ctx)
		if ctx.Err() != nil {
			giveBack(m, msgs, 2*batch)
			return nil
		}
		if err != nil {
			return fmt.Errorf("pull %s: %w", r.name, translate(err))
		}
		r.deliver(hctx, m)
	}
}

// giveBack lets another instance have at once what was pulled and not begun,
// at most n messages. Not Drain, which would do the same: it flushes with
// pooled timers that cross from one synctest bubble to the next.
func giveBack(first jetstream.Msg, msgs jetstream.MessagesContext, n int) {
	var left []jetstream.Msg
	if first != nil {
		left = append(left, first)
	}
	for len(left) < n {
		m, err := msgs.Next(jetstream.NextMaxWait(2 * time.Millisecond))
		if err != nil {
			break
		}
		left = append(left, m)
	}
	msgs.Stop() // before the naks, or they would come back to this instance
	for _, m := range left {
		_ = m.Nak()
	}
}

// deliver gives one message to the handler and sees to its end.
func (r *reader[M]) deliver(ctx context.Context, raw jetstream.Msg) {
	meta, err := raw.Metadata()
	if err != nil {
		r.conn.log.Error("message without metadata", "consumer", r.name, "err", err)
		return
	}
	if r.c.Attempts > 0 && int(meta.NumDelivered) > r.c.Attempts {
		r.giveUp(ctx, raw, meta, fmt.Errorf("no worker survived it in %d deliveries", meta.NumDelivered-1))
		return
	}
	event, err := decode[M](raw.Data())
	if err != nil {
		r.giveUp(ctx, raw, meta, err)
		return
	}
	r.underWay.Add(1)
	start := time.Now()
	stopKeeping := keepAlive(raw, r.c.AckWait/2)
	var once sync.Once
	done := func(err error) {
		once.Do(func() {
			defer r.underWay.Done()
			stopKeeping()
			r.conn.met.handleSeconds.WithLabelValues(r.name).Observe(time.Since(start).Seconds())
			r.finish(ctx, raw, meta, err)
		})
	}
	ctx = telemetry.WithTrace(ctx, raw.Headers()["traceparent"])
	r.handle(ctx, &Message[M]{Event: event, Subject: raw.Subject(), Header: raw.Headers(), Sequence: meta.Sequence.Stream,
		Stored: meta.Timestamp, Attempt: int(meta.NumDelivered), Size: len(raw.Data())}, done)
}

// finish acks, asks again, or gives up.
func (r *reader[M]) finish(ctx context.Context, raw jetstream.Msg, meta *jetstream.MsgMetadata, err error) {
	result := "ok"
	var later retryError
	switch {
	case err == nil:
		err = raw.Ack()
	case errors.As(err, &later):
		result, err = "later", raw.NakWithDelay(later.after)
	case IsPermanent(err), r.c.Attempts > 0 && int(meta.NumDelivered) >= r.c.Attempts:
		r.giveUp(ctx, raw, meta, err)
		return
	default:
		result = "retry"
		r.conn.log.Warn("handling again", "consumer", r.name, "subject", raw.Subject(), "attempt", meta.NumDelivered, "err", err)
		err = raw.NakWithDelay(backoff(r.c.Backoff, int(meta.NumDelivered)))
	}
	r.conn.met.handled.WithLabelValues(r.name, result).Inc()
	if err != nil { // it will be delivered again after AckWait
		r.conn.log.Warn("answer to the stream not sent", "consumer", r.name, "err", err)
	}
}

// giveUp stores the message as a dead letter, and only then ends it.
func (r *reader[M]) giveUp(ctx context.Context, raw jetstream.Msg, meta *jetstream.MsgMetadata, reason error) {
	header := map[string]string{}
	for k, v := range raw.Headers() {
		if len(v) > 0 && k != "Nats-Msg-Id" {
			header[k] = v[0]
		}
	}
	seq := strconv.FormatUint(meta.Sequence.Stream, 10)
	maps.Copy(header, map[string]string{
		HeaderReason: headerText(reason.Error()), HeaderSubject: raw.Subject(), HeaderStream: r.c.Stream.Name,
		HeaderConsumer: r.c.Name, HeaderSequence: seq, HeaderAttempts: strconv.FormatUint(meta.NumDelivered, 10),
		HeaderTime: meta.Timestamp.UTC().Format(time.RFC3339Nano),
	})
	id := "dlq/" + r.name + "/" + seq
	if _, err := r.conn.publish(ctx, deadLetters(r.conn.service, r.c.Stream), id, raw.Data(), header); err != nil {
		r.conn.log.Error("dead letter not stored, handling again", "consumer", r.name, "err", err)
		_ = raw.NakWithDelay(backoff(r.c.Backoff, int(meta.NumDelivered)))
		return
	}
	r.conn.met.deadLetters.WithLabelValues(r.name).Inc()
	r.conn.met.handled.WithLabelValues(r.name, "dead").Inc()
	r.conn.log.Error("gave up on a message, see `parley dlq list`", "consumer", r.name, "subject", raw.Subject(), "attempt", meta.NumDelivered, "err", reason)
	if err := raw.TermWithReason("dead letter"); err != nil {
		r.conn.log.Warn("answer to the stream not sent", "consumer", r.name, "err", err)
	}
}

// keepAlive tells the server that a message is still being worked on, until
// the returned function is called.
func keepAlive(m jetstream.Msg, every time.Duration) (stop func()) {
	var mu sync.Mutex
	stopped := false
	var t *time.Timer
	mu.Lock()
	defer mu.Unlock()
	t = time.AfterFunc(every, func() {
		mu.Lock()
		defer mu.Unlock()
		if !stopped {
			_ = m.InProgress()
			t.Reset(every)
		}
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		stopped = true
		t.Stop()
	}
}

// safely turns a panic of handle into a permanent error.
func safely[M any](ctx context.Context, m *Message[M], handle func(context.Context, *Message[M]) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = Permanent(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	return handle(ctx, m)
}

// backoff returns how long to wait after the attempt-th delivery.
func backoff(steps []time.Duration, attempt int) time.Duration {
	if len(steps) == 0 {
		return time.Second
	}
	return steps[min(max(attempt, 1), len(steps))-1]
}

// headerText makes an error's text fit for a header: one line, bounded.
func headerText(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c == '\n' || c == '\r' {
			b[i] = ' '
		}
	}
	return string(b[:min(len(b), 1024)])
}
