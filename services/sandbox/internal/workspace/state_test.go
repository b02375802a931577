package workspace_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

func TestStateSurvivesARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "workspace.json")
	keep := func(o *workspace.Options) { o.State = path; o.FileReady = 0 }
	var ts, file string
	t.Run("first", func(t *testing.T) {
		s := open(t, keep)
		data := picture(t)
		f, err := s.api.UploadFile(slack.UploadFileParameters{Reader: bytes.NewReader(data), FileSize: len(data), Filename: "a.png"})
		if err != nil {
			t.Fatal(err)
		}
		file = f.ID
		ts = s.post(workspace.ChannelOps, slack.MsgOptionBlocks(slack.NewImageBlockSlackFile(&slack.SlackFileObject{ID: file}, "alt", "", nil)))
		s.post(workspace.ChannelOps, slack.MsgOptionText("reply", false), slack.MsgOptionTS(ts))
		s.must("sandbox.react", map[string]any{"user": "viewer", "channel": "ops", "ts": ts, "name": ":eyes:"})
		s.must("sandbox.post", map[string]any{"user": "viewer", "channel": "@second operator", "text": "between us"})
		s.must("sandbox.group", map[string]any{"name": "ops", "users": []string{"viewer"}})
		if _, _, err := s.api.ScheduleMessage(workspace.ChannelOps, strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10), slack.MsgOptionText("later", false)); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("second", func(t *testing.T) {
		s := open(t, keep)
		list := s.history(workspace.ChannelOps)
		if len(list) != 1 || list[0].Timestamp != ts || list[0].ReplyCount != 1 || list[0].Reactions[0].Name != "eyes" {
			t.Errorf("history = %+v", list)
		}
		if a, b := s.seen("second operator", "between us"), s.seen("operator", "between us"); a != 1 || b != 0 {
			t.Errorf("the direct message is seen %d and %d times", a, b)
		}
		if members, err := s.api.GetUserGroupMembers(workspace.GroupOps); err != nil || len(members) != 1 || members[0] != workspace.Viewer {
			t.Errorf("@ops = %v, %v", members, err)
		}
		if waits, _, err := s.api.GetScheduledMessages(&slack.GetScheduledMessagesParameters{}); err != nil || len(waits) != 1 || waits[0].Text != "later" {
			t.Errorf("scheduled = %+v, %v", waits, err)
		}
		if next := s.post(workspace.ChannelOps, slack.MsgOptionText("later", false)); next <= ts {
			t.Errorf("ts %s is not after %s", next, ts)
		}
		resp, err := http.Get(s.url + "/files/" + file)
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("file: %v %v", resp, err)
		}
		_ = resp.Body.Close()
	})
}

func TestClosedToOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		open bool
		peer string
		want string
	}{{false, "127.0.0.1:1", ""}, {false, "[::1]:1", ""}, {false, "192.0.2.7:1", "not_authed not_allowed"}, {true, "192.0.2.7:1", ""}} {
		b := inBubble(t, func(o *workspace.Options) { o.Open = c.open })
		var errs []string
		for _, path := range []string{"/api/conversations.list", "/api/sandbox.log"} {
			r := httptest.NewRequest("GET", path, nil)
			r.RemoteAddr = c.peer
			rw := httptest.NewRecorder()
			b.handler.ServeHTTP(rw, r)
			var got struct{ Error string }
			if err := json.Unmarshal(rw.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			errs = append(errs, got.Error)
		}
		if got := strings.TrimSpace(strings.Join(errs, " ")); got != c.want {
			t.Errorf("open %v, from %s: %q, want %q", c.open, c.peer, got, c.want)
		}
	}
}

func TestEventStream(t *testing.T) {
	t.Parallel()
	s := open(t)
	first := s.must("sandbox.state", map[string]any{"user": "operator"})["position"].(string)
	s.post(workspace.ChannelOps, slack.MsgOptionText("missed", false))
	if _, err := s.api.PostEphemeral(workspace.ChannelOps, workspace.Viewer, slack.MsgOptionText("secret", false)); err != nil {
		t.Fatal(err)
	}
	s.post(workspace.ChannelOps, slack.MsgOptionText("seen", false))
	for last, want := range map[string][]string{first: {"missed", "seen"}, "other-1": {"reload"}} {
		req, _ := http.NewRequest("GET", s.url+"/api/sandbox.events?user="+workspace.Operator, nil)
		req.Header.Set("Last-Event-ID", last)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, buf := "", make([]byte, 4096)
		for !strings.Contains(text, want[len(want)-1]) {
			n, err := resp.Body.Read(buf)
			if err != nil && !errors.Is(err, io.EOF) || n == 0 {
				t.Fatalf("stream ended: %v: %s", err, text)
			}
			text += string(buf[:n])
		}
		_ = resp.Body.Close()
		if strings.Contains(text, "secret") || !strings.Contains(text, want[0]) || !strings.Contains(text, "\nid: ") {
			t.Errorf("after %s: %s", last, text)
		}
	}
}
