package teams

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Teller posts cards.
type Teller struct {
	cfg    Config
	name   string
	caller *api.Caller
}

var _ chat.Teller = (*Teller)(nil)

// New returns the backend.
func New(c Config, d chat.Deps) (chat.Backend, error) {
	t, err := open(c, d)
	if err != nil {
		return nil, err
	}
	return chat.ByTelling(t), nil
}

func open(c Config, d chat.Deps) (*Teller, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	var secrets []string
	for _, ref := range c.Channels {
		secrets = append(secrets, ref.Reveal())
		if u, err := url.Parse(ref.Reveal()); err == nil && u.Query().Get("sig") != "" {
			secrets = append(secrets, u.Query().Get("sig"))
		}
	}
	return &Teller{cfg: c, name: cmp.Or(d.Name, "teams"), caller: api.New(d.HTTP, secrets...)}, nil
}

// Name implements chat.Teller.
func (t *Teller) Name() string { return t.name }

// Channel implements chat.Teller.
func (t *Teller) Channel(_ context.Context, name string) (string, error) {
	return t.cfg.Channels.ID(name)
}

// Lists implements chat.Lister.
func (t *Teller) Lists() []string { return t.cfg.Channels.Names() }

// Tell implements chat.Teller.
func (t *Teller) Tell(ctx context.Context, told chat.Told) error {
	hook, err := t.cfg.Channels.Get(told.ChannelID)
	if err != nil {
		return err
	}
	data, err := json.Marshal(write(told.Content))
	if err != nil {
		return fmt.Errorf("teams: %w: %w", chat.ErrRefused, err)
	}
	_, err = t.caller.Post(ctx, "teams", hook.Reveal(), "application/json", data, nil)
	return err
}
