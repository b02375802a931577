package notifier

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/exchange"
)

const (
	// troublesAgain is how often what still fails is written again: it is gone
	// from the bucket some minutes after an instance is.
	troublesAgain = 5 * time.Minute
	// troublesAtMost is how often changes are written.
	troublesAtMost = 5 * time.Second
	// mostTroubles bounds what is written.
	mostTroubles = 100
)

// watchChats writes down which channels fail, for `parley status` and /parley
// status, until ctx is done. Nothing is written while nothing fails.
func (n *notifier) watchChats(ctx context.Context) {
	x, ok := n.backend.(*exchange.Exchange)
	if !ok {
		return
	}
	written := map[string]bool{}
	mine := bus.Token(n.env.Instance) + "."
	if old, err := bus.ChatTroubles.List(ctx, n.env.Bus); err == nil { // of an earlier life
		for _, e := range old {
			if key := strings.TrimPrefix(e.Key, bus.ChatTroubles.Prefix); strings.HasPrefix(key, mine) {
				written[key] = true
			}
		}
	}
	for ctx.Err() == nil {
		if err := n.writeTroubles(ctx, x.Troubles(), mine, written); err != nil && ctx.Err() == nil {
			n.env.Log.Warn("what fails in chats is not written down, again", "err", err)
		}
		t := time.NewTimer(troublesAtMost)
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
		var again <-chan time.Time
		if len(written) > 0 {
			t = time.NewTimer(troublesAgain)
			again = t.C
		}
		select {
		case <-ctx.Done():
		case <-x.Changed():
		case <-again:
		}
		t.Stop()
	}
}

// writeTroubles writes what fails, and takes away what does no more.
func (n *notifier) writeTroubles(ctx context.Context, troubles []exchange.Trouble, mine string, written map[string]bool) error {
	now := map[string]bool{}
	for _, t := range troubles[:min(len(troubles), mostTroubles)] {
		key := mine + bus.Token(t.Channel)
		now[key] = true
		_, err := bus.ChatTroubles.Put(ctx, n.env.Bus, key, &eventv1.ChatTrouble{Channel: t.Channel, Backend: t.Backend, Instance: n.env.Instance,
			Since: timestamppb.New(t.Since), Failures: uint32(t.Failures), Error: t.Last.Error(), Disabled: t.Disabled})
		if err != nil {
			return err
		}
		written[key] = true
	}
	for _, key := range slices.Collect(maps.Keys(written)) {
		if now[key] {
			continue
		}
		if err := bus.ChatTroubles.Delete(ctx, n.env.Bus, key, 0); err != nil && !errors.Is(err, bus.ErrNotFound) {
			return err
		}
		delete(written, key)
	}
	return nil
}

// channels returns every channel that the notifier knows by name: its default and
// digest's, those of routes and of the operator, and those that chats list.
func (n *notifier) channels(cfg Config) []string {
	out := append(n.routing.Table().Names(), cfg.Channel)
	if cfg.DigestAt != "" {
		out = append(out, cfg.DigestChannel)
	}
	if l, ok := n.backend.(chat.Lister); ok {
		out = append(out, l.Lists()...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
