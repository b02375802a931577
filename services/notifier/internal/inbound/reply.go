package inbound

import (
	"context"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// reply is where a command is answered: to the person alone, or in the channel
// if it is to be shared.
type reply struct {
	h *Handler
	a *ask
	// ts is the message in the channel, once there is one.
	ts string
	// alone: the channel did not take it.
	alone bool
}

// say gives an answer. In a channel a later one takes an earlier one's place;
// an answer to one person cannot be edited, so that a later one follows it.
func (r *reply) say(ctx context.Context, c chat.Content) {
	if !r.a.Share || r.alone {
		r.h.answer(ctx, r.a.in, c)
		return
	}
	c.Parts = append(c.Parts, chat.Note{{chat.P(who(r.a.in).Mention() + " asked: "), chat.C(message.Cut("/parley "+r.a.from.GetText(), 200))}})
	err := r.post(ctx, c)
	if err == nil {
		return
	}
	r.h.Log.Warn("answer not shared", "person", r.a.in.GetPerson().GetId(), "err", err)
	r.alone = true
	c.Parts[len(c.Parts)-1] = chat.Note{{chat.P("Only you see this: the channel did not take it. Is Parley in the channel?")}}
	r.h.answer(ctx, r.a.in, c)
}

// more gives what follows the first answer: in a channel as its new version.
func (r *reply) more(ctx context.Context, c chat.Content) {
	if c.Text != "" || len(c.Parts) > 0 {
		r.say(ctx, c)
	}
}

// post writes into the channel. What an earlier delivery of the command wrote
// is found again.
func (r *reply) post(ctx context.Context, c chat.Content) error {
	key := chat.Key{Incident: "command", Part: r.a.in.GetId()}
	channel := r.a.from.GetChannelId()
	if r.ts == "" && r.a.again {
		ts, err := r.h.Backend.Find(ctx, channel, "", key, when(r.a.in).Add(-time.Minute))
		if err != nil {
			return err
		}
		r.ts = ts
	}
	if r.ts != "" {
		ts, err := chat.Edit(ctx, r.h.Backend, chat.Post{ChannelID: channel, Key: key, Content: c}, r.ts)
		r.ts = ts
		return err
	}
	ts, err := r.h.Backend.Post(ctx, chat.Post{ChannelID: channel, Key: key, Content: c})
	r.ts = ts
	return err
}
