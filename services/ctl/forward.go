package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// forwardCmd gives services that run more than once one port on the host: each
// connection goes to one of the addresses that the name has at the moment.
type forwardCmd struct {
	Pairs []string `arg:"" name:"listen=target" help:"Pairs such as 0.0.0.0:8081=collector:8081."`
}

// Help is the long text of --help.
func (forwardCmd) Help() string {
	return `For containers: a port can be published once, a service can run many times.
Connections are forwarded as they are, each to one of the addresses behind the
target's name; one that does not answer is passed over.

Examples:
  parley forward 0.0.0.0:8081=collector:8081`
}

// Run forwards until ctx is done.
func (c forwardCmd) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	var listeners []net.Listener
	for _, pair := range c.Pairs {
		listen, target, ok := strings.Cut(pair, "=")
		if !ok {
			return fmt.Errorf("%q: want LISTEN=TARGET, such as 0.0.0.0:8081=collector:8081", pair)
		}
		l, err := net.Listen("tcp", listen)
		if err != nil {
			for _, open := range listeners {
				_ = open.Close()
			}
			return err
		}
		listeners = append(listeners, l)
		stop := context.AfterFunc(ctx, func() { _ = l.Close() })
		defer stop()
		wg.Go(func() { forward(ctx, l, target) })
	}
	<-ctx.Done()
	return nil
}

// forward serves l until it is closed.
func forward(ctx context.Context, l net.Listener, target string) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for turn := 0; ; turn++ {
		in, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // out of file descriptors, or the peer is gone already
		}
		wg.Go(func() {
			defer in.Close()
			out, err := dialOne(ctx, target, turn)
			if err != nil {
				return // the peer sees the connection close
			}
			defer out.Close()
			stop := context.AfterFunc(ctx, func() { _ = in.Close(); _ = out.Close() })
			defer stop()
			pipe(in, out)
		})
	}
}

// dialOne connects to one of the target's addresses: the turn-th, or the next
// that answers.
func dialOne(ctx context.Context, target string, turn int) (net.Conn, error) {
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return nil, err
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: 2 * time.Second}
	for i := range addresses {
		var conn net.Conn
		conn, err = dialer.DialContext(ctx, "tcp", net.JoinHostPort(addresses[(turn+i)%len(addresses)], port))
		if err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// pipe copies both ways until both are done.
func pipe(a, b net.Conn) {
	var wg sync.WaitGroup
	one := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		if t, ok := to.(*net.TCPConn); ok {
			_ = t.CloseWrite()
		}
	}
	wg.Go(func() { one(a, b) })
	wg.Go(func() { one(b, a) })
	wg.Wait()
}
