package slack

import (
	"context"
	"io"
	"log"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"github.com/parley-ops/parley/services/internal/wait"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Receive implements chat.Receiver: Socket Mode, for ever. Without an app
// token it only waits, since HTTP mode does the work.
func (b *Backend) Receive(ctx context.Context, sink chat.Sink) error {
	if b.cfg.AppToken == "" {
		<-ctx.Done()
		return nil
	}
	pause := wait.Pause{First: 200 * time.Millisecond, Last: 30 * time.Second}
	for ctx.Err() == nil {
		started := time.Now()
		err := b.connect(ctx, sink)
		if ctx.Err() != nil {
			return nil
		}
		if time.Since(started) > time.Minute {
			pause.Reset()
		}
		b.log.Warn("slack socket mode ended, connecting again", "attempt", pause.Attempt(), "err", b.scrub(errText(err)))
		_ = pause.Wait(ctx)
	}
	return nil
}

// connect runs one Socket Mode client until it gives up. slack-go itself
// reconnects when Slack asks for it, with pauses up to five minutes; a
// connection that failed is better begun anew here, sooner.
func (b *Backend) connect(ctx context.Context, sink chat.Sink) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client := socketmode.New(b.api, socketmode.OptionReadLimit(4<<20), socketmode.OptionLog(log.New(io.Discard, "", 0)))
	var handlers sync.WaitGroup
	defer handlers.Wait()
	var failed error
	handlers.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-client.Events:
				switch e.Type {
				case socketmode.EventTypeConnected:
					b.log.Info("slack socket mode is connected")
				case socketmode.EventTypeConnectionError:
					if c, ok := e.Data.(*slack.ConnectionErrorEvent); ok {
						failed = c.ErrorObj
					}
					cancel()
					return
				case socketmode.EventTypeInteractive, socketmode.EventTypeSlashCommand, socketmode.EventTypeEventsAPI:
					handlers.Go(func() { b.envelope(ctx, client, e, sink) })
				}
			}
		}
	})
	err := client.RunContext(ctx)
	cancel()
	handlers.Wait()
	if failed != nil {
		return failed
	}
	return err
}

// envelope stores what an envelope brings and then acknowledges it, in time
// whatever the bus does.
func (b *Backend) envelope(ctx context.Context, client *socketmode.Client, e socketmode.Event, sink chat.Sink) {
	if e.Request == nil {
		return
	}
	var payload []any
	switch data := e.Data.(type) {
	case slack.SlashCommand:
		if err := take(ctx, sink, command(data)); err != nil {
			b.log.Warn("slash command not taken", "err", err)
			payload = append(payload, map[string]any{"response_type": "ephemeral", "text": notTaken})
		}
	case slack.InteractionCallback:
		if err := take(ctx, sink, interaction(&data)...); err != nil {
			if answer := objection(&data, err); answer != nil {
				payload = append(payload, answer)
				break
			}
			b.log.Warn("click not taken", "err", err)
			defer b.sorry(ctx, &data)
		}
	case slackevents.EventsAPIEvent:
		if in := opened(&data); in != nil {
			if err := take(ctx, sink, in); err != nil {
				b.log.Warn("opened home not taken: Slack tells of it again", "err", err)
				return
			}
		}
	}
	if err := client.AckCtx(ctx, e.Request.EnvelopeID, first(payload)); err != nil {
		b.log.Warn("slack envelope not acknowledged", "err", b.scrub(err.Error()))
	}
}

func first(payload []any) any {
	if len(payload) == 0 {
		return nil
	}
	return payload[0]
}

func errText(err error) string {
	if err == nil {
		return "closed"
	}
	return reason(err)
}
