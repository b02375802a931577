package discord

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Backend writes by webhooks.
type Backend struct {
	cfg    Config
	name   string
	caller *api.Caller

	mu    sync.Mutex
	shown map[string]string // which picture a message shows
}

// shownKept bounds what is remembered of messages' pictures.
const shownKept = 5000

var (
	_ chat.Backend    = (*Backend)(nil)
	_ chat.Forgetting = (*Backend)(nil)
)

// New returns the backend; it does not connect yet.
func New(c Config, d chat.Deps) (chat.Backend, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	var secrets []string
	for _, ref := range c.Channels {
		u := ref.Reveal()
		secrets = append(secrets, u, u[strings.LastIndex(u, "/")+1:])
	}
	return &Backend{cfg: c, name: cmp.Or(d.Name, "discord"), caller: api.New(d.HTTP, secrets...), shown: map[string]string{}}, nil
}

// Name implements chat.Backend.
func (b *Backend) Name() string { return b.name }

// Channel implements chat.Backend.
func (b *Backend) Channel(_ context.Context, name string) (string, error) {
	return b.cfg.Channels.ID(name)
}

// Lists implements chat.Lister.
func (b *Backend) Lists() []string { return b.cfg.Channels.Names() }

// ForgetsPosts implements chat.Forgetting.
func (b *Backend) ForgetsPosts() {}

// Find implements chat.Backend: a webhook reads no history.
func (b *Backend) Find(context.Context, string, string, chat.Key, time.Time) (string, error) {
	return "", nil
}

// Post implements chat.Backend. What belongs in a thread is a message of its
// own: a webhook makes no threads in a channel of text.
func (b *Backend) Post(ctx context.Context, p chat.Post) (string, error) {
	url, err := b.cfg.Channels.Get(p.ChannelID)
	if err != nil {
		return "", err
	}
	m, picture := write(p.Content, b.cfg.Username, func(string) bool { return false })
	answer, err := b.call(ctx, http.MethodPost, url.Reveal()+"?wait=true&with_components=true", m, picture)
	if err != nil {
		return "", err
	}
	var got struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(answer, &got) != nil || !idLike(got.ID) {
		return "", chat.MarkUnsure(fmt.Errorf("discord: the answer has no message's id"))
	}
	b.note(got.ID, picture)
	return got.ID, nil
}

// Update implements chat.Backend.
func (b *Backend) Update(ctx context.Context, channelID, ts string, c chat.Content) error {
	url, err := b.cfg.Channels.Get(channelID)
	if err != nil {
		return err
	}
	if !idLike(ts) {
		return fmt.Errorf("discord: message: %w", chat.ErrGone)
	}
	m, picture := write(c, "", func(file string) bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return file != "" && b.shown[ts] == file
	})
	if _, err = b.call(ctx, http.MethodPatch, url.Reveal()+"/messages/"+ts+"?with_components=true", m, picture); err == nil {
		b.note(ts, picture)
	}
	return err
}

// note remembers which picture a message shows, so that an edit does not send
// it again.
func (b *Backend) note(ts string, picture *chat.Image) {
	if picture == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.shown) >= shownKept {
		clear(b.shown)
	}
	b.shown[ts] = picture.File
}

// call makes one request.
func (b *Backend) call(ctx context.Context, method, url string, m message, picture *chat.Image) ([]byte, error) {
	kind, data, err := body(m, picture)
	if err != nil {
		return nil, fmt.Errorf("discord: %w: %w", chat.ErrRefused, err)
	}
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("discord: the URL cannot be used: %w", chat.ErrSetup)
	}
	r.GetBody = nil // one attempt is one attempt
	r.Header.Set("Content-Type", kind)
	r.Header.Set("User-Agent", "parley")
	resp, err := b.caller.Client().Do(r)
	if err != nil {
		return nil, fmt.Errorf("discord: %w", b.caller.Fault(err))
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 256<<10))
	if bad := b.caller.Status(resp.StatusCode, resp.Header, answer); bad != nil {
		var code struct {
			Code int `json:"code"`
		}
		if resp.StatusCode == http.StatusNotFound && json.Unmarshal(answer, &code) == nil && code.Code == unknownMessage {
			bad = chat.ErrGone
		}
		if resp.StatusCode == http.StatusRequestEntityTooLarge && errors.Is(bad, chat.ErrRefused) {
			bad = chat.ErrPicture
		}
		return nil, fmt.Errorf("discord: %w", bad)
	}
	if err != nil {
		return nil, fmt.Errorf("discord: %w", b.caller.Fault(err))
	}
	return answer, nil
}

// unknownMessage is Discord's code for a message that was deleted.
const unknownMessage = 10008

func idLike(s string) bool {
	return s != "" && len(s) <= 25 && strings.Trim(s, "0123456789") == ""
}
