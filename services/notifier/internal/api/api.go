package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
)

// Timeout bounds one request.
const Timeout = 15 * time.Second

// longest is how long a vendor may tell us to wait at most.
const longest = time.Hour

// Caller makes requests and keeps these secrets to itself.
type Caller struct {
	client  *http.Client
	secrets []string
}

// New returns a caller; a nil client is the default transport.
func New(client *http.Client, secrets ...string) *Caller {
	c := &http.Client{Timeout: Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if client != nil {
		c.Transport = client.Transport
	}
	return &Caller{client: c, secrets: secrets}
}

// Client returns the HTTP client, for libraries that bring their own requests.
func (c *Caller) Client() *http.Client { return c.client }

// Post makes one POST request. what names it in errors.
func (c *Caller) Post(ctx context.Context, what, to, contentType string, data []byte, header http.Header) ([]byte, error) {
	return c.Do(ctx, http.MethodPost, what, to, contentType, data, header)
}

// Do makes one request. what names it in errors.
func (c *Caller) Do(ctx context.Context, method, what, to, contentType string, data []byte, header http.Header) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: the URL cannot be used: %w", what, chat.ErrSetup)
	}
	req.GetBody = nil // one attempt is one attempt
	for k, v := range header {
		req.Header[k] = v
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("User-Agent", "parley")
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, c.Fault(err))
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err := c.Status(resp.StatusCode, resp.Header, body); err != nil {
		return body, fmt.Errorf("%s: %w", what, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, c.Fault(err))
	}
	return body, nil
}

// JSON makes one request of JSON. what names it in errors.
func (c *Caller) JSON(ctx context.Context, method, what, to string, v any, header http.Header) ([]byte, error) {
	data, err := Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", what, err, chat.ErrRefused)
	}
	return c.Do(ctx, method, what, to, "application/json", data, header)
}

// Marshal returns v as JSON. It escapes no < > &, which take six bytes of a
// vendor's limit so.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// Status returns what an answer means; nil for 2xx.
func (c *Caller) Status(status int, header http.Header, body []byte) error {
	var kind error
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusTooManyRequests:
		return &chat.RateLimited{After: RetryAfter(header, time.Now())}
	case status == http.StatusServiceUnavailable && header.Get("Retry-After") != "":
		return &chat.RateLimited{After: RetryAfter(header, time.Now())}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		kind = chat.ErrSetup
	case status == http.StatusNotFound, status == http.StatusGone:
		kind = chat.ErrNoChannel
	case status >= 300 && status < 500 && status != http.StatusRequestTimeout:
		kind = chat.ErrRefused
	}
	text := strings.TrimSpace(fmt.Sprintf("%d %s %s", status, http.StatusText(status), plain.Clean(string(body))))
	err := c.Scrubbed(text, kind)
	if kind == nil {
		return chat.MarkUnsure(err)
	}
	return err
}

// Fault returns what a request without an answer means.
func (c *Caller) Fault(err error) error {
	text := err.Error()
	var u *url.Error
	if errors.As(err, &u) {
		host := ""
		if parsed, bad := url.Parse(u.URL); bad == nil {
			host = parsed.Host
		}
		text = fmt.Sprintf("%s %s: %v", strings.ToLower(u.Op), host, u.Err)
	}
	var op *net.OpError
	var dns *net.DNSError
	if errors.As(err, &dns) || errors.As(err, &op) && op.Op == "dial" {
		return c.Scrubbed(text, nil)
	}
	if errors.Is(err, context.Canceled) {
		return chat.MarkUnsure(c.Scrubbed("stopped", context.Canceled))
	}
	return chat.MarkUnsure(c.Scrubbed(text, nil))
}

// Scrubbed returns an error with this text, without secrets, of this kind.
func (c *Caller) Scrubbed(text string, kind error) error {
	for _, s := range c.secrets {
		if s != "" {
			text = strings.NewReplacer(s, "***", url.QueryEscape(s), "***", url.PathEscape(s), "***").Replace(text)
		}
	}
	return &scrubbed{plain.Cut(plain.Clean(text), 240), kind}
}

// scrubbed is an error whose text is safe to log; of its cause only the kind
// is kept.
type scrubbed struct {
	text string
	kind error
}

func (e *scrubbed) Error() string { return e.text }
func (e *scrubbed) Unwrap() error { return e.kind }

// RetryAfter returns how long an answer says to wait: seconds, which may have a
// fraction, or a date; between a second and an hour.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	after := time.Second
	if s, err := strconv.ParseFloat(text, 64); err == nil && s >= 0 {
		after = time.Duration(min(s, longest.Seconds()) * float64(time.Second))
	} else if at, err := http.ParseTime(text); err == nil {
		after = at.Sub(now)
	}
	return min(max(after, time.Second), longest)
}
