package account_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/parley-ops/parley/services/internal/account"
)

// early answers before the body was read, and reads it only after its sender
// has closed it.
type early struct {
	closed chan struct{}
	got    chan string
}

func (e early) Do(r *http.Request) (*http.Response, error) {
	go func() {
		<-e.closed
		b, err := io.ReadAll(r.Body)
		e.got <- string(b) + " " + errorText(err)
	}()
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

func errorText(err error) string {
	if err != nil {
		return err.Error()
	}
	return "whole"
}

// closing is a body that cannot be read once it is closed, as the SDK's.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Read(p []byte) (int, error) {
	if c.closed {
		return 0, errors.New("read after close")
	}
	return c.Reader.Read(p)
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestABodyIsSentWholeWhoeverClosesIt(t *testing.T) {
	t.Parallel()
	e := early{make(chan struct{}), make(chan string, 1)}
	body := &closing{Reader: strings.NewReader("Action=DescribeInstances")}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://aws.example", body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := account.Whole(e).Do(r); err != nil {
		t.Fatal(err)
	}
	_ = body.Close()
	close(e.closed)
	if got := <-e.got; got != "Action=DescribeInstances whole" {
		t.Errorf("sent %q", got)
	}
}
