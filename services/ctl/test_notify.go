package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nuid"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
)

type notifyTestCmd struct {
	Channel []string      `name:"channel" short:"c" help:"Where, as in policies: #ops, mattermost:town-square; several times. Without it: the notifier's default channel." placeholder:"CHANNEL"`
	All     bool          `name:"all" help:"Every channel that the notifier knows by name: its own, those of routes, and those that each chat lists."`
	Ask     bool          `name:"ask" help:"With a button, and wait for the click."`
	Wait    time.Duration `name:"wait" help:"How long to wait for the click." default:"2m" placeholder:"DURATION"`
}

// Help explains the command.
func (notifyTestCmd) Help() string {
	return `The running notifier writes it, by the very code that tells incidents: what works
here works at night. It says what the chat answered: the message's id and address,
or the error in words. A pager or a ticket system is told an incident of severity
info, and its end at once, so that nothing stays open.

A channel that is disabled because it only failed is tried now.

Examples:
  parley notify test
  parley notify test --channel '#payments' --ask
  parley notify test --all --json | jq '.channels[] | select(.error != "")'`
}

// notifiedView is what became of a test message, in JSON.
type notifiedView struct {
	Test     string       `json:"test"`
	Works    bool         `json:"works"`
	Channels []testedView `json:"channels"`
	// Clicked says who clicked, with --ask.
	Clicked *clickedView `json:"clicked,omitempty"`
}

type testedView struct {
	Channel string  `json:"channel"`
	Backend string  `json:"backend"`
	Message string  `json:"message,omitempty"`
	Link    string  `json:"link,omitempty"`
	Error   string  `json:"error"`
	Seconds float64 `json:"seconds"`
	// Ended: it was told as an incident, and as resolved.
	Ended bool `json:"ended,omitempty"`
}

type clickedView struct {
	By      string    `json:"by"`
	Backend string    `json:"backend"`
	At      time.Time `json:"at"`
	// HandledAfterSeconds is from when the chat's request was taken.
	HandledAfterSeconds float64 `json:"handled_after_seconds"`
}

// writingTakes is how long the notifier may take to write test messages.
const writingTakes = 15 * time.Second

// Run gives the order and shows what became of it.
func (c *notifyTestCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	v, err := c.write(ctx, conn, g)
	if err != nil {
		return err
	}
	if c.Ask && v.Works {
		if !s.JSON {
			showTested(s, v)
			s.Line("Now click “It works” there; waiting " + c.Wait.String() + " …")
		}
		v.Clicked, err = awaitClick(ctx, conn, v.Test, c.Wait)
		if err != nil {
			return err
		}
		v.Works = v.Clicked != nil
		err = s.Result(v, func() { showClicked(s, v) })
	} else {
		err = s.Result(v, func() { showTested(s, v) })
	}
	if err == nil && !v.Works {
		return errSaid
	}
	return err
}

// write gives the order and waits until it is carried out.
func (c *notifyTestCmd) write(ctx context.Context, conn *bus.Conn, g *settings) (notifiedView, error) {
	v := notifiedView{Test: nuid.Next(), Works: true, Channels: []testedView{}}
	longer := *g
	longer.Timeout = max(g.Timeout, writingTakes)
	o := &eventv1.Order{Order: &eventv1.Order_ChatTest{ChatTest: &eventv1.ChatTestOrder{Id: v.Test, Channels: c.Channel, All: c.All, Ask: c.Ask}}}
	var done *eventv1.ChatTest
	_, err := place(ctx, conn, &longer, "test", v.Test, o, func(ctx context.Context) (string, error) {
		e, err := bus.ChatTests.Get(ctx, conn, v.Test)
		if errors.Is(err, bus.ErrNotFound) || err == nil && !e.Value.GetDone() {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		done = e.Value
		return "written", nil
	})
	if err != nil {
		return v, err
	}
	for _, t := range done.GetTold() {
		v.Channels = append(v.Channels, testedView{t.GetChannel(), t.GetBackend(), t.GetMessageId(), t.GetLink(), t.GetError(), t.GetSeconds(), t.GetEnded()})
	}
	v.Works = !slices.ContainsFunc(v.Channels, func(t testedView) bool { return t.Error != "" })
	return v, nil
}

// awaitClick waits for the click; nil if none came.
func awaitClick(ctx context.Context, conn *bus.Conn, id string, within time.Duration) (*clickedView, error) {
	wait, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var out *clickedView
	err := retry(wait, lookAgain, func() (bool, error) {
		e, err := bus.ChatTests.Get(wait, conn, id)
		if errors.Is(err, bus.ErrNotFound) {
			return true, nil // so long ago that it is gone
		}
		if c := e.Value.GetClicked(); err == nil && c != nil {
			out = &clickedView{By: orElseText(c.GetPerson().GetName(), c.GetPerson().GetId()), Backend: c.GetBackend(), At: c.GetAt().AsTime(),
				HandledAfterSeconds: c.GetAt().AsTime().Sub(c.GetTakenAt().AsTime()).Seconds()}
		}
		return out != nil, err
	})
	if wait.Err() != nil && ctx.Err() == nil {
		return out, nil
	}
	return out, err
}

func orElseText(s, other string) string { return word(s == "", other, s) }

func showTested(s *screen.Screen, v notifiedView) {
	for _, t := range v.Channels {
		if t.Error != "" {
			s.Line(s.Paint(screen.Red, "✗ ") + t.Channel + " (" + t.Backend + "): " + t.Error)
			continue
		}
		line := fmt.Sprintf("%s (%s): written in %.1f s", t.Channel, t.Backend, t.Seconds)
		if t.Ended {
			line += ", and ended"
		}
		s.Line(s.Paint(screen.Green, "✓ ") + line)
		if t.Link != "" {
			s.Line("  " + t.Link)
		} else if t.Message != "" && !t.Ended {
			s.Line("  message " + t.Message)
		}
	}
}

func showClicked(s *screen.Screen, v notifiedView) {
	if c := v.Clicked; c != nil {
		s.Line(s.Paint(screen.Green, "✓ ") + fmt.Sprintf("%s clicked, heard from %s; handled %.1f s after the chat told of it", c.By, c.Backend, c.HandledAfterSeconds))
		return
	}
	s.Line(s.Paint(screen.Red, "✗ ") + "No click came through. If somebody did click:")
	s.Line("  parley slack doctor   says what of Slack's set-up is missing")
}
