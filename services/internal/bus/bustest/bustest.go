package bustest

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server/ats"
	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/embedded"
)

// Main runs the tests of a package that uses buses in bubbles. The server's
// clock of access times must be born outside of any bubble, or time in bubbles
// stands still.
func Main(m *testing.M) {
	ats.Register()
	os.Exit(m.Run())
}

// Bus is a server of one test.
type Bus struct {
	t      testing.TB
	server *embedded.Server
}

// New starts a server in memory that ends with the test.
func New(t testing.TB) *Bus {
	t.Helper()
	b := &Bus{t: t, server: embedded.With(embedded.Config{Data: t.TempDir(), NATSSync: "2m", Memory: true})}
	if err := b.server.Open(context.Background(), Log(t)); err != nil {
		t.Fatalf("start nats: %v", err)
	}
	t.Cleanup(func() { _ = b.server.Close() })
	return b
}

// Transport returns the transport that services run on, for service.Run: the
// test's own server, which it neither starts nor stops.
func (b *Bus) Transport() bus.Transport { return running{b.server} }

// running is a server whose life is the test's.
type running struct{ *embedded.Server }

func (running) Open(context.Context, *slog.Logger) error { return nil }
func (running) Close() error                             { return nil }

// Conn returns a connection as this user, closed with the test.
func (b *Bus) Conn(user string) *bus.Conn {
	b.t.Helper()
	c, err := b.server.Connect(context.Background(), bus.Options{Service: user, Log: Log(b.t)})
	if err != nil {
		b.t.Fatalf("connect as %s: %v", user, err)
	}
	b.t.Cleanup(c.Close)
	return c
}

// Team returns a connection without credentials: team demo.
func (b *Bus) Team() *nats.Conn {
	b.t.Helper()
	nc, err := b.server.Anonymous()
	if err != nil {
		b.t.Fatalf("connect as team demo: %v", err)
	}
	b.t.Cleanup(nc.Close)
	return nc
}

// WantEvent returns the first message on subject (wildcards allowed) in stream,
// waiting for it at most 30 s.
func WantEvent[M any](t testing.TB, b *Bus, s bus.Stream, subject string) *bus.Message[M] {
	t.Helper()
	ms := WantEvents[M](t, b, s, subject, 1)
	return ms[0]
}

// WantEvents returns the first n messages on subject in stream, waiting for
// them at most 30 s.
func WantEvents[M any](t testing.TB, b *Bus, s bus.Stream, subject string, n int) []*bus.Message[M] {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	got, err := read[M](ctx, b.Conn("admin"), s, subject, n)
	if err != nil {
		t.Fatalf("%d of %d messages on %s: %v", len(got), n, subject, err)
	}
	return got
}

// WantNone fails if there is a message on subject in stream now.
func WantNone(t testing.TB, b *Bus, s bus.Stream, subject string) {
	t.Helper()
	stream, err := b.Conn("admin").JetStream().Stream(context.Background(), s.Name)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := stream.GetLastMsgForSubject(context.Background(), subject); err == nil {
		t.Fatalf("want nothing on %s, got a message on %s (%d bytes)", subject, m.Subject, len(m.Data))
	}
}

// Log returns a logger that writes to the test's output.
func Log(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// Equal fails the test, with both in words, if the messages differ.
func Equal(t testing.TB, got, want proto.Message) {
	t.Helper()
	if !proto.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
