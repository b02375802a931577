package workspace_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

// seen is how many conversations with a text in them a person's page has.
func (s *space) seen(person, text string) (n int) {
	s.Helper()
	for _, c := range s.must("sandbox.state", map[string]any{"user": person})["channels"].([]any) {
		for _, m := range c.(map[string]any)["messages"].([]any) {
			if m.(map[string]any)["text"] == text {
				n++
			}
		}
	}
	return n
}

func TestDirectMessages(t *testing.T) {
	t.Parallel()
	s := open(t)
	heard := make(chan *slackevents.MessageEvent, 4)
	s.app(func(client *socketmode.Client, ev socketmode.Event) {
		_ = client.Ack(*ev.Request)
		if in, ok := ev.Data.(slackevents.EventsAPIEvent); ok {
			if m, ok := in.InnerEvent.Data.(*slackevents.MessageEvent); ok {
				heard <- m
			}
		}
	})
	ch, _, already, err := s.api.OpenConversation(&slack.OpenConversationParameters{Users: []string{workspace.Viewer}, ReturnIM: true})
	if err != nil || !ch.IsIM || ch.User != workspace.Viewer || already {
		t.Fatalf("conversations.open: %+v %v %v", ch, already, err)
	}
	if again, _, already, err := s.api.OpenConversation(&slack.OpenConversationParameters{Users: []string{workspace.Viewer}}); err != nil || again.ID != ch.ID || !already {
		t.Errorf("opened again: %+v %v %v", again, already, err)
	}
	s.post(workspace.Viewer, slack.MsgOptionText("for your eyes", false))
	if m := <-heard; m.Text != "for your eyes" || m.BotID != workspace.BotID { // an app hears itself
		t.Errorf("its own message = %+v", m)
	}
	if a, b := s.seen("viewer", "for your eyes"), s.seen("operator", "for your eyes"); a != 1 || b != 0 {
		t.Errorf("seen by viewer %d times, by operator %d times", a, b)
	}
	s.must("sandbox.post", map[string]any{"user": "viewer", "channel": "@parley", "text": "hello app"})
	if m := <-heard; m.Text != "hello app" || m.ChannelType != "im" || m.User != workspace.Viewer || m.Channel != ch.ID {
		t.Errorf("message.im = %+v", m)
	}

	// What two people say to each other is not the app's, nor a third person's.
	said := s.must("sandbox.post", map[string]any{"user": "viewer", "channel": "@second operator", "text": "between us"})
	id, ts := said["channel"].(string), said["ts"].(string)
	if a, b, c := s.seen("viewer", "between us"), s.seen("second operator", "between us"), s.seen("operator", "between us"); a != 1 || b != 1 || c != 0 {
		t.Errorf("seen %d, %d and %d times", a, b, c)
	}
	if back := s.must("sandbox.post", map[string]any{"user": "second operator", "channel": "@viewer", "text": "and back"}); back["channel"] != id {
		t.Errorf("the answer is in %v, not %s", back["channel"], id)
	}
	_, infoErr := s.api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: id})
	_, historyErr := s.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: id})
	_, _, postErr := s.api.PostMessage(id, slack.MsgOptionText("me too", false))
	reactErr := s.api.AddReaction("eyes", slack.ItemRef{Channel: id, Timestamp: ts})
	_, linkErr := s.api.GetPermalink(&slack.PermalinkParameters{Channel: id, Ts: ts})
	for call, err := range map[string]error{"info": infoErr, "history": historyErr, "post": postErr, "react": reactErr, "permalink": linkErr} {
		if err == nil || err.Error() != "channel_not_found" {
			t.Errorf("the app's %s there: %v", call, err)
		}
	}
	list, _, err := s.api.GetConversations(&slack.GetConversationsParameters{Types: []string{"im", "public_channel"}})
	if err != nil || len(list) != 4 || slices.ContainsFunc(list, func(c slack.Channel) bool { return c.ID == id }) {
		t.Errorf("the app's conversations: %d, %v", len(list), err)
	}
	if got := s.drive("sandbox.post", map[string]any{"user": "operator", "channel": id, "text": "let me in"}); got["error"] != "channel_not_found" {
		t.Errorf("a third person: %v", got)
	}
	select {
	case m := <-heard:
		t.Errorf("the app heard %q", m.Text)
	default:
	}
}

