package main

import (
	"context"
	"errors"
	"net"
	"time"
)

// retry calls try at once and then every so often, until it is done or ctx is:
// then its last error counts, not the context's.
func retry(ctx context.Context, every time.Duration, try func() (done bool, err error)) error {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		done, err := try()
		if done {
			return err
		}
		select {
		case <-ctx.Done():
			if err == nil {
				err = ctx.Err()
			}
			return err
		case <-t.C:
		}
	}
}

func isDialError(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &op) || errors.As(err, &dns)
}
