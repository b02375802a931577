package workspace_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

// space is a workspace on a real socket with slack-go, unchanged, as its app.
type space struct {
	*testing.T
	url string
	api *slack.Client
}

func open(t *testing.T, change ...func(*workspace.Options)) *space {
	t.Helper()
	opt := workspace.Defaults()
	opt.Log = slog.New(slog.DiscardHandler)
	opt.FileReady = 30 * time.Millisecond
	for _, f := range change {
		f(&opt)
	}
	ws, err := workspace.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(ws.Handler())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- ws.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("workspace ended: %v", err)
		}
		server.Close()
	})
	return &space{t, server.URL, slack.New(opt.BotToken, slack.OptionAPIURL(server.URL+"/api/"), slack.OptionAppLevelToken(opt.AppToken))}
}

// app runs slack-go's Socket Mode client; on is called for each event that a person causes.
func (s *space) app(on func(client *socketmode.Client, ev socketmode.Event)) {
	s.Helper()
	client := socketmode.New(s.api)
	ctx, cancel := context.WithCancel(context.Background())
	connected, ended := make(chan struct{}), make(chan struct{}, 2)
	go func() { _ = client.RunContext(ctx); ended <- struct{}{} }()
	go func() {
		defer func() { ended <- struct{}{} }()
		first := true
		for {
			select {
			case <-ctx.Done():
				return
			case ev := <-client.Events:
				switch ev.Type {
				case socketmode.EventTypeHello:
					if first {
						first = false
						close(connected)
					}
				case socketmode.EventTypeInteractive, socketmode.EventTypeSlashCommand, socketmode.EventTypeEventsAPI:
					on(client, ev)
				}
			}
		}
	}()
	s.Cleanup(func() { cancel(); <-ended; <-ended })
	select {
	case <-connected:
	case <-time.After(10 * time.Second):
		s.Fatal("slack-go did not connect")
	}
}

// drive makes a driving call and returns its answer.
func (s *space) drive(method string, args map[string]any) map[string]any {
	s.Helper()
	body, err := json.Marshal(args)
	if err != nil {
		s.Fatal(err)
	}
	resp, err := http.Post(s.url+"/api/"+method, "application/json", bytes.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		s.Fatalf("%s: status %d: %v", method, resp.StatusCode, err)
	}
	return answer
}

// must is drive for an answer with ok true.
func (s *space) must(method string, args map[string]any) map[string]any {
	s.Helper()
	answer := s.drive(method, args)
	if answer["ok"] != true {
		s.Fatalf("%s %v: %v", method, args, answer)
	}
	return answer
}

func (s *space) post(channel string, options ...slack.MsgOption) string {
	s.Helper()
	_, ts, err := s.api.PostMessage(channel, options...)
	if err != nil {
		s.Fatalf("post: %v", err)
	}
	return ts
}

// history is a channel's messages, the newest first.
func (s *space) history(channel string) []slack.Message {
	s.Helper()
	h, err := s.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: channel, IncludeAllMetadata: true})
	if err != nil {
		s.Fatalf("history: %v", err)
	}
	return h.Messages
}

func button(action, value string) *slack.ButtonBlockElement {
	return slack.NewButtonBlockElement(action, value, slack.NewTextBlockObject(slack.PlainTextType, "Collect garbage", false, false))
}

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 20))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPostUpdateDeleteThread(t *testing.T) {
	t.Parallel()
	s := open(t)
	if who, err := s.api.AuthTest(); err != nil || who.UserID != workspace.BotUser || who.BotID != workspace.BotID {
		t.Fatalf("auth.test = %+v, %v", who, err)
	}
	ts := s.post(workspace.ChannelOps, slack.MsgOptionText("heap is 91 %", false), slack.MsgOptionMetadata(slack.SlackMetadata{
		EventType: "incident", EventPayload: map[string]any{"id": "i-1"},
	}))
	reply := s.post(workspace.ChannelOps, slack.MsgOptionText("looking", false), slack.MsgOptionTS(ts))
	if _, _, text, err := s.api.UpdateMessage(workspace.ChannelOps, ts, slack.MsgOptionText("heap is 34 %", false)); err != nil || text != "heap is 34 %" {
		t.Fatalf("update = %q, %v", text, err)
	}
	list := s.history(workspace.ChannelOps)
	if len(list) != 1 {
		t.Fatalf("%d messages at the top, want 1: a reply is not one", len(list))
	}
	m := list[0]
	if m.Text != "heap is 34 %" || m.Edited == nil || m.ReplyCount != 1 || m.LatestReply != reply || m.Metadata.EventPayload["id"] != "i-1" {
		t.Errorf("message = %+v", m)
	}
	thread, _, _, err := s.api.GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: workspace.ChannelOps, Timestamp: ts})
	if err != nil || len(thread) != 2 || thread[1].Timestamp != reply {
		t.Errorf("thread = %+v, %v", thread, err)
	}
	if link, err := s.api.GetPermalink(&slack.PermalinkParameters{Channel: workspace.ChannelOps, Ts: ts}); err != nil || !strings.Contains(link, "/archives/"+workspace.ChannelOps+"/p"+strings.Replace(ts, ".", "", 1)) {
		t.Errorf("permalink = %q, %v", link, err)
	}
	if _, _, err := s.api.DeleteMessage(workspace.ChannelOps, reply); err != nil {
		t.Errorf("delete: %v", err)
	}
	said := s.must("sandbox.post", map[string]any{"user": "second operator", "channel": "#ops", "text": "hi @viewer & <all>"})
	if _, _, _, err := s.api.UpdateMessage(workspace.ChannelOps, said["ts"].(string), slack.MsgOptionText("x", false)); err == nil || err.Error() != "cant_update_message" {
		t.Errorf("update of a person's message: %v", err)
	}
	if text := s.history(workspace.ChannelOps)[0].Text; text != "hi <@"+workspace.Viewer+"> &amp; &lt;all&gt;" {
		t.Errorf("a person's text = %q", text)
	}
}

