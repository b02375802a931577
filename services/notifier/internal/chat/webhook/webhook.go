package webhook

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Teller sends events to endpoints.
type Teller struct {
	cfg      Config
	name     string
	caller   *api.Caller
	template *template.Template
	log      *slog.Logger
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
	secrets := []string{c.Signing.Reveal()}
	for _, h := range c.Channels {
		secrets = append(secrets, h.URL.Reveal())
		secrets = append(secrets, words(h.URL.Reveal(), "/?&=#")...)
	}
	for _, h := range c.Headers {
		secrets = append(secrets, h.Reveal())
		secrets = append(secrets, words(h.Reveal(), " ,;:")...)
	}
	t := &Teller{cfg: c, name: cmp.Or(d.Name, "webhook"), caller: api.New(d.HTTP, secrets...), log: d.Log}
	if c.Template == "" {
		return t, nil
	}
	var err error
	if t.template, err = compile(c.Template, c.Format); err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	for _, d := range worst() {
		if body, err := render(d, t.template, c.Format); err != nil {
			return nil, fmt.Errorf("template: tried with quotes and signs of markup in every value: %w; it gave %.300q", err, body)
		}
	}
	return t, nil
}

// words returns the parts of a secret that may be secret alone: an endpoint's
// answer may repeat them.
func words(secret, separators string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(secret, func(r rune) bool { return strings.ContainsRune(separators, r) }), func(w string) bool { return len(w) < 8 })
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
	body := t.Render(told)
	h := http.Header{}
	for name, value := range t.cfg.Headers {
		h.Set(name, value.Reveal())
	}
	h.Set("X-Parley-Event", string(told.Event))
	h.Set("X-Parley-Delivery", strconv.QuoteToASCII(told.ID)[1:len(strconv.QuoteToASCII(told.ID))-1])
	if t.cfg.Signing.Reveal() != "" {
		at := strconv.FormatInt(time.Now().Unix(), 10)
		h.Set("X-Parley-Timestamp", at)
		h.Set("X-Parley-Signature", "v1="+sign(t.cfg.Signing.Reveal(), at, body))
	}
	_, err = t.caller.Post(ctx, "webhook "+t.name, hook.URL.Reveal(), t.cfg.Format.contentType(), body, h)
	return err
}

// Render returns the body that is sent: the preview. Where a template fails on
// this very document, it is the document without the template.
func (t *Teller) Render(told chat.Told) []byte {
	d := document(told)
	body, err := render(d, t.template, t.cfg.Format)
	if err != nil {
		if t.log != nil {
			t.log.Error("the webhook's template fails, sending the document without it", "channel", told.ChannelID, "err", t.caller.Scrubbed(err.Error(), nil))
		}
		body, _ = render(d, nil, t.cfg.Format) // always succeeds
	}
	return body
}

// sign returns the signature of a body.
func sign(secret, at string, body []byte) string {
	m := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(m, "v1:%s:", at)
	m.Write(body)
	return hex.EncodeToString(m.Sum(nil))
}
