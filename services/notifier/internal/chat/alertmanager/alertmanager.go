package alertmanager

import (
	"cmp"
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Backend sends alerts.
type Backend struct {
	name   string
	cfg    Config
	caller *api.Caller
	header http.Header
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
	b := &Backend{name: cmp.Or(d.Name, "alertmanager"), cfg: c, header: http.Header{}}
	basic := base64.StdEncoding.EncodeToString([]byte(c.Username + ":" + c.Password.Reveal()))
	if c.Token.Secret != "" {
		b.header.Set("Authorization", "Bearer "+c.Token.Reveal())
	} else if c.Username != "" {
		b.header.Set("Authorization", "Basic "+basic)
	}
	b.caller = api.New(d.HTTP, c.Token.Reveal(), c.Password.Reveal(), basic)
	return b, nil
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
	to, err := b.cfg.Channels.Get(t.ChannelID)
	if err != nil {
		return err
	}
	a := t.Content.About
	if a == nil || t.Event == chat.Noted || t.Event == chat.Pictured {
		return nil
	}
	if b.cfg.Send == Alerts {
		_, err = b.caller.JSON(ctx, http.MethodPost, "alerts", strings.TrimRight(to, "/")+"/api/v2/alerts", []alert{alertOf(t, time.Now())}, b.header)
		return err
	}
	_, err = b.caller.JSON(ctx, http.MethodPost, "webhook", to, webhookOf(t, b.name), b.header)
	return err
}
