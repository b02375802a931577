package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-ops/parley/services/internal/bus"
)

// chatSeen is a channel that fails, as a notifier sees it.
type chatSeen struct {
	Channel  string    `json:"channel"`
	Backend  string    `json:"backend"`
	Since    time.Time `json:"since"`
	Failures uint32    `json:"failures"`
	Error    string    `json:"error"`
	// Disabled: tried once a minute, and not in between.
	Disabled bool     `json:"disabled"`
	By       []string `json:"seen_by"`
}

// chatsFailing returns the channels that fail, each once.
func chatsFailing(ctx context.Context, conn *bus.Conn) ([]chatSeen, error) {
	out := []chatSeen{}
	entries, err := bus.ChatTroubles.List(ctx, conn)
	if errors.Is(err, jetstream.ErrBucketNotFound) || errors.Is(err, bus.ErrNotFound) {
		return out, nil // set up by an older version
	}
	if err != nil {
		return out, err
	}
	for _, e := range entries {
		t := e.Value
		i := slices.IndexFunc(out, func(c chatSeen) bool { return c.Channel == t.GetChannel() })
		if i < 0 {
			i = len(out)
			out = append(out, chatSeen{Channel: t.GetChannel(), Backend: t.GetBackend(), Since: t.GetSince().AsTime()})
		}
		c := &out[i]
		c.By, c.Disabled, c.Failures, c.Error = append(c.By, t.GetInstance()), c.Disabled || t.GetDisabled(), c.Failures+t.GetFailures(), t.GetError()
		if at := t.GetSince().AsTime(); at.Before(c.Since) {
			c.Since = at
		}
	}
	slices.SortFunc(out, func(a, b chatSeen) int { return cmp.Compare(a.Channel, b.Channel) })
	return out, nil
}

// chatProblems says what is wrong with chats.
func chatProblems(st status) []problem {
	var out []problem
	for _, c := range st.Chats {
		what := fmt.Sprintf("%s fails since %s: %s.", c.Channel, c.Since.Local().Format("15:04"), c.Error)
		if c.Disabled {
			what = fmt.Sprintf("%s is disabled, nobody is told there: it fails since %s, last with: %s.", c.Channel, c.Since.Local().Format("15:04"), c.Error)
		}
		out = append(out, problem{what, "what is missed is told once it works; try it: parley notify test --channel " + quoted(c.Channel)})
	}
	return out
}

// quoted returns a channel as a shell takes it.
func quoted(channel string) string { return "'" + channel + "'" }
