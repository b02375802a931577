package slack

import (
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

var (
	_ chat.Namer  = (*Backend)(nil)
	_ chat.Direct = (*Backend)(nil)
)

// TellsPeople implements chat.Direct.
func (b *Backend) TellsPeople() {}

// ChannelName implements chat.Namer.
func (b *Backend) ChannelName(ctx context.Context, id string) (string, error) {
	find := func() string {
		b.mu.Lock()
		defer b.mu.Unlock()
		for name, c := range b.channels {
			if c.id == id && name != id && !strings.HasPrefix(name, "@") {
				return "#" + name
			}
		}
		return ""
	}
	if name := find(); name != "" {
		return name, nil
	}
	if err := b.list(ctx); err != nil {
		return "", err
	}
	return find(), nil
}

// person returns the id of the direct messages with "@U0123" or "@anna".
func (b *Backend) person(ctx context.Context, name string) (string, error) {
	b.mu.Lock()
	c, ok := b.channels[name]
	b.mu.Unlock()
	if ok {
		return c.id, nil
	}
	who := strings.TrimPrefix(name, "@")
	if !userID(who) {
		id, _, err := b.Person(ctx, who)
		if err != nil {
			return "", err
		}
		if id == "" {
			return "", fmt.Errorf("nobody is called %s, or several people are: %w", name, chat.ErrNoChannel)
		}
		who = id
	}
	opened, _, _, err := b.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{who}})
	if err := b.fault("conversations.open", err); err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.channels[name] = channel{id: opened.ID, member: true, private: true}
	return opened.ID, nil
}
