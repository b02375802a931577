package mattermost

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Backend is a bot on one server and team.
type Backend struct {
	cfg    Config
	name   string
	caller *api.Caller
	log    *slog.Logger

	mu       sync.Mutex
	me       string
	channels map[string]string // ids by name
	shown    map[string]string // which picture a message shows
}

// shownKept bounds what is remembered of messages' pictures.
const shownKept = 5000

var (
	_ chat.Backend   = (*Backend)(nil)
	_ chat.Again     = (*Backend)(nil)
	_ chat.Forgetter = (*Backend)(nil)
	_ chat.Answerer  = (*Backend)(nil)
	_ chat.Grouper   = (*Backend)(nil)
	_ chat.Endpoint  = (*Backend)(nil)
)

// New returns the backend; it does not connect yet.
func New(c Config, d chat.Deps) (chat.Backend, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return &Backend{cfg: c, name: cmp.Or(d.Name, "mattermost"), caller: api.New(d.HTTP, c.Token.Reveal(), c.Secret.Reveal()), log: cmp.Or(d.Log, slog.New(slog.DiscardHandler)),
		channels: map[string]string{}, shown: map[string]string{}}, nil
}

// Name implements chat.Backend.
func (b *Backend) Name() string { return b.name }

// Channel implements chat.Backend. The bot joins a public channel.
func (b *Backend) Channel(ctx context.Context, name string) (string, error) {
	name = strings.TrimPrefix(strings.TrimSpace(name), "#")
	b.mu.Lock()
	id := b.channels[name]
	b.mu.Unlock()
	switch {
	case id != "":
		return id, nil
	case idLike(name):
		return name, nil
	case name == "":
		return "", chat.ErrNoChannel
	}
	var got struct {
		ID       string `json:"id"`
		DeleteAt int64  `json:"delete_at"`
	}
	if err := b.call(ctx, http.MethodGet, "/teams/name/"+url.PathEscape(b.cfg.Team)+"/channels/name/"+url.PathEscape(name), nil, &got); err != nil {
		return "", err
	}
	if !idLike(got.ID) || got.DeleteAt > 0 {
		return "", fmt.Errorf("mattermost: channel %s is archived: %w", name, chat.ErrNoChannel)
	}
	if me, err := b.self(ctx); err == nil {
		if err := b.call(ctx, http.MethodPost, "/channels/"+got.ID+"/members", map[string]string{"user_id": me}, nil); err != nil {
			b.log.Warn("channel not joined", "channel", name, "err", err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.channels[name] = got.ID
	return got.ID, nil
}

// self returns the bot's id.
func (b *Backend) self(ctx context.Context) (string, error) {
	b.mu.Lock()
	me := b.me
	b.mu.Unlock()
	if me != "" {
		return me, nil
	}
	var got post
	if err := b.call(ctx, http.MethodGet, "/users/me", nil, &got); err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.me = got.ID
	return got.ID, nil
}

// Forget implements chat.Forgetter.
func (b *Backend) Forget(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.channels, strings.TrimPrefix(name, "#"))
}

// Post implements chat.Backend.
func (b *Backend) Post(ctx context.Context, p chat.Post) (string, error) {
	if !idLike(p.ChannelID) {
		return "", fmt.Errorf("mattermost: %q is no channel's id: %w", p.ChannelID, chat.ErrNoChannel)
	}
	m := b.write(p.Content, p.ChannelID, p.Key)
	m.ChannelID, m.RootID = p.ChannelID, p.Thread
	file := b.attach(ctx, &m, p.ChannelID, "", p.Content)
	var got post
	err := b.call(ctx, http.MethodPost, "/posts", m, &got)
	switch {
	case errors.Is(err, chat.ErrSetup) && strings.Contains(err.Error(), "403"):
		return "", fmt.Errorf("%w: %w", err, chat.ErrNoChannel) // the bot is not in the channel
	case err != nil:
		return "", err
	case !idLike(got.ID):
		return "", chat.MarkUnsure(fmt.Errorf("mattermost: the answer has no message's id"))
	}
	b.note(got.ID, file)
	return got.ID, nil
}

// Again implements chat.Again by an edit, which keeps the message's key.
func (b *Backend) Again(ctx context.Context, p chat.Post, ts string) (string, error) {
	if !idLike(ts) {
		return ts, fmt.Errorf("mattermost: message: %w", chat.ErrGone)
	}
	m := b.write(p.Content, p.ChannelID, p.Key)
	file := b.attach(ctx, &m, p.ChannelID, ts, p.Content)
	err := b.call(ctx, http.MethodPut, "/posts/"+ts+"/patch", m, nil)
	if errors.Is(err, chat.ErrNoChannel) { // 404: of the message
		return ts, fmt.Errorf("mattermost: message: %w", chat.ErrGone)
	}
	if err == nil {
		b.note(ts, file)
	}
	return ts, err
}

// Update implements chat.Backend.
func (b *Backend) Update(ctx context.Context, channelID, ts string, c chat.Content) error {
	_, err := b.Again(ctx, chat.Post{ChannelID: channelID, Content: c}, ts)
	return err
}

// attach uploads the content's picture, unless the message ts shows it, and
// returns which it was. A picture that is not taken delays no text.
func (b *Backend) attach(ctx context.Context, m *post, channelID, ts string, c chat.Content) string {
	for _, part := range c.Parts {
		i, ok := part.(chat.Image)
		if !ok || len(i.PNG) == 0 {
			continue
		}
		b.mu.Lock()
		shown := ts != "" && i.File != "" && b.shown[ts] == i.File
		b.mu.Unlock()
		if shown {
			return i.File
		}
		var got struct {
			FileInfos []struct {
				ID string `json:"id"`
			} `json:"file_infos"`
		}
		err := b.call(ctx, http.MethodPost, "/files?channel_id="+url.QueryEscape(channelID)+"&filename=chart.png", i.PNG, &got)
		if err != nil || len(got.FileInfos) != 1 || !idLike(got.FileInfos[0].ID) {
			b.log.Warn("picture not taken, the message goes without it", "err", err)
			return ""
		}
		m.FileIDs = []string{got.FileInfos[0].ID}
		return i.File
	}
	return ""
}

func (b *Backend) note(ts, file string) {
	if file == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.shown) >= shownKept {
		clear(b.shown)
	}
	b.shown[ts] = file
}

// Find implements chat.Backend.
func (b *Backend) Find(ctx context.Context, channelID, thread string, k chat.Key, since time.Time) (string, error) {
	var got struct {
		Posts map[string]post `json:"posts"`
	}
	if !idLike(channelID) {
		return "", chat.ErrNoChannel
	}
	if err := b.call(ctx, http.MethodGet, "/channels/"+channelID+"/posts?since="+strconv.FormatInt(since.UnixMilli(), 10), nil, &got); err != nil {
		return "", err
	}
	for id, p := range got.Posts {
		if p.Props.Parley != nil && *p.Props.Parley == (key{k.Incident, k.Part}) && (thread == "" || p.RootID == thread) && idLike(id) {
			return id, nil
		}
	}
	return "", nil
}

// Answer implements chat.Answerer by a message of the bot to the person.
func (b *Backend) Answer(ctx context.Context, to chat.To, c chat.Content) error {
	me, err := b.self(ctx)
	if err != nil {
		return err
	}
	if !idLike(to.UserID) {
		return fmt.Errorf("mattermost: no such person: %w", chat.ErrNoChannel)
	}
	var direct post
	if err := b.call(ctx, http.MethodPost, "/channels/direct", []string{me, to.UserID}, &direct); err != nil {
		return err
	}
	m := b.write(c, direct.ID, chat.Key{})
	m.ChannelID = direct.ID
	return b.call(ctx, http.MethodPost, "/posts", m, nil)
}

// Groups implements chat.Grouper by the chats file.
func (b *Backend) Groups(ctx context.Context, userID string) ([]string, error) {
	if len(b.cfg.Groups) == 0 || !idLike(userID) {
		return nil, nil
	}
	var got struct {
		Username string `json:"username"`
		DeleteAt int64  `json:"delete_at"`
	}
	if err := b.call(ctx, http.MethodGet, "/users/"+userID, nil, &got); err != nil {
		return nil, err
	}
	var out []string
	for group, people := range b.cfg.Groups {
		if got.DeleteAt == 0 && got.Username != "" && (slices.Contains(people, got.Username) || slices.Contains(people, userID)) {
			out = append(out, group)
		}
	}
	slices.Sort(out)
	return out, nil
}
