package inbound

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/lasting"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// extension is by how much a click extends a silence.
const extension = 4 * time.Hour

// extendValue is the value of the button that extends a silence: the end that
// it had when it was shown is in it, so that clicking twice is once.
func extendValue(s *eventv1.Silence) string {
	return s.GetId() + "." + strconv.FormatInt(s.GetEndsAt().GetSeconds(), 36)
}

// extend has a silence that a person made end later.
func (h *Handler) extend(ctx context.Context, in *eventv1.Inbound, value string) error {
	cut := strings.LastIndexByte(value, '.')
	if cut <= 0 {
		return refuse("unknown", "Parley does not know this button any more.")
	}
	shown, err := strconv.ParseInt(value[cut+1:], 36, 64)
	if err != nil {
		return refuse("unknown", "Parley does not know this button any more.")
	}
	key := bus.Token(value[:cut])
	e, err := bus.Silences.Get(ctx, h.Conn, key)
	if errors.Is(err, bus.ErrNotFound) {
		return refuse("over", "That silence has ended already.")
	}
	if err != nil {
		return err
	}
	s := e.Value
	switch ends := s.GetEndsAt().AsTime(); {
	case !theirs(s, who(in)):
		return refuse("not_yours", "That silence is %s's: only who made it extends it here.", or(s.GetAuthor(), "somebody else"))
	case !ends.After(when(in)):
		return refuse("over", "That silence has ended already.")
	case ends.Unix() != shown: // extended already, by this click's other delivery or in another window
		return nil
	}
	ends := s.GetEndsAt().AsTime().Add(extension)
	if ends.Sub(when(in)) > lasting.Longest {
		return refuse("invalid", "A silence lasts 90 days at most.")
	}
	s.EndsAt = timestamppb.New(ends)
	s.AskedFor = durationpb.New(ends.Sub(s.GetStartsAt().AsTime()))
	if _, err := bus.Silences.Update(ctx, h.Conn, key, s, e.Revision); err != nil {
		return err // a lost race is tried again
	}
	h.audit(ctx, in, "silence extended", s.GetId(), "", Scope(s)+" until "+ends.UTC().Format(time.RFC3339))
	h.heardUntil(ctx, s.GetId(), ends)
	return nil
}

// heardUntil waits a moment until the new end is known here too.
func (h *Handler) heardUntil(ctx context.Context, id string, ends time.Time) {
	h.until(ctx, func() bool {
		for _, s := range h.Silences().Active(time.Now()) {
			if s.GetId() == id {
				return s.GetEndsAt().AsTime().Equal(ends)
			}
		}
		return false
	})
}

// atHome does what controls stand for that only a home has; done is false if the
// control is none of them.
func (h *Handler) atHome(ctx context.Context, in *eventv1.Inbound, c *eventv1.Click) (done bool, err error) {
	switch c.GetActionId() {
	case message.UnsilenceButton:
		return true, h.endSilence(ctx, in, c.GetValue())
	case message.ExtendButton:
		return true, h.extend(ctx, in, c.GetValue())
	case message.MuteButton:
		return true, h.mutePolicy(ctx, in, c.GetValue())
	}
	return false, nil
}

// home reports whether a click is on the person's own page.
func home(in *eventv1.Inbound, c *eventv1.Click) bool {
	return c.GetHome() && in.GetPerson().GetId() != "" && c.GetChannelId() == chat.HomeOf(in.GetPerson().GetId())
}
