package inbound

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

const (
	// testFor bounds what a test message may take: the order is handled within
	// the time that the bus gives.
	testFor = 10 * time.Second
	// mostTests bounds the channels of one order.
	mostTests = 100
)

// retrier is a backend that keeps off channels that only fail, but for a try.
type retrier interface{ Retry(channel string) }

// test writes a test message into channels, all at once, and stores what became
// of each. It may happen twice: what is stored is not written again.
func (h *Handler) test(ctx context.Context, in *eventv1.Inbound, o *eventv1.ChatTestOrder) error {
	if !idLike(o.GetId()) {
		return refuse("invalid", "The test's id %q is none.", message.Cut(o.GetId(), 40))
	}
	channels := slices.Clone(o.GetChannels())
	if o.GetAll() && h.Channels != nil {
		channels = append(channels, h.Channels()...)
	}
	if len(channels) == 0 {
		channels = []string{h.Default}
	}
	slices.Sort(channels)
	channels = slices.Compact(channels)
	if len(channels) > mostTests {
		return refuse("invalid", "%d channels at once are too many; name some.", len(channels))
	}
	for _, c := range channels {
		if c == "" || len(c) > 200 {
			return refuse("invalid", "%q is no channel.", message.Cut(c, 40))
		}
	}
	switch e, err := bus.ChatTests.Get(ctx, h.Conn, o.GetId()); {
	case errors.Is(err, bus.ErrNotFound): // so that who clicks at once is known
		if err := h.storeTest(ctx, o.GetId(), func(*eventv1.ChatTest) {}); err != nil {
			return err
		}
	case err != nil:
		return err
	case e.Value.GetDone():
		return nil
	}
	within, cancel := context.WithTimeout(ctx, testFor)
	defer cancel()
	told := make([]*eventv1.ChatTold, len(channels))
	var wg sync.WaitGroup
	for i, c := range channels {
		wg.Go(func() { told[i] = h.testOne(within, in, o, c) })
	}
	wg.Wait()
	for range 5 {
		err := h.storeTest(ctx, o.GetId(), func(t *eventv1.ChatTest) { t.Told, t.Done = told, true })
		if errors.Is(err, bus.ErrConflict) {
			continue
		}
		if err == nil {
			h.audit(ctx, in, "tested", strings.Join(channels, " "), "", "a test message")
		}
		return err
	}
	return bus.ErrConflict
}

// storeTest changes what is stored of a test, by compare and set.
func (h *Handler) storeTest(ctx context.Context, id string, change func(*eventv1.ChatTest)) error {
	e, err := bus.ChatTests.Get(ctx, h.Conn, id)
	switch {
	case errors.Is(err, bus.ErrNotFound):
		t := &eventv1.ChatTest{Id: id}
		change(t)
		_, err = bus.ChatTests.Create(ctx, h.Conn, id, t)
		return err
	case err != nil:
		return err
	}
	change(e.Value)
	_, err = bus.ChatTests.Update(ctx, h.Conn, id, e.Value, e.Revision)
	return err
}

// testOne writes into one channel, as an incident would be.
func (h *Handler) testOne(ctx context.Context, in *eventv1.Inbound, o *eventv1.ChatTestOrder, channel string) *eventv1.ChatTold {
	began := time.Now()
	out := &eventv1.ChatTold{Channel: channel, At: timestamppb.New(began)}
	b := h.Backend
	if name, _, ok := strings.Cut(channel, ":"); ok {
		if named, ok := chat.Named(h.Backend, name); ok {
			b = named
		}
	} else if first, ok := chat.Named(h.Backend, h.Backend.Name()); ok {
		b = first
	}
	out.Backend = b.Name()
	if r, ok := h.Backend.(retrier); ok {
		r.Retry(channel)
	}
	err := func() error {
		id, err := h.Backend.Channel(ctx, channel)
		if err != nil {
			return err
		}
		p := chat.Post{ChannelID: id, Key: chat.Key{Incident: "test-" + o.GetId(), Part: "root"}, Content: testMessage(o, who(in).Mention(), began, chat.Open)}
		if out.MessageId, err = h.Backend.Post(ctx, p); err != nil {
			return err
		}
		if _, again := b.(chat.Again); again { // a pager's incident must not stay open
			p.Content = testMessage(o, who(in).Mention(), began, chat.Resolved)
			if _, err := chat.Edit(ctx, h.Backend, p, out.MessageId); err != nil {
				return fmt.Errorf("it is written, but was not ended: %w", err)
			}
			out.Ended = true
		}
		if l, ok := b.(chat.Linker); ok {
			_, rest, found := strings.Cut(id, ":")
			if !found {
				rest = id
			}
			if link, err := l.Link(ctx, rest, out.MessageId); err == nil {
				out.Link = link
			}
		}
		return nil
	}()
	if err != nil {
		out.Error = err.Error()
		h.Log.Warn("test message not written", "channel", channel, "err", err)
	}
	out.Seconds = time.Since(began).Seconds()
	return out
}

// testMessage is the message, as one about an incident that is none.
func testMessage(o *eventv1.ChatTestOrder, by string, at time.Time, state chat.State) chat.Content {
	const text = "Parley's test message: nothing is wrong"
	c := chat.Content{Text: text, Title: "🧪 Test message", About: &chat.About{ID: "test-" + o.GetId(), State: state, Severity: "info", Finding: text, Policy: "parley-test", Began: at, Count: 1,
		Labels: []chat.Label{{Name: "test", Value: "true"}}}}
	lines := chat.Lines{{chat.P("Nothing is wrong. "), chat.B(by), chat.P(" tried whether Parley can write here, "), chat.T(at), chat.P(".")}}
	if state == chat.Resolved {
		c.Text, c.About.Ended = "Resolved: "+text, at.Add(time.Second)
	}
	c.Parts = append(c.Parts, lines)
	if o.GetAsk() {
		c.Parts = append(c.Parts, chat.Lines{{chat.P("Please click, so that it is known whether clicks come through.")}},
			chat.Buttons{chat.Button{ID: message.TestButton, Text: "It works", Value: o.GetId(), Style: "primary"}})
	}
	return c
}

// tested notes that a test message's button was clicked.
func (h *Handler) tested(ctx context.Context, in *eventv1.Inbound, id string) error {
	if !idLike(id) {
		return refuse("unknown", "There is no such test.")
	}
	if _, err := bus.ChatTests.Get(ctx, h.Conn, id); errors.Is(err, bus.ErrNotFound) {
		return refuse("over", "That test is over. The click came through, though.")
	} else if err != nil {
		return err
	}
	err := bus.ErrConflict
	for range 5 {
		err = h.storeTest(ctx, id, func(t *eventv1.ChatTest) {
			if t.GetClicked() == nil {
				t.Clicked = &eventv1.ChatClicked{Backend: in.GetBackend(), Person: in.GetPerson(), TakenAt: timestamppb.New(when(in)), At: timestamppb.Now()}
			}
		})
		if !errors.Is(err, bus.ErrConflict) {
			break
		}
	}
	if err != nil {
		return err
	}
	h.answer(ctx, in, chat.Say("✅ Your click came through."))
	return nil
}