func TestPictureIsReadyLater(t *testing.T) {
	t.Parallel()
	s := open(t, func(o *workspace.Options) { o.FileReady = 300 * time.Millisecond })
	data := picture(t)
	f, err := s.api.UploadFile(slack.UploadFileParameters{Reader: bytes.NewReader(data), FileSize: len(data), Filename: "heap.png", Title: "Heap", AltTxt: "Heap at 91 %"})
	if err != nil {
		t.Fatalf("upload: %v", err)
	}
	shown := slack.MsgOptionBlocks(slack.NewImageBlockSlackFile(&slack.SlackFileObject{ID: f.ID}, "Heap at 91 %", "chart", nil))
	_, _, err = s.api.PostMessage(workspace.ChannelOps, shown)
	var refused slack.SlackErrorResponse
	if !errors.As(err, &refused) || refused.Err != "invalid_blocks" || *refused.Errors[0].Message != "invalid slack file [json-pointer:/blocks/0/slack_file]" {
		t.Fatalf("posted early: %v %+v", err, refused)
	}
	waited := 0
	for {
		info, _, _, err := s.api.GetFileInfo(f.ID, 0, 0)
		if err != nil {
			t.Fatalf("files.info: %v", err)
		}
		if info.Mimetype == "image/png" {
			if info.OriginalW != 40 || info.Size != len(data) {
				t.Errorf("file = %+v", info)
			}
			var got bytes.Buffer
			if err := s.api.GetFile(info.URLPrivate, &got); err != nil || !bytes.Equal(got.Bytes(), data) {
				t.Errorf("download: %v, %d bytes", err, got.Len())
			}
			break
		}
		if waited++; waited > 2000 {
			t.Fatal("never ready")
		}
		<-time.After(2 * time.Millisecond)
	}
	if waited == 0 {
		t.Error("ready at once")
	}
	s.post(workspace.ChannelOps, shown)
	resp, err := http.Get(s.url + "/files/" + f.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got, _ := io.ReadAll(resp.Body); !bytes.Equal(got, data) || resp.Header.Get("Content-Type") != "image/png" {
		t.Errorf("/files/%s: %s, %d bytes", f.ID, resp.Header.Get("Content-Type"), len(got))
	}
}

func TestOneMessageASecond(t *testing.T) {
	t.Parallel()
	s := open(t, func(o *workspace.Options) { o.MessageBurst = 2 })
	s.post(workspace.ChannelOps, slack.MsgOptionText("1", false))
	s.post(workspace.ChannelOps, slack.MsgOptionText("2", false))
	_, _, err := s.api.PostMessage(workspace.ChannelOps, slack.MsgOptionText("3", false))
	var limit *slack.RateLimitedError
	if !errors.As(err, &limit) || limit.RetryAfter != time.Second {
		t.Fatalf("third message at once: %v", err)
	}
	s.post(workspace.ChannelCost, slack.MsgOptionText("another channel is free", false))
}

func TestClickModalAndReplies(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.app(func(client *socketmode.Client, ev socketmode.Event) {
		in := ev.Data.(slack.InteractionCallback)
		_ = client.Ack(*ev.Request)
		switch in.Type {
		case slack.InteractionTypeBlockActions:
			a := in.ActionCallback.BlockActions[0]
			if a.ActionID == "ask" {
				if _, err := s.api.OpenView(in.TriggerID, why()); err != nil {
					t.Errorf("views.open: %v", err)
				}
				if _, err := s.api.OpenView(in.TriggerID, why()); err == nil || err.Error() != "exchanged_trigger_id" {
					t.Errorf("views.open with a spent trigger: %v", err)
				}
				return
			}
			if _, _, err := s.api.PostMessage("", slack.MsgOptionText(in.User.Name+" chose "+a.Value, false),
				slack.MsgOptionResponseURL(in.ResponseURL, slack.ResponseTypeEphemeral)); err != nil {
				t.Errorf("response_url: %v", err)
			}
		case slack.InteractionTypeViewSubmission:
			reason := in.View.State.Values["why"]["reason"].Value
			if _, err := s.api.PostEphemeral(workspace.ChannelOps, in.User.ID, slack.MsgOptionText("because "+reason, false)); err != nil {
				t.Errorf("ephemeral: %v", err)
			}
		}
	})
	ts := s.post(workspace.ChannelOps, slack.MsgOptionBlocks(slack.NewActionBlock("do", button("gc", "token-1"), button("ask", ""))))
	if got := s.must("sandbox.click", map[string]any{"user": "operator", "channel": "#ops", "ts": ts, "action_id": "gc", "times": 3}); got["acked"] != 3.0 {
		t.Errorf("click three times: %v", got)
	}
	s.wait("operator chose token-1", 3)
	s.must("sandbox.click", map[string]any{"user": "operator", "channel": "ops", "ts": ts, "action_id": "ask"})
	s.wait("", 0, func() bool {
		return len(s.must("sandbox.state", map[string]any{"user": "operator"})["views"].([]any)) == 1
	})
	if got := s.drive("sandbox.submit", map[string]any{"user": "operator", "values": map[string]any{}}); got["error"] != "invalid_input" {
		t.Errorf("empty modal: %v", got)
	}
	s.must("sandbox.submit", map[string]any{"user": "operator", "values": map[string]any{"reason": "it leaks"}})
	s.wait("because it leaks", 1)
	if left := s.must("sandbox.state", map[string]any{"user": "operator"})["views"].([]any); len(left) != 0 {
		t.Errorf("%d modals left open", len(left))
	}
}

func why() slack.ModalViewRequest {
	text := func(s string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: text("Why?"), Submit: text("Send"), Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("why", text("Reason"), nil, slack.NewPlainTextInputBlockElement(nil, "reason")),
		}},
	}
}