func TestHome(t *testing.T) {
	t.Parallel()
	s := open(t)
	header := func(text string) slack.Blocks {
		return slack.Blocks{BlockSet: []slack.Block{slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, text, false, false)), slack.NewActionBlock("do", button("there", "v"))}}
	}
	publish := func(text, hash string) (*slack.ViewResponse, error) {
		return s.api.PublishViewContext(context.Background(), slack.PublishViewContextRequest{
			UserID: workspace.Viewer, Hash: &hash, View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: header(text)},
		})
	}
	clicked := make(chan slack.InteractionCallback, 1)
	s.app(func(client *socketmode.Client, ev socketmode.Event) {
		_ = client.Ack(*ev.Request)
		switch in := ev.Data.(type) {
		case slackevents.EventsAPIEvent:
			if home, ok := in.InnerEvent.Data.(*slackevents.AppHomeOpenedEvent); ok && home.Tab == "home" {
				if _, err := publish("home of "+home.User, ""); err != nil {
					t.Errorf("views.publish: %v", err)
				}
			}
		case slack.InteractionCallback:
			clicked <- in
		}
	})
	got := s.must("sandbox.home", map[string]any{"user": "viewer"})
	view, ok := got["view"].(map[string]any)
	if !ok || view["type"] != "home" {
		t.Fatalf("sandbox.home = %v", got)
	}
	s.must("sandbox.click", map[string]any{"user": "viewer", "view_id": view["id"], "action_id": "there"})
	if in := <-clicked; in.View.Type != slack.VTHomeTab || in.Container.Type != "view" || in.ActionCallback.BlockActions[0].Value != "v" {
		t.Errorf("clicked at home: %+v", in.Container)
	}
	if _, err := publish("late", "1.old"); err == nil || err.Error() != "hash_conflict" {
		t.Errorf("an old hash: %v", err)
	}
	if r, err := publish("in time", view["hash"].(string)); err != nil || r.Hash == view["hash"] {
		t.Errorf("the present hash: %v", err)
	}
	if home := s.must("sandbox.state", map[string]any{"user": "operator"})["home"]; home != nil {
		t.Errorf("another person's home: %v", home)
	}
}

func TestMessagesThatWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := inBubble(t)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { _ = b.ws.Run(ctx); close(ended) }()
		defer func() { cancel(); <-ended }()
		later := func(in time.Duration, text string) map[string]any {
			return b.bot("chat.scheduleMessage", map[string]any{"channel": workspace.ChannelOps, "text": text, "post_at": strconv.FormatInt(time.Now().Add(in).Unix(), 10)})
		}
		if got := later(-time.Minute, "x"); got["error"] != "time_in_past" {
			t.Errorf("yesterday's: %v", got)
		}
		if got := later(121*24*time.Hour, "x"); got["error"] != "time_too_far" {
			t.Errorf("next year's: %v", got)
		}
		later(time.Hour, "in an hour")
		gone := later(time.Hour, "never")
		if got := b.bot("chat.deleteScheduledMessage", map[string]any{"channel": workspace.ChannelOps, "scheduled_message_id": gone["scheduled_message_id"]}); got["ok"] != true {
			t.Error(got)
		}
		texts := func() (list []string) {
			for _, m := range b.bot("conversations.history", map[string]any{"channel": workspace.ChannelOps})["messages"].([]any) {
				list = append(list, m.(map[string]any)["text"].(string))
			}
			return list
		}
		time.Sleep(59 * time.Minute)
		if got := texts(); len(got) != 0 {
			t.Errorf("early: %q", got)
		}
		time.Sleep(2 * time.Minute)
		if got := texts(); !slices.Equal(got, []string{"in an hour"}) {
			t.Errorf("after an hour: %q", got)
		}
	})
}

