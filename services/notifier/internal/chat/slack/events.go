package slack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/parley-ops/parley/services/notifier/internal/chat"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// takeWithin is how long a person's doing may take to be stored; Slack wants
// its answer within three seconds.
const takeWithin = 1800 * time.Millisecond

// notTaken is what a person sees when the bus is away.
const notTaken = "⚠️ That was not taken: Parley cannot store it at the moment. Please try again in a minute."

// stable returns an id made of what is the same each time Slack delivers the
// same doing.
func stable(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return "slack-" + hex.EncodeToString(sum[:16])
}

// interaction returns the events of a click or a submitted form.
func interaction(c *slack.InteractionCallback) []*eventv1.Inbound {
	person := &eventv1.Person{Id: c.User.ID, Name: c.User.Name}
	switch c.Type {
	case slack.InteractionTypeBlockActions:
		var out []*eventv1.Inbound
		channel, ts := c.Channel.ID, c.Container.MessageTs
		if channel == "" {
			channel = c.Container.ChannelID
		}
		home := c.View.Type == slack.VTHomeTab
		if home {
			channel = chat.HomeOf(c.User.ID)
		}
		for _, a := range c.ActionCallback.BlockActions {
			if a == nil {
				continue
			}
			value := chosen(a)
			click := &eventv1.Click{ChannelId: channel, MessageTs: ts, ActionId: a.ActionID, Value: value, TriggerId: c.TriggerID, ResponseUrl: c.ResponseURL,
				ViewId: c.View.ID, ViewHash: c.View.Hash, CallbackId: c.View.CallbackID, PrivateMetadata: c.View.PrivateMetadata, Home: home}
			if c.View.ID != "" {
				click.Values = entered(c.View.State)
			}
			out = append(out, &eventv1.Inbound{
				Id:      stable("click", c.Team.ID, channel, ts+c.View.ID, a.BlockID, a.ActionID, a.ActionTs, c.User.ID, value),
				Backend: "slack", Person: person, At: timestamppb.Now(), What: &eventv1.Inbound_Click{Click: click}})
		}
		return out
	case slack.InteractionTypeViewSubmission:
		return []*eventv1.Inbound{{
			Id:      stable("submit", c.Team.ID, c.View.ID, c.View.Hash, c.User.ID),
			Backend: "slack", Person: person, At: timestamppb.Now(),
			What: &eventv1.Inbound_Submission{Submission: &eventv1.Submission{ViewId: c.View.ID, CallbackId: c.View.CallbackID,
				PrivateMetadata: c.View.PrivateMetadata, Values: entered(c.View.State)}}}}
	}
	return nil
}

// command returns the event of a slash command.
func command(c slack.SlashCommand) *eventv1.Inbound {
	return &eventv1.Inbound{
		Id:      stable("command", c.TeamID, c.ChannelID, c.UserID, c.TriggerID, c.Command, c.Text),
		Backend: "slack", Person: &eventv1.Person{Id: c.UserID, Name: c.UserName}, At: timestamppb.Now(),
		What: &eventv1.Inbound_Command{Command: &eventv1.Command{ChannelId: c.ChannelID, Command: c.Command,
			Text: unescape(c.Text), TriggerId: c.TriggerID, ResponseUrl: c.ResponseURL}}}
}

var unentities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")

// unescape undoes Slack's escaping of what people type.
func unescape(s string) string { return unentities.Replace(s) }

// take stores events; what could not be stored in time is an error.
func take(ctx context.Context, sink chat.Sink, events ...*eventv1.Inbound) error {
	ctx, cancel := context.WithTimeout(ctx, takeWithin)
	defer cancel()
	for _, e := range events {
		if err := sink(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// objection is what is answered to a form that was not taken: which fields are
// wrong, or at the first one that it may be sent again; nil for anything else.
func objection(c *slack.InteractionCallback, err error) any {
	if c.Type != slack.InteractionTypeViewSubmission {
		return nil
	}
	var wrong chat.Faults
	if errors.As(err, &wrong) {
		return slack.NewErrorsViewSubmissionResponse(wrong)
	}
	for _, b := range c.View.Blocks.BlockSet {
		if in, ok := b.(*slack.InputBlock); ok {
			return slack.NewErrorsViewSubmissionResponse(map[string]string{in.BlockID: notTaken})
		}
	}
	return nil
}

// sorryWithin is how long it may take to tell a person that a click was not taken.
const sorryWithin = 10 * time.Second

// sorry tells the person that their click was not taken.
func (b *Backend) sorry(ctx context.Context, c *slack.InteractionCallback) {
	ctx, cancel := context.WithTimeout(ctx, sorryWithin)
	defer cancel()
	to := chat.To{ChannelID: c.Channel.ID, UserID: c.User.ID, ReplyURL: c.ResponseURL}
	if to.ChannelID == "" {
		to.ChannelID = chat.HomeOf(c.User.ID)
	}
	err := b.Answer(ctx, to, chat.Say(notTaken))
	if err != nil {
		b.log.Warn("person not told that a click was not taken", "err", err)
	}
}