// wait waits for n messages with a text that operator sees in #ops, or for a condition.
func (s *space) wait(text string, n int, until ...func() bool) {
	s.Helper()
	met := func() bool {
		for _, f := range until {
			return f()
		}
		count := 0
		for _, c := range s.must("sandbox.state", map[string]any{"user": "operator"})["channels"].([]any) {
			for _, m := range c.(map[string]any)["messages"].([]any) {
				if m.(map[string]any)["text"] == text {
					count++
				}
			}
		}
		return count == n
	}
	for range 1000 {
		if met() {
			return
		}
		<-time.After(5 * time.Millisecond)
	}
	s.Fatalf("no %d × %q", n, text)
}

func TestCommandAnswers(t *testing.T) {
	t.Parallel()
	s := open(t, func(o *workspace.Options) { o.AckWithin = 400 * time.Millisecond })
	if got := s.drive("sandbox.command", map[string]any{"user": "operator", "channel": "#ops", "command": "/parley"}); got["error"] != "no_app_connected" {
		t.Errorf("without an app: %v", got)
	}
	s.app(func(client *socketmode.Client, ev socketmode.Event) {
		cmd := ev.Data.(slack.SlashCommand)
		switch cmd.Text {
		case "ack":
			_ = client.Ack(*ev.Request, map[string]any{"text": "in the ack"})
		case "url":
			_ = client.Ack(*ev.Request)
			_, _, _ = s.api.PostMessage("", slack.MsgOptionText("by response_url", false), slack.MsgOptionResponseURL(cmd.ResponseURL, slack.ResponseTypeInChannel))
		case "post":
			_ = client.Ack(*ev.Request)
			_, _, _ = s.api.PostMessage(cmd.ChannelID, slack.MsgOptionText("for all", false))
		case "only":
			_ = client.Ack(*ev.Request)
			_, _ = s.api.PostEphemeral(cmd.ChannelID, cmd.UserID, slack.MsgOptionText("for you", false))
		case "late":
		}
	})
	for text, want := range map[string]string{"ack": "in the ack", "url": "by response_url", "post": "for all", "only": "for you"} {
		got := s.must("sandbox.command", map[string]any{"user": "operator", "channel": "#ops", "command": "/parley", "text": text})
		list := got["messages"].([]any)
		if len(list) != 1 || list[0].(map[string]any)["text"] != want {
			t.Errorf("/parley %s: %v", text, got)
		}
	}
	if got := s.drive("sandbox.command", map[string]any{"user": "viewer", "channel": "#ops", "command": "/parley", "text": "late"}); got["ok"] != false || got["error"] != "operation_timeout" {
		t.Errorf("/parley late: %v", got)
	}
	if got := s.drive("sandbox.command", map[string]any{"user": "viewer", "channel": "#ops", "command": "/nothing"}); got["error"] != "unknown_command" {
		t.Errorf("/nothing: %v", got)
	}
	log, err := http.Get(s.url + "/api/sandbox.log?since=0")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Body.Close()
	if text, _ := io.ReadAll(log.Body); bytes.Contains(text, []byte("xoxb-")) || bytes.Contains(text, []byte("xapp-")) || !bytes.Contains(text, []byte("slash_commands")) {
		t.Errorf("the log has a token in it, or no command: %d bytes", len(text))
	}
}

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
