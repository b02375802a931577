package bus

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go"
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
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// sleep waits for d or until ctx ends, whose error it returns.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// pause grows from 100 ms to 15 s with jitter; the zero value is ready.
type pause struct{ n int }

func (p *pause) wait(ctx context.Context) error {
	d := min(100*time.Millisecond<<min(p.n, 8), 15*time.Second)
	p.n++
	return sleep(ctx, d/2+rand.N(d/2+1))
}

func (p *pause) reset() { p.n = 0 }
