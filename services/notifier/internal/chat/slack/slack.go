package slack

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// callTimeout bounds one request to Slack.
const callTimeout = 15 * time.Second

// metadataType is the event type of our messages' metadata.
const metadataType = "parley_incident"

// Backend speaks to one Slack workspace.
type Backend struct {
	cfg Config
	api *slack.Client
	log *slog.Logger
	met *metrics

	mu       sync.Mutex
	channels map[string]channel // by name and by id
	listed   time.Time
	groups   groupCache
	users    userCache
	seen     seenRequests
	links    links
}

var (
	_ chat.Backend        = (*Backend)(nil)
	_ chat.Forgetter      = (*Backend)(nil)
	_ chat.Placer         = (*Backend)(nil)
	_ chat.Uploader       = (*Backend)(nil)
	_ chat.Grouper        = (*Backend)(nil)
	_ chat.Answerer       = (*Backend)(nil)
	_ chat.Directory      = (*Backend)(nil)
	_ chat.GroupDirectory = (*Backend)(nil)
	_ chat.Asker          = (*Backend)(nil)
	_ chat.Homer          = (*Backend)(nil)
	_ chat.Linker         = (*Backend)(nil)
	_ chat.Receiver       = (*Backend)(nil)
	_ chat.Endpoint       = (*Backend)(nil)
)

// New returns the backend; it does not connect yet.
func New(c Config, d chat.Deps) (chat.Backend, error) {
	c, err := c.resolved()
	if err != nil {
		return nil, err
	}
	if d.HTTP == nil {
		d.HTTP = &http.Client{}
	}
	client := &http.Client{Transport: d.HTTP.Transport, Timeout: callTimeout}
	return &Backend{cfg: c, log: d.Log, met: newMetrics(d.Metrics), channels: map[string]channel{},
		api: slack.New(c.BotToken.Reveal(), slack.OptionAPIURL(c.APIURL), slack.OptionHTTPClient(client),
			slack.OptionAppLevelToken(c.AppToken.Reveal()))}, nil
}

// Name returns "slack".
func (b *Backend) Name() string { return "slack" }

// Post implements chat.Backend.
func (b *Backend) Post(ctx context.Context, p chat.Post) (string, error) {
	opts := append(options(p.Content), slack.MsgOptionMetadata(metadata(p.Key)))
	if p.Thread != "" {
		opts = append(opts, slack.MsgOptionTS(p.Thread))
		if p.Broadcast {
			opts = append(opts, slack.MsgOptionBroadcast())
		}
	}
	_, ts, err := b.api.PostMessageContext(ctx, p.ChannelID, opts...)
	return ts, b.fault("chat.postMessage", err)
}

// Update implements chat.Backend.
func (b *Backend) Update(ctx context.Context, channelID, ts string, c chat.Content) error {
	_, _, _, err := b.api.UpdateMessageContext(ctx, channelID, ts, options(c)...)
	return b.fault("chat.update", err)
}

// options returns the options of content.
func options(c chat.Content) []slack.MsgOption {
	return []slack.MsgOption{slack.MsgOptionText(summary(c), false), slack.MsgOptionBlocks(blocks(c)...),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl()}
}

func metadata(k chat.Key) slack.SlackMetadata {
	return slack.SlackMetadata{EventType: metadataType, EventPayload: map[string]any{"incident": k.Incident, "part": k.Part}}
}

// Find implements chat.Backend. It reads at most 10 pages of 200 messages.
func (b *Backend) Find(ctx context.Context, channelID, thread string, k chat.Key, since time.Time) (string, error) {
	oldest := strconv.FormatInt(since.Unix(), 10)
	cursor := ""
	for range 10 {
		var found []slack.Message
		var next string
		if thread == "" {
			h, err := b.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
				ChannelID: channelID, Oldest: oldest, Limit: 200, Cursor: cursor, IncludeAllMetadata: true})
			if err != nil {
				return "", b.fault("conversations.history", err)
			}
			found, next = h.Messages, h.ResponseMetaData.NextCursor
		} else {
			var err error
			found, _, next, err = b.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
				ChannelID: channelID, Timestamp: thread, Oldest: oldest, Limit: 200, Cursor: cursor, IncludeAllMetadata: true})
			if err != nil {
				return "", b.fault("conversations.replies", err)
			}
		}
		for _, m := range found {
			p := m.Metadata.EventPayload
			if m.Metadata.EventType == metadataType && p["incident"] == k.Incident && p["part"] == k.Part {
				return m.Timestamp, nil
			}
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	return "", nil
}

// Channel implements chat.Backend. What does not exist is looked up again
// after a minute at the earliest.
func (b *Backend) Channel(ctx context.Context, name string) (string, error) {
	name = strings.TrimPrefix(strings.TrimSpace(name), "#")
	if strings.HasPrefix(name, "@") {
		return b.person(ctx, name)
	}
	b.mu.Lock()
	c, ok := b.channels[name]
	fresh := time.Since(b.listed) < time.Minute
	b.mu.Unlock()
	if !ok && !fresh {
		if err := b.list(ctx); err != nil {
			return "", err
		}
		b.mu.Lock()
		c, ok = b.channels[name]
		b.mu.Unlock()
	}
	if !ok {
		return "", fmt.Errorf("channel #%s: %w", name, chat.ErrNoChannel)
	}
	b.join(ctx, name, c)
	return c.id, nil
}

// list reads the workspace's channels.
func (b *Backend) list(ctx context.Context) error {
	channels := map[string]channel{}
	cursor := ""
	for {
		page, next, err := b.api.GetConversationsContext(ctx, &slack.GetConversationsParameters{
			Cursor: cursor, Limit: 1000, ExcludeArchived: true, Types: []string{"public_channel", "private_channel"}})
		if err != nil {
			return b.fault("conversations.list", err)
		}
		b.fault("conversations.list", nil)
		for _, c := range page {
			known := channel{id: c.ID, member: c.IsMember, private: c.IsPrivate}
			channels[c.Name], channels[c.ID] = known, known
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.channels, b.listed = channels, time.Now()
	return nil
}

// join makes us a member of a public channel: only members may read its
// history, which is how a message is found again. Posting needs it not.
func (b *Backend) join(ctx context.Context, name string, c channel) {
	if c.member || c.private {
		return
	}
	_, _, _, err := b.api.JoinConversationContext(ctx, c.id)
	if err := b.fault("conversations.join", err); err != nil {
		b.log.Warn("channel not joined", "channel", name, "err", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	c.member = true // not again and again
	b.channels[name] = c
}

// Where implements chat.Placer.
func (b *Backend) Where(ctx context.Context) (string, error) {
	a, err := b.api.AuthTestContext(ctx)
	if err != nil {
		return "", b.fault("auth.test", err)
	}
	return "the Slack workspace " + a.Team + ", " + a.URL, nil
}

// Forget implements chat.Forgetter.
func (b *Backend) Forget(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.channels, strings.TrimPrefix(name, "#"))
}

type channel struct {
	id              string
	member, private bool
}

type metrics struct {
	calls, refused *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "notifier_chat_calls_total",
			Help: "Requests to the chat, by method and result: ok, limited, refused, failed."}, []string{"method", "result"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "notifier_refused_total",
			Help: "Requests to the HTTP endpoint that were refused, by reason."}, []string{"reason"}),
	}
	if reg != nil {
		reg.MustRegister(m.calls, m.refused)
	}
	return m
}
