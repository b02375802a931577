package fleet

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/parley-ops/parley/services/internal/wait"
)

// Publisher sends messages to JetStream as a user's program without credentials
// does, and waits for each acknowledgement.
type Publisher struct {
	url   string
	log   *slog.Logger
	boot  string
	queue chan Message
}

const (
	maxQueue = 1200             // messages kept while NATS is away: more than ten minutes
	maxAge   = 10 * time.Minute // of a message that is still worth sending
	ackWait  = 2 * time.Second
	maxPause = 5 * time.Second
)

// NewPublisher returns a Publisher to url. It does no I/O.
func NewPublisher(url string, log *slog.Logger) *Publisher {
	return &Publisher{url: url, log: log, boot: rand.Text()[:8], queue: make(chan Message, maxQueue)}
}

// Send queues a message; where the queue is full, the oldest goes.
func (p *Publisher) Send(m Message) {
	for {
		select {
		case p.queue <- m:
			return
		default:
		}
		select {
		case <-p.queue:
		default:
		}
	}
}

// Run connects, however long that takes, and publishes until ctx is done.
func (p *Publisher) Run(ctx context.Context, opts ...nats.Option) error {
	opts = append([]nats.Option{
		nats.Name("sandbox fleet"), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(time.Second),
		nats.ConnectHandler(func(*nats.Conn) { p.log.Info("fleet connected to nats") }),
		nats.ReconnectHandler(func(*nats.Conn) { p.log.Info("fleet connected to nats again") }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if ctx.Err() == nil {
				p.log.Warn("fleet lost nats", "err", err)
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			p.log.Warn("fleet got an error from nats", "err", err)
		}),
	}, opts...)
	nc, err := nats.Connect(p.url, opts...)
	if err != nil {
		return fmt.Errorf("the fleet's nats url: %w", err) // not a failed connection: that is retried
	}
	defer nc.Close()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case m := <-p.queue:
			p.publish(ctx, nc, m, p.boot+"/"+strconv.Itoa(n))
		}
	}
}

// publish sends one message until it is stored, too old, or refused for good.
func (p *Publisher) publish(ctx context.Context, nc *nats.Conn, m Message, id string) {
	msg := nats.NewMsg(m.Subject)
	msg.Data = m.Data
	msg.Header.Set("Content-Type", m.ContentType)
	msg.Header.Set(nats.MsgIdHdr, id)
	pause := wait.Pause{First: 250 * time.Millisecond, Last: maxPause}
	for {
		err := p.store(ctx, nc, msg)
		if err == nil || ctx.Err() != nil {
			return
		}
		if errors.Is(err, errRefused) || time.Since(m.At) > maxAge {
			p.log.WarnContext(ctx, "samples dropped", "subject", m.Subject, "attempt", pause.Attempt(), "err", err)
			return
		}
		if pause.Attempt() == 1 {
			p.log.DebugContext(ctx, "samples not stored yet", "subject", m.Subject, "err", err)
		}
		if pause.Wait(ctx) != nil {
			return
		}
	}
}

// errRefused: the server will never take this message.
var errRefused = errors.New("refused")

func (p *Publisher) store(ctx context.Context, nc *nats.Conn, msg *nats.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, ackWait)
	defer cancel()
	reply, err := nc.RequestMsgWithContext(ctx, msg)
	if errors.Is(err, nats.ErrMaxPayload) {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	if err != nil {
		return err
	}
	var ack struct {
		Stream string `json:"stream"`
		Error  *struct {
			Code        int    `json:"code"`
			Description string `json:"description"`
		} `json:"error"`
	}
	if err := json.Unmarshal(reply.Data, &ack); err != nil {
		return fmt.Errorf("acknowledgement: %w", err)
	}
	switch {
	case ack.Error != nil && ack.Error.Code/100 == 4:
		return fmt.Errorf("%w: %s", errRefused, ack.Error.Description)
	case ack.Error != nil:
		return errors.New(ack.Error.Description)
	case ack.Stream == "":
		return errors.New("no acknowledgement of a stream")
	}
	return nil
}
