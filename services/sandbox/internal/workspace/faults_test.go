package workspace_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

func TestReconnect(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.app(func(client *socketmode.Client, ev socketmode.Event) {
		_ = client.Ack(*ev.Request, map[string]any{"text": "here"})
	})
	for _, reason := range []string{"warning", "refresh_requested", "silent"} {
		s.must("sandbox.disconnect", map[string]any{"reason": reason})
		s.wait("", 0, func() bool {
			return s.drive("sandbox.command", map[string]any{"user": "operator", "channel": "#ops", "command": "/parley"})["ok"] == true
		})
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	s := open(t)
	text := slack.MsgOptionText("x", false)
	fault := func(f map[string]any) error {
		s.must("sandbox.faults", f)
		_, _, err := s.api.PostMessage(workspace.ChannelOps, text)
		return err
	}
	var limit *slack.RateLimitedError
	if err := fault(map[string]any{"method": "chat.postMessage", "retry_after": 7}); !errors.As(err, &limit) || limit.RetryAfter != 7*time.Second {
		t.Errorf("429: %v", err)
	}
	var status slack.StatusCodeError
	if err := fault(map[string]any{"method": "*", "status": 503}); !errors.As(err, &status) || status.Code != 503 {
		t.Errorf("503: %v", err)
	}
	if err := fault(map[string]any{"method": "chat.postMessage", "error": "fatal_error", "channel": "#ops"}); err == nil || err.Error() != "fatal_error" {
		t.Errorf("error: %v", err)
	}
	if n := len(s.history(workspace.ChannelOps)); n != 0 {
		t.Fatalf("%d messages", n)
	}
	if err := fault(map[string]any{"method": "chat.postMessage", "drop": true, "after": true}); err == nil {
		t.Error("a dropped connection is no error")
	}
	if n := len(s.history(workspace.ChannelOps)); n != 1 {
		t.Errorf("%d messages after an answer was lost, want 1", n)
	}
	if err := fault(map[string]any{"method": "chat.update", "error": "x"}); err != nil {
		t.Errorf("another method's fault: %v", err)
	}
	s.must("sandbox.faults", map[string]any{"clear": true})
}

func TestTokens(t *testing.T) {
	t.Parallel()
	s := open(t)
	for token, want := range map[string]string{"": "not_authed", "xoxb-other": "invalid_auth", "xapp-sandbox": "not_allowed_token_type"} {
		_, _, err := slack.New(token, slack.OptionAPIURL(s.url+"/api/")).PostMessage(workspace.ChannelOps, slack.MsgOptionText("x", false))
		if err == nil || err.Error() != want {
			t.Errorf("token %q: %v, want %s", token, err, want)
		}
	}
	for method, want := range map[string]string{"no.such": "unknown_method", "chat.postMessage": "not_authed"} {
		if got := s.drive(method, nil); got["error"] != want {
			t.Errorf("%s: %v", method, got)
		}
	}
	for channel, want := range map[string]string{"C0NOTTHERE": "channel_not_found", "": "channel_not_found"} {
		if _, _, err := s.api.PostMessage(channel, slack.MsgOptionText("x", false)); err == nil || err.Error() != want {
			t.Errorf("channel %q: %v", channel, err)
		}
	}
	for name, options := range map[string][]slack.MsgOption{
		"no_text":          {slack.MsgOptionText("", false)},
		"msg_too_long":     {slack.MsgOptionText(strings.Repeat("x", 40_001), false)},
		"thread_not_found": {slack.MsgOptionText("x", false), slack.MsgOptionTS("1.000001")},
	} {
		if _, _, err := s.api.PostMessage(workspace.ChannelOps, options...); err == nil || err.Error() != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	s := open(t)
	users, err := s.api.GetUsers()
	if err != nil {
		t.Fatal(err)
	}
	names := ""
	for _, u := range users {
		names += u.RealName + ","
	}
	if names != "operator,second operator,viewer,Slackbot,Parley," {
		t.Errorf("users = %s", names)
	}
	groups, err := s.api.GetUserGroups(slack.GetUserGroupsOptionIncludeUsers(true))
	if err != nil || len(groups) != 1 || groups[0].Handle != "ops" || fmt.Sprint(groups[0].Users) != fmt.Sprint([]string{workspace.Operator, workspace.Operator2}) {
		t.Errorf("groups = %+v, %v", groups, err)
	}
	channels, _, err := s.api.GetConversations(&slack.GetConversationsParameters{})
	if err != nil || len(channels) != 3 || channels[0].Name != "ops" || !channels[0].IsMember {
		t.Errorf("channels = %+v, %v", channels, err)
	}
	if u, err := s.api.GetUserByEmail("viewer@parley.example"); err != nil || u.ID != workspace.Viewer {
		t.Errorf("by mail = %+v, %v", u, err)
	}
}