func TestTheManifestDecides(t *testing.T) {
	t.Parallel()
	b := inBubble(t)
	b.person("sandbox.app", map[string]any{"scopes": []string{"chat:write", "usergroups:read"}, "events": []string{}})
	if got := b.bot("users.list", nil); got["error"] != "missing_scope" || got["needed"] != "users:read" || got["provided"] != "chat:write,usergroups:read" {
		t.Errorf("users.list = %v", got)
	}
	if _, rw := b.ask("xoxb-sandbox", "auth.test", nil); rw.Header().Get("X-Oauth-Scopes") != "chat:write,usergroups:read" {
		t.Errorf("scopes = %q", rw.Header().Get("X-Oauth-Scopes"))
	}
	members := func() any {
		return b.bot("usergroups.users.list", map[string]any{"usergroup": workspace.GroupOps})["users"]
	}
	before := len(members().([]any))
	b.person("sandbox.group", map[string]any{"name": "ops", "users": []string{"second operator"}})
	if got := members().([]any); before != 2 || len(got) != 1 || got[0] != workspace.Operator2 {
		t.Errorf("@ops = %v, were %d", got, before)
	}
	if got := b.person("sandbox.group", map[string]any{"name": "ops", "users": []string{"nobody"}}); got["error"] != "user_not_found" {
		t.Errorf("an unknown person: %v", got)
	}
	b.person("sandbox.app", map[string]any{"all_scopes": true})
	b.person("sandbox.person", map[string]any{"name": "viewer", "tz": "Asia/Tokyo"})
	b.person("sandbox.person", map[string]any{"name": "Nina Neu", "email": "nina@parley.example"})
	tokyo := b.bot("users.info", map[string]any{"user": workspace.Viewer})["user"].(map[string]any)
	if tokyo["tz"] != "Asia/Tokyo" || tokyo["tz_offset"] != 32400.0 {
		t.Errorf("viewer = %v", tokyo)
	}
	if got := b.bot("users.lookupByEmail", map[string]any{"email": "nina@parley.example"}); got["ok"] != true {
		t.Errorf("a new person: %v", got)
	}
}

func TestWhatInputsTake(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ element, value, want string }{
		"a number":          {`{"type":"number_input","is_decimal_allowed":true,"action_id":"a"}`, "1.5", ""},
		"no number":         {`{"type":"number_input","is_decimal_allowed":true,"action_id":"a"}`, "x", "Please enter a number."},
		"a fraction":        {`{"type":"number_input","is_decimal_allowed":false,"action_id":"a"}`, "1.5", "Please enter a whole number."},
		"too little":        {`{"type":"number_input","is_decimal_allowed":false,"min_value":"2","action_id":"a"}`, "1", "Please enter a number of at least 2."},
		"too much":          {`{"type":"number_input","is_decimal_allowed":false,"max_value":"2","action_id":"a"}`, "3", "Please enter a number of at most 2."},
		"an address":        {`{"type":"email_text_input","action_id":"a"}`, "a@b.example", ""},
		"no address":        {`{"type":"email_text_input","action_id":"a"}`, "Ann <a@b.example>", "Please enter a valid email address."},
		"a link":            {`{"type":"url_text_input","action_id":"a"}`, "https://b.example/x", ""},
		"no link":           {`{"type":"url_text_input","action_id":"a"}`, "javascript:alert(1)", "Please enter a valid URL."},
		"nothing":           {`{"type":"url_text_input","action_id":"a"}`, "", "Please complete this required field."},
		"something offered": {`{"type":"external_select","action_id":"a"}`, "cart", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := enter(t, c.element, c.value); got != c.want {
				t.Errorf("%q: %q, want %q", c.value, got, c.want)
			}
		})
	}
}
