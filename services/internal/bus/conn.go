package bus

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nats.go/micro"
	"github.com/prometheus/client_golang/prometheus"
)

// Conn is one service's connection: its own NATS user, its own inbox.
type Conn struct {
	service string
	nc      *nats.Conn
	js      jetstream.JetStream
	log     *slog.Logger
	met     *metrics
	buckets sync.Map // name -> bucket
}

// Options are what a service brings to its connection.
type Options struct {
	// Service is the role whose user this is: "collector", "evaluator", ….
	Service string
	Log     *slog.Logger
	// Metrics is where the connection's metrics go; nil means nowhere.
	Metrics prometheus.Registerer
}

// Transport is how a process reaches NATS: [Dial], or a server inside the
// process (package embedded).
type Transport interface {
	// Config returns a pointer to the struct of settings to fill before Open.
	Config() any
	// Open makes ready what all connections share, for as long as the process
	// lives.
	Open(ctx context.Context, log *slog.Logger) error
	// Connect returns a connection for one service. It waits for the server,
	// for as long as ctx lasts.
	Connect(ctx context.Context, o Options) (*Conn, error)
	// Close ends what Open began. Connections are closed by their owners.
	Close() error
}

// New returns a connection over nc, which it takes over.
func New(nc *nats.Conn, o Options) (*Conn, error) {
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(10*time.Second))
	if err != nil {
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Conn{service: o.Service, nc: nc, js: js, log: o.Log, met: newMetrics(o.Metrics)}, nil
}

// NATSOptions returns what every connection of a service has in common: its
// inbox, endless reconnecting, and a word about what would else be silent.
func NATSOptions(o Options) []nats.Option {
	log, met := o.Log, newMetrics(o.Metrics)
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return []nats.Option{
		nats.Name("parley-" + o.Service),
		nats.CustomInboxPrefix(InboxPrefix(o.Service)),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectJitter(250*time.Millisecond, time.Second),
		nats.RetryOnFailedConnect(true),
		nats.Timeout(5 * time.Second),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("nats connection lost, reconnecting", "err", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("nats connection is back") }),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			met.asyncErrors.Inc()
			subject := ""
			if sub != nil {
				subject = sub.Subject
			}
			log.Error("nats refused or dropped something", "subject", subject, "err", err)
		}),
	}
}

// InboxPrefix returns where answers to a service's requests go; nobody else
// may subscribe there.
func InboxPrefix(service string) string { return "_INBOX_" + service }

// Service returns the role whose connection this is.
func (c *Conn) Service() string { return c.service }

// Connected reports whether the connection is up at the moment.
func (c *Conn) Connected() bool { return c.nc.IsConnected() }

// JetStream returns the client for what this package has no word for: status
// and the command line's reading. Services do not use it to publish, consume
// or create.
func (c *Conn) JetStream() jetstream.JetStream { return c.js }

// NATS returns the connection itself, for requests outside JetStream.
func (c *Conn) NATS() *nats.Conn { return c.nc }

// Announce lets `parley status` find this instance under $SRV.PING until the
// connection closes.
func (c *Conn) Announce(version string, metadata map[string]string) error {
	_, err := micro.AddService(c.nc, micro.Config{
		Name: "parley-" + c.service, Version: version, Metadata: metadata,
	})
	return err
}

// Close hands on what is buffered and closes the connection.
func (c *Conn) Close() {
	if c.nc.IsClosed() {
		return
	}
	// Not FlushTimeout: its pooled timers would cross from one synctest bubble
	// to the next.
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := c.nc.FlushWithContext(ctx); err != nil {
		c.log.Warn("nats connection closed with messages unsent", "err", err)
	}
	c.nc.Close()
}
