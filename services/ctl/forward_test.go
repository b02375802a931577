package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"testing"
)

// echo answers every line with its own name, until the test ends.
func echo(t *testing.T, name string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				in := bufio.NewScanner(c)
				for in.Scan() {
					fmt.Fprintf(c, "%s: %s\n", name, in.Text())
				}
			}()
		}
	}()
	return l
}

func TestForwardCarriesBothWaysAndEnds(t *testing.T) {
	t.Parallel()
	target := echo(t, "collector")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); forward(ctx, l, target.Addr().String()) }()
	for i := range 3 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "hello %d\n", i)
		got, err := bufio.NewReader(c).ReadString('\n')
		if err != nil || got != fmt.Sprintf("collector: hello %d\n", i) {
			t.Errorf("got %q, %v", got, err)
		}
		if i > 0 { // the first stays open: ending must not wait for it
			_ = c.Close()
		}
	}
	cancel()
	_ = l.Close()
	<-ended
}

func TestForwardClosesWhenNobodyAnswers(t *testing.T) {
	t.Parallel()
	gone := echo(t, "gone")
	address := gone.Addr().String()
	_ = gone.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go forward(t.Context(), l, address)
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(c).ReadString('\n'); err == nil {
		t.Error("want the connection closed")
	}
}
