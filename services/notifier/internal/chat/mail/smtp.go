package mail

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

const (
	// sessionTimeout bounds a whole mail; RFC 5321 allows minutes, a notifier
	// cannot.
	sessionTimeout = 45 * time.Second
	// again is when to come back after a 4xx answer (greylisting, a limit).
	again = 30 * time.Second
)

// send is one attempt to send a mail.
func (b *Backend) send(ctx context.Context, to []*mail.Address, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, sessionTimeout)
	defer cancel()
	conn, err := b.dial(ctx, "tcp", b.places.addr)
	if err != nil {
		return b.fault("connect to "+b.places.host, err)
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	c, err := b.session(conn)
	if err != nil {
		return err
	}
	if err := c.Mail(b.places.from.Address); err != nil {
		return b.fault("sender", err)
	}
	if err := b.recipients(c, to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return b.fault("data", err)
	}
	// Nothing counts before the last dot, which Close writes.
	if _, err := w.Write(data); err != nil {
		return b.fault("data", err)
	}
	if err := w.Close(); err != nil {
		err = b.fault("data", err)
		if !answered(err) {
			return chat.MarkUnsure(err)
		}
		return err
	}
	_ = c.Quit() // it is taken, whatever comes now
	return nil
}

// session greets the server, protects the connection and logs in.
func (b *Backend) session(conn net.Conn) (*smtp.Client, error) {
	secure := &tls.Config{ServerName: b.places.host, MinVersion: tls.VersionTLS12, RootCAs: b.roots}
	if b.cfg.TLS == TLS {
		conn = tls.Client(conn, secure)
	}
	c, err := smtp.NewClient(conn, b.places.host)
	if err != nil {
		return nil, b.fault("greeting", err)
	}
	_, domain, _ := strings.Cut(b.places.from.Address, "@")
	if err := c.Hello(cmp.Or(domain, "localhost")); err != nil {
		return nil, b.fault("hello", err)
	}
	if b.cfg.TLS == STARTTLS {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return nil, fmt.Errorf("%s does not offer STARTTLS, without which nothing is sent; use its port for TLS with tls: tls: %w", b.places.host, chat.ErrSetup)
		}
		if err := c.StartTLS(secure); err != nil {
			return nil, b.fault("starttls", err)
		}
	}
	if b.cfg.Username == "" {
		return c, nil
	}
	_, offered := c.Extension("AUTH")
	if err := c.Auth(auth(b.cfg.Username, b.cfg.Password.Reveal(), offered)); err != nil {
		err = b.fault("log in as "+b.cfg.Username, err)
		if answered(err) && !errors.As(err, new(*chat.RateLimited)) {
			return nil, fmt.Errorf("%w: %w", err, chat.ErrSetup)
		}
		return nil, err
	}
	return c, nil
}

// recipients names them to the server. One that is refused keeps no other from
// the mail.
func (b *Backend) recipients(c *smtp.Client, to []*mail.Address) error {
	var refused error
	taken := 0
	for _, a := range to {
		switch err := c.Rcpt(a.Address); {
		case err == nil:
			taken++
		default:
			err = b.fault("recipient "+a.Address, err)
			if !answered(err) {
				return err
			}
			b.log.Warn("recipient refused by the mail server", "chat", b.name, "recipient", a.Address, "err", err)
			if refused == nil || errors.As(err, new(*chat.RateLimited)) {
				refused = err
			}
		}
	}
	switch {
	case taken > 0:
		return nil
	case errors.As(refused, new(*chat.RateLimited)):
		return refused
	}
	return fmt.Errorf("%w: %w", refused, chat.ErrNoChannel)
}

// reply is a server's answer; of a 4xx one its kind is RateLimited.
type reply struct {
	text string
	kind error
}

func (r *reply) Error() string { return r.text }
func (r *reply) Unwrap() error { return r.kind }

// answered reports whether the server said no, rather than nothing.
func answered(err error) bool { return errors.As(err, new(*reply)) }

// fault says what failed, without secrets. An answer of the server is a reply.
func (b *Backend) fault(what string, err error) error {
	var p *textproto.Error
	if !errors.As(err, &p) {
		return b.secrets.Scrubbed(what+": "+err.Error(), nil)
	}
	r := &reply{text: b.secrets.Scrubbed(fmt.Sprintf("%s: %d %s", what, p.Code, p.Msg), nil).Error()}
	switch {
	case p.Code >= 400 && p.Code < 500:
		r.kind = &chat.RateLimited{After: again}
	case p.Code == 530 || p.Code == 534 || p.Code == 535 || p.Code == 538:
		r.kind = chat.ErrSetup
	default:
		r.kind = chat.ErrRefused
	}
	return r
}

// auth returns PLAIN, or LOGIN where the server offers nothing better.
func auth(user, password, offered string) smtp.Auth {
	mechanisms := strings.Fields(strings.ToUpper(offered))
	for _, m := range mechanisms {
		if m == "PLAIN" {
			return plainAuth{user, password}
		}
	}
	return loginAuth{user, password}
}

var errClear = errors.New("the connection is not protected")

// plainAuth is RFC 4616. Unlike net/smtp's it makes no exception for localhost.
type plainAuth struct{ user, password string }

func (a plainAuth) Start(s *smtp.ServerInfo) (string, []byte, error) {
	if !s.TLS {
		return "", nil, errClear
	}
	return "PLAIN", []byte("\x00" + a.user + "\x00" + a.password), nil
}

func (a plainAuth) Next(_ []byte, more bool) ([]byte, error) {
	if more {
		return nil, errors.New("unexpected challenge")
	}
	return nil, nil
}

// loginAuth is what Microsoft's servers want.
type loginAuth struct{ user, password string }

func (a loginAuth) Start(s *smtp.ServerInfo) (string, []byte, error) {
	if !s.TLS {
		return "", nil, errClear
	}
	return "LOGIN", nil, nil
}

func (a loginAuth) Next(from []byte, more bool) ([]byte, error) {
	switch {
	case !more:
		return nil, nil
	case bytes.HasPrefix(bytes.ToLower(from), []byte("user")):
		return []byte(a.user), nil
	case bytes.HasPrefix(bytes.ToLower(from), []byte("pass")):
		return []byte(a.password), nil
	}
	return nil, errors.New("unexpected challenge")
}
