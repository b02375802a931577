package main

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// chatTest is a notifier with #ops and a ticket system, whose test messages are
// clicked at once.
func chatTest(ctx context.Context, c *bus.Conn, o *eventv1.ChatTestOrder, by *eventv1.Person) error {
	t := &eventv1.ChatTest{Id: o.GetId(), Done: true}
	channels := o.GetChannels()
	if o.GetAll() {
		channels = []string{"#ops", "ticket:new"}
	}
	if len(channels) == 0 {
		channels = []string{"#ops"}
	}
	for _, channel := range channels {
		told := &eventv1.ChatTold{Channel: channel, Backend: "slack", At: timestamppb.Now(), Seconds: 0.31}
		switch channel {
		case "#ops":
			told.MessageId, told.Link = "1795340000.000100", "https://parley.slack.com/archives/C1/p1795340000000100"
		case "ticket:new":
			told.Backend, told.MessageId, told.Ended = "ticket", "resolved-info", true
		default:
			told.Error = "channel " + channel + ": channel not available"
		}
		t.Told = append(t.Told, told)
	}
	if o.GetAsk() {
		t.Clicked = &eventv1.ChatClicked{Backend: "slack", Person: by, TakenAt: timestamppb.Now(), At: timestamppb.Now()}
	}
	_, err := bus.ChatTests.Put(ctx, c, o.GetId(), t)
	return err
}

// troubled puts a channel that fails into the world.
func (w *world) troubled() error {
	c, err := w.conn("notifier")
	if err != nil {
		return err
	}
	_, err = bus.ChatTroubles.Put(w.ctx, c, "notifier-a.siem", &eventv1.ChatTrouble{Channel: "siem:events", Backend: "siem", Instance: "notifier-a", Since: timestamppb.New(w.began),
		Failures: 9, Error: "webhook siem: 500 Internal Server Error", Disabled: true})
	return err
}
