package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/wait"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

const (
	// A channel is disabled after so many failures in a row, over so long.
	mostFailures = 5
	failingFor   = 2 * time.Minute
	// tryEvery is how often a disabled channel is tried.
	tryEvery = time.Minute
	// tellTries bounds how often an operator's channel is tried.
	tellTries = 5
)

// health is how a channel does.
type health struct {
	failures int
	since    time.Time // of the first failure
	disabled bool
	next     time.Time // when a disabled one is tried
	name     string    // the channel's
	last     error
}

// trouble is what the operator is to be told.
type trouble struct {
	channel, text string
	at            time.Time
}

// learn remembers the name of a channel's id.
func (x *Exchange) learn(name, id string) {
	if id == "" {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.byName[name] = id
}

// name returns the name of a channel, or its id.
func (x *Exchange) name(id string) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	for name, other := range x.byName {
		if other == id {
			return name
		}
	}
	return id
}

// Stopped implements chat.Stopper.
func (x *Exchange) Stopped(channel string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, key := range []string{lookup(channel), channel, x.byName[channel]} {
		if h := x.health[key]; h != nil && h.disabled {
			return true
		}
	}
	return false
}

// allowed returns when to come back, for a channel that is disabled: one try
// goes through now and then.
func (x *Exchange) allowed(channel string) error { return x.admit(channel, true) }

// admit is allowed; try says whether the call is the try itself, not one that
// comes before it.
func (x *Exchange) admit(channel string, try bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	h := x.health[channel]
	if h == nil || !h.disabled {
		return nil
	}
	if d := time.Until(h.next); d > 0 {
		return &chat.RateLimited{After: d}
	}
	if try {
		h.next = time.Now().Add(tryEvery)
	}
	return nil
}

// judge takes note of how a call ended, and returns its error.
func (x *Exchange) judge(channel, name string, err error) error {
	var limited *chat.RateLimited
	x.mu.Lock()
	defer x.mu.Unlock()
	h := x.health[channel]
	switch {
	case err == nil, errors.Is(err, chat.ErrRefused), errors.Is(err, chat.ErrGone), errors.Is(err, chat.ErrPicture):
		if h == nil {
			return err
		}
		delete(x.health, channel)
		x.tellChange()
		if h.disabled {
			x.note(name, 0, fmt.Sprintf("✅ %s works again, after %s. What was missed is told there now.", name, time.Since(h.since).Round(time.Second)))
			x.deps.Log.Info("channel works again", "channel", name)
		}
		return err
	case errors.As(err, &limited), errors.Is(err, chat.ErrNoChannel), errors.Is(err, context.Canceled):
		return err
	case h == nil:
		h = &health{since: time.Now()}
		x.health[channel] = h
	}
	h.failures++
	h.name, h.last = name, err
	defer x.tellChange()
	if !h.disabled && h.failures >= mostFailures && time.Since(h.since) >= failingFor {
		h.disabled, h.next = true, time.Now().Add(tryEvery)
		x.note(name, 1, fmt.Sprintf("⚠️ %s is disabled: it has failed %d times since %s, last with: %s. It is tried every minute, and is told what it missed once it works; see to it, or take it out of the chats file.",
			name, h.failures, h.since.UTC().Format("15:04 MST"), err))
		x.deps.Log.Error("channel is disabled, it only fails; trying it every minute", "channel", name, "attempt", h.failures, "err", err)
	}
	return err
}

// note has the operator told. mu is held.
func (x *Exchange) note(name string, disabled float64, text string) {
	b, _, _ := x.split(name)
	x.disabled.WithLabelValues(b.Name(), name).Set(disabled)
	select {
	case x.trouble <- trouble{name, text, time.Now()}:
	default:
		x.deps.Log.Error("too much trouble to tell the operator of it", "channel", name)
	}
}

// operate tells the operator of trouble until ctx is done.
func (x *Exchange) operate(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case t := <-x.trouble:
			x.tell(ctx, t)
		}
	}
}

// tell says it in the first of the operator's channels that takes it, but not
// in the one that it is about.
func (x *Exchange) tell(ctx context.Context, t trouble) {
	routes := slices.DeleteFunc(slices.Clone(x.operator), func(c string) bool { return c == t.channel })
	pause := wait.Pause{First: time.Second, Last: 15 * time.Second}
	var errs []error
	for range tellTries {
		errs = nil
		for _, c := range routes {
			id, err := x.Channel(ctx, c)
			if err == nil {
				key := chat.Key{Incident: "trouble-" + strings.ReplaceAll(t.channel, ":", "-"), Part: t.at.UTC().Format("20060102T150405.000")}
				_, err = x.Post(ctx, chat.Post{ChannelID: id, Key: key, Content: chat.Say(t.text)})
			}
			if err == nil {
				return
			}
			errs = append(errs, err)
		}
		if pause.Wait(ctx) != nil {
			return
		}
	}
	x.deps.Log.Error("operator not told of a channel's trouble", "channel", t.channel, "err", errors.Join(errs...))
}
