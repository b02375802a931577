package deadletter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/parley-ops/parley/services/internal/bus"
)

// ErrStopped: the office closed before the letter was stored.
var ErrStopped = errors.New("the collector stopped before the dead letter was stored")

// maxBody is what of a body is kept; more does not fit into the stream.
const maxBody = 1<<20 - 32<<10

// HeaderTruncated says that the body is only the beginning of the original,
// and how long that was.
const HeaderTruncated = "Dlq-Truncated"

// Letter is a message that was bad, or part of it.
type Letter struct {
	Team   string
	ID     string
	Reason string
	Body   []byte
	Header nats.Header
	// Subject is where it came from, and where it goes when it is tried again.
	Subject string
	Time    time.Time
	// Where it was read from; empty and 0 for what did not come from a stream.
	Stream, Consumer string
	Sequence         uint64
	Attempts         int
}

// Office stores letters, several at a time.
type Office struct {
	conn  *bus.Conn
	log   *slog.Logger
	queue chan sent
}

type sent struct {
	letter Letter
	done   func(error)
}

// clerks is how many letters are under way at a time.
const clerks = 32

// New returns an office that stores nothing until Run.
func New(conn *bus.Conn, log *slog.Logger) *Office {
	return &Office{conn: conn, log: log, queue: make(chan sent, 4*clerks)}
}

// Send takes over the letter; done is called once, when it is stored or the
// office closed. Send waits while the queue is full, until ctx ends; after an
// error done is not called.
func (o *Office) Send(ctx context.Context, l Letter, done func(error)) error {
	select {
	case o.queue <- sent{l, done}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run stores letters until ctx is done. What is sent later waits in the queue
// for nobody: whoever sends has to have ended before.
func (o *Office) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for range clerks {
		wg.Go(func() { o.work(ctx) })
	}
	wg.Wait()
	for {
		select {
		case s := <-o.queue:
			s.done(ErrStopped)
		default:
			return
		}
	}
}

func (o *Office) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-o.queue:
			s.done(o.store(ctx, s.letter))
		}
	}
}

func (o *Office) store(ctx context.Context, l Letter) error {
	header := map[string]string{}
	for k, v := range l.Header {
		if len(v) > 0 && k != nats.MsgIdHdr {
			header[k] = v[0]
		}
	}
	maps.Copy(header, map[string]string{
		bus.HeaderReason: oneLine(l.Reason), bus.HeaderSubject: l.Subject, bus.HeaderTime: l.Time.UTC().Format(time.RFC3339Nano),
	})
	if l.Stream != "" {
		maps.Copy(header, map[string]string{
			bus.HeaderStream: l.Stream, bus.HeaderConsumer: l.Consumer,
			bus.HeaderSequence: strconv.FormatUint(l.Sequence, 10), bus.HeaderAttempts: strconv.Itoa(l.Attempts),
		})
	}
	body := l.Body
	if len(body) > maxBody {
		header[HeaderTruncated] = strconv.Itoa(len(body))
		body = body[:maxBody]
	}
	if _, err := bus.PublishWith(ctx, o.conn, bus.DeadIngest(l.Team), l.ID, body, header); err != nil {
		return fmt.Errorf("store the dead letter: %w", err)
	}
	return nil
}

// oneLine makes text fit for a header: one line of valid UTF-8, bounded.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if len(s) > 1000 {
		s = strings.ToValidUTF8(s[:1000], "") + "…"
	}
	return s
}
