package bus

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/nats-io/nats.go"
)

// DialConfig says where NATS is and who we are there.
type DialConfig struct {
	NATSURL string `name:"nats-url" help:"Where NATS is; several with commas." placeholder:"URL"`
	// Keys is the folder with the seed of this service's user: <service>.nk.
	NATSKeys string `name:"nats-keys" help:"Folder with the service's NATS key, <service>.nk." placeholder:"DIR"`
	NATSCA   string `name:"nats-ca" help:"Certificate authority of NATS' TLS, if it is not a public one." placeholder:"FILE"`
}

// Dialer reaches a NATS server over the network.
type Dialer struct{ cfg DialConfig }

// Dial returns the transport to a NATS server of its own.
func Dial() *Dialer {
	return &Dialer{DialConfig{NATSURL: nats.DefaultURL, NATSKeys: "data/keys"}}
}

// Config returns the settings.
func (d *Dialer) Config() any { return &d.cfg }

// Open does nothing: there is nothing to share.
func (d *Dialer) Open(context.Context, *slog.Logger) error { return nil }

// Close does nothing.
func (d *Dialer) Close() error { return nil }

// Connect connects as o.Service with its key.
func (d *Dialer) Connect(ctx context.Context, o Options) (*Conn, error) {
	seed := d.cfg.NATSKeys + "/" + o.Service + ".nk"
	if _, err := os.Stat(seed); err != nil {
		return nil, fmt.Errorf("the NATS key of %s: %w (set --nats-keys to the folder that `parley keys` wrote)", o.Service, err)
	}
	key, err := nats.NkeyOptionFromSeed(seed)
	if err != nil {
		return nil, fmt.Errorf("the NATS key %s: %w", seed, err)
	}
	opts := append(NATSOptions(o), key)
	if d.cfg.NATSCA != "" {
		opts = append(opts, nats.RootCAs(d.cfg.NATSCA))
	}
	nc, err := nats.Connect(d.cfg.NATSURL, opts...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS at %s (--nats-url): %w", d.cfg.NATSURL, err)
	}
	c, err := New(nc, o)
	if err != nil {
		nc.Close()
		return nil, err
	}
	if err := c.waitConnected(ctx); err != nil {
		nc.Close()
		return nil, fmt.Errorf("connect to NATS at %s (--nats-url): %w", d.cfg.NATSURL, err)
	}
	return c, nil
}
