package slack

import (
	"context"
	"sync"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/parley-ops/parley/services/notifier/internal/chat"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Publish implements chat.Homer: the app's home tab.
func (b *Backend) Publish(ctx context.Context, user string, c chat.Content) error {
	view := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: render(c, maxViewBlocks)}}
	_, err := b.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: user, View: view})
	return b.fault("views.publish", err)
}

// opened returns the event of a person who opens the app's home; nil for
// anything else. Slack tells of it again if it was not acknowledged, with the
// same time.
func opened(e *slackevents.EventsAPIEvent) *eventv1.Inbound {
	o, ok := e.InnerEvent.Data.(*slackevents.AppHomeOpenedEvent)
	if !ok || o.Tab != "home" || !userID(o.User) {
		return nil
	}
	return &eventv1.Inbound{Id: stable("opened", e.TeamID, o.User, o.EventTimeStamp), Backend: "slack",
		Person: &eventv1.Person{Id: o.User}, At: timestamppb.Now(), What: &eventv1.Inbound_Opened{Opened: &eventv1.Opened{}}}
}

// mostLinks bounds the addresses that are remembered.
const mostLinks = 5000

// links are the addresses of messages: they never change.
type links struct {
	mu    sync.Mutex
	known map[string]string
}

// Link implements chat.Linker.
func (b *Backend) Link(ctx context.Context, channelID, ts string) (string, error) {
	key := channelID + "/" + ts
	b.links.mu.Lock()
	url, ok := b.links.known[key]
	b.links.mu.Unlock()
	if ok || channelID == "" || ts == "" {
		return url, nil
	}
	url, err := b.api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: channelID, Ts: ts})
	if err != nil {
		return "", b.fault("chat.getPermalink", err)
	}
	b.links.mu.Lock()
	defer b.links.mu.Unlock()
	if b.links.known == nil || len(b.links.known) >= mostLinks {
		b.links.known = map[string]string{}
	}
	b.links.known[key] = url
	return url, nil
}
