package googlechat

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Backend writes to spaces by their webhooks.
type Backend struct {
	name   string
	cfg    Config
	caller *api.Caller
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
	return &Backend{name: cmp.Or(d.Name, "googlechat"), cfg: c, caller: api.New(d.HTTP, c.secrets()...)}, nil
}

// Name returns the backend's name.
func (b *Backend) Name() string { return b.name }

// Channel implements chat.Teller.
func (b *Backend) Channel(_ context.Context, name string) (string, error) {
	return b.cfg.Channels.ID(name)
}

// Lists implements chat.Lister.
func (b *Backend) Lists() []string { return b.cfg.Channels.Names() }

// Tell implements chat.Teller.
func (b *Backend) Tell(ctx context.Context, t chat.Told) error {
	ref, err := b.cfg.Channels.Get(t.ChannelID)
	if err != nil {
		return err
	}
	if t.Event == chat.Pictured {
		return nil // it cannot be shown
	}
	to, err := url.Parse(ref.Reveal())
	if err != nil {
		return b.caller.Scrubbed("the webhook's URL cannot be used", chat.ErrSetup)
	}
	q := to.Query()
	q.Set("messageReplyOption", "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD")
	q.Set("requestId", hash("request", b.name, t.ChannelID, t.ID))
	to.RawQuery = q.Encode()
	m := messageOf(t.Content)
	m.Thread.Key = hash("thread", b.name, t.Key.Incident)
	_, err = b.caller.JSON(ctx, http.MethodPost, "webhook", to.String(), m, nil)
	return err
}

// hash makes an id of signs that may stand anywhere.
func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = h.Write([]byte(p + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
