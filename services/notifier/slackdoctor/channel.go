package slackdoctor

import (
	"cmp"
	"context"
	"strings"

	slackgo "github.com/slack-go/slack"
)

// channels looks for the bot in its channels.
func (d *doctor) channels(ctx context.Context) {
	if len(d.Channels) == 0 {
		return
	}
	known := map[string]slackgo.Channel{}
	for cursor := ""; ; {
		page, next, err := d.api.GetConversationsContext(ctx, &slackgo.GetConversationsParameters{Cursor: cursor, Limit: 1000, Types: []string{"public_channel", "private_channel"}})
		if err != nil {
			d.say("channel", "", Missing, "channels cannot be listed: "+d.reason(err), cmp.Or(busy(err), "the scopes channels:read and groups:read, see above"))
			return
		}
		for _, c := range page {
			known[c.Name], known[c.ID] = c, c
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	for _, want := range d.Channels {
		c, ok := known[strings.TrimPrefix(want.Name, "#")]
		d.channel(want, c, ok)
	}
}

// channel judges one channel.
func (d *doctor) channel(want Channel, c slackgo.Channel, there bool) {
	name, invite := want.Name+" ("+want.For+")", "/invite @"+cmp.Or(d.bot, "parley")
	switch {
	case !there:
		d.say("channel", want.Name, Missing, name+" is not there, or it is private and the bot is not in it", "make the channel, or write in it: "+invite)
	case c.IsArchived:
		d.say("channel", want.Name, Missing, name+" is archived", "unarchive it, or name another channel")
	case c.IsMember:
		d.say("channel", want.Name, OK, "the bot is in "+name, "")
	case c.IsPrivate:
		d.say("channel", want.Name, Missing, "the bot is not in "+name+", which is private", "write in "+want.Name+": "+invite)
	case d.has("channels:join"):
		d.say("channel", want.Name, OK, "the bot will join "+name+" when it first writes there", "")
	case d.has("chat:write.public"):
		d.say("channel", want.Name, Missing, "the bot is not in "+name+": it can write there, but does not find its messages again after a crash", "write in "+want.Name+": "+invite)
	default:
		d.say("channel", want.Name, Missing, "the bot is not in "+name, "write in "+want.Name+": "+invite)
	}
}
