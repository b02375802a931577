package bus

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/parley-ops/parley/services/internal/wait"
)

// waitConnected returns when the connection is up. It says once what it waits
// for.
func (c *Conn) waitConnected(ctx context.Context) error {
	said := false
	for !c.nc.IsConnected() {
		if c.nc.IsClosed() {
			if err := c.nc.LastError(); err != nil {
				return err
			}
			return nats.ErrConnectionClosed
		}
		if !said {
			said = true
			c.log.Info("waiting for nats", "err", c.nc.LastError())
		}
		if err := wait.For(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}
