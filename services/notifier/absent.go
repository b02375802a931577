package notifier

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/exchange"
)

// absentWithin bounds writing it down.
const absentWithin = 5 * time.Second

// absent writes down that the one chat is not there, with the setting to change,
// for `parley status` and /parley status; nil: that it is there. Of several chats
// watchChats does.
func (n *notifier) absent(ctx context.Context, since time.Time, failures int, failed error) {
	if _, several := n.backend.(*exchange.Exchange); several || ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, absentWithin)
	defer cancel()
	channel := n.routing.Table().Default()
	key := bus.Token(n.env.Instance) + "." + bus.Token(channel)
	var err error
	if failed == nil {
		if err = bus.ChatTroubles.Delete(ctx, n.env.Bus, key, 0); errors.Is(err, bus.ErrNotFound) {
			err = nil
		}
	} else {
		text := failed.Error()
		if s, ok := n.backend.(chat.Setting); ok {
			text += "; " + s.Setting()
		}
		_, err = bus.ChatTroubles.Put(ctx, n.env.Bus, key, &eventv1.ChatTrouble{Channel: channel, Backend: n.backend.Name(), Instance: n.env.Instance,
			Since: timestamppb.New(since), Failures: uint32(failures), Error: text})
	}
	if err != nil {
		n.env.Log.Warn("whether the chat is there is not written down", "err", err)
	}
}
