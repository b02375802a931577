package workspace_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

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
		<-time.After(20 * time.Millisecond)
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
		case "both": // something that came of an earlier command, then the answer
			_ = client.Ack(*ev.Request)
			_, _ = s.api.PostEphemeral(cmd.ChannelID, cmd.UserID, slack.MsgOptionText("for you, of earlier", false))
			_, _, _ = s.api.PostMessage("", slack.MsgOptionText("the answer", false), slack.MsgOptionResponseURL(cmd.ResponseURL, slack.ResponseTypeEphemeral))
		case "late":
		}
	})
	for text, want := range map[string]string{"ack": "in the ack", "url": "by response_url", "post": "for all", "only": "for you", "both": "the answer"} {
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
