package shoutrrr

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Backend sends text by shoutrrr's services.
type Backend struct {
	name    string
	cfg     Config
	timeout time.Duration
	// busy bounds the attempts that go on.
	busy chan struct{}
}

var _ chat.Teller = (*Backend)(nil)

// New returns the backend; it does not connect yet.
func New(c Config, d chat.Deps) (chat.Backend, error) {
	b, err := open(c, d)
	if err != nil {
		return nil, err
	}
	return chat.ByTelling(b), nil
}

func open(c Config, d chat.Deps) (*Backend, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return &Backend{name: cmp.Or(d.Name, "shoutrrr"), cfg: c, timeout: api.Timeout, busy: make(chan struct{}, 4)}, nil
}

// Name returns the backend's name.
func (b *Backend) Name() string { return b.name }

// Channel implements chat.Teller.
func (b *Backend) Channel(_ context.Context, name string) (string, error) {
	return b.cfg.Channels.ID(name)
}

// Lists implements chat.Lister.
func (b *Backend) Lists() []string { return b.cfg.Channels.Names() }

// errBusy: earlier attempts hang, this one was not made.
var errBusy = errors.New("the service does not answer earlier messages yet")

// Tell implements chat.Teller.
func (b *Backend) Tell(ctx context.Context, t chat.Told) error {
	ref, err := b.cfg.Channels.Get(t.ChannelID)
	if err != nil {
		return err
	}
	if t.Event == chat.Pictured {
		return nil // no pictures there
	}
	select {
	case b.busy <- struct{}{}:
	default:
		return errBusy
	}
	done := make(chan error, 1)
	go func() { // outlives the deadline at worst, see the package's guarantees
		defer func() { <-b.busy }()
		done <- send(ref.Reveal(), textOf(t.Content, b.cfg.Length))
	}()
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return chat.MarkUnsure(fmt.Errorf("send: no answer: %w", ctx.Err()))
	}
}

// send is one attempt.
func send(to, text string) error {
	service, err := new(router.ServiceRouter).Locate(to)
	if err != nil {
		var lost *url.Error
		if errors.As(err, &lost) && lost.Op != "parse" { // it logs in here
			return explain(err)
		}
		return fmt.Errorf("the channel's URL is not what its service wants, see shoutrrr's documentation: %w", chat.ErrSetup)
	}
	return explain(service.Send(text, &types.Params{}))
}

// httpStatus finds the status in an error's text, for lack of a better way.
var httpStatus = regexp.MustCompile(`(?i)(?:status|code|response|error|http)[^0-9/]{0,40}([45][0-9][0-9])\b`)

// again is when to come back after 429: how long it says is lost in the library.
const again = 30 * time.Second

// explain tells what became of an attempt in our own words: the library's
// contain the URL.
func explain(err error) error {
	if err == nil {
		return nil
	}
	var dns *net.DNSError
	var op *net.OpError
	// Some services keep of the cause its text alone.
	if errors.As(err, &dns) || errors.As(err, &op) && op.Op == "dial" || strings.Contains(err.Error(), ": dial tcp") {
		return errors.New("send: the service cannot be reached")
	}
	var lost *url.Error
	if errors.As(err, &lost) {
		return chat.MarkUnsure(errors.New("send: the connection broke"))
	}
	m := httpStatus.FindStringSubmatch(err.Error())
	if m == nil {
		return chat.MarkUnsure(errors.New("send: the service did not take it, or did not say so"))
	}
	status, _ := strconv.Atoi(m[1])
	text := fmt.Sprintf("send: the service answers %d %s", status, http.StatusText(status))
	switch {
	case status == http.StatusTooManyRequests:
		return &chat.RateLimited{After: again}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fmt.Errorf("%s: %w", text, chat.ErrSetup)
	case status == http.StatusNotFound, status == http.StatusGone:
		return fmt.Errorf("%s: %w", text, chat.ErrNoChannel)
	case status < 500 && status != http.StatusRequestTimeout:
		return fmt.Errorf("%s: %w", text, chat.ErrRefused)
	}
	return chat.MarkUnsure(errors.New(text))
}
