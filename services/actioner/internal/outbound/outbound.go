package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
)

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 1 << 20

// Request is one HTTP request.
type Request struct {
	Method, URL string
	Header      http.Header
	Body        []byte
}

// Answer is what came back, whatever its status.
type Answer struct {
	Status int
	Body   []byte
}

// Transport returns the way out for calls that guard allows. It follows no
// proxy from the environment, since the guard could not see through it.
func Transport(guard action.Guard) http.RoundTripper {
	return &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			d := net.Dialer{Timeout: 5 * time.Second, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
				ap, err := netip.ParseAddrPort(address)
				if err != nil {
					return err
				}
				return allow(guard, host, ap.Addr())
			}}
			return d.DialContext(ctx, network, addr)
		},
		DisableKeepAlives:      true,
		TLSHandshakeTimeout:    5 * time.Second,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      false,
	}
}

// refusedError is a guard's word.
type refusedError struct{ err error }

func (e refusedError) Error() string { return e.err.Error() }

func allow(guard action.Guard, host string, ip netip.Addr) error {
	if guard == nil {
		return nil
	}
	if err := guard(host, ip); err != nil {
		return refusedError{err}
	}
	return nil
}

// Do sends the request once over transport (nil: package's own) and returns
// the answer. Errors are action.Failed (refused by the guard), action.NotDone
// (never sent) or action.Unknown (may have arrived).
func Do(ctx context.Context, transport func(action.Guard) http.RoundTripper, guard action.Guard, r Request) (Answer, error) {
	if transport == nil {
		transport = Transport
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return Answer{}, action.Failed("the request cannot be made", nil)
	}
	req.Header = r.Header
	host := req.URL.Hostname()
	if ip, err := netip.ParseAddr(host); err == nil {
		if err := allow(guard, host, ip); err != nil {
			return Answer{}, action.Failed(err.Error(), nil)
		}
	}
	// A RoundTripper and not a Client: no redirect is followed, no cookie kept.
	resp, err := transport(guard).RoundTrip(req)
	if err != nil {
		return Answer{}, classify(ctx, req.URL.Host, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil && resp.StatusCode < 300 {
		return Answer{}, action.Unknown(fmt.Sprintf("%s began to answer and broke off", req.URL.Host), err)
	}
	return Answer{Status: resp.StatusCode, Body: body}, nil
}

// classify says whether a request that failed can have arrived.
func classify(ctx context.Context, host string, err error) error {
	var refused refusedError
	var dns *net.DNSError
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &refused):
		return action.Failed(refused.Error(), nil)
	case errors.As(err, &dns):
		return action.NotDone(host+" is not known to the name server", err)
	case errors.As(err, &cert):
		return action.Failed("the certificate of "+host+" is not trusted", err)
	case errors.As(err, &op) && op.Op == "dial":
		return action.NotDone(host+" cannot be reached", err)
	case ctx.Err() != nil:
		return action.Unknown(host+" did not answer in time", err)
	}
	return action.Unknown("the connection to "+host+" broke off before an answer", err)
}

// Judge returns nil for a status that means done, and what to tell people for
// the others. said is the other side's own words, shortened by the caller.
func Judge(host string, a Answer, said string) error {
	if said != "" {
		said = ": " + said
	}
	text := fmt.Sprintf("%s answered %d%s", host, a.Status, said)
	switch {
	case a.Status >= 200 && a.Status < 300:
		return nil
	case a.Status >= 300 && a.Status < 400:
		return action.Failed(fmt.Sprintf("%s answered with a redirect (%d), which actions do not follow", host, a.Status), nil)
	case a.Status == http.StatusTooManyRequests, a.Status == http.StatusServiceUnavailable:
		return action.NotDone(text, nil)
	case a.Status == http.StatusBadGateway, a.Status == http.StatusGatewayTimeout, a.Status == http.StatusRequestTimeout:
		// Somebody between us and the target gave up waiting.
		return action.Unknown(text, nil)
	}
	return action.Failed(text, nil)
}
