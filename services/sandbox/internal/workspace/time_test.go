package workspace_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

func TestTriggerAndResponseURLExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var in slack.InteractionCallback
		b := inBubble(t, httpMode(func(_ string, r *http.Request, body []byte) *http.Response {
			r.Body = io.NopCloser(bytes.NewReader(body))
			var err error
			if in, err = slack.InteractionCallbackParse(r); err != nil {
				t.Error(err)
			}
			return answer(200, "")
		}), func(o *workspace.Options) { o.MessageRate = 0 })
		posted := b.bot("chat.postMessage", map[string]any{"channel": workspace.ChannelOps, "blocks": []any{map[string]any{
			"type": "actions", "elements": []any{map[string]any{"type": "button", "action_id": "go", "text": map[string]any{"type": "plain_text", "text": "Go"}}},
		}}})
		click := func() {
			t.Helper()
			if got := b.person("sandbox.click", map[string]any{"user": "operator", "channel": "ops", "ts": posted["ts"], "action_id": "go"}); got["ok"] != true {
				t.Fatal(got)
			}
		}
		view := map[string]any{"type": "modal", "title": map[string]any{"type": "plain_text", "text": "T"}, "blocks": []any{}}
		click()
		time.Sleep(2900 * time.Millisecond)
		if got := b.bot("views.open", map[string]any{"trigger_id": in.TriggerID, "view": view}); got["ok"] != true {
			t.Errorf("in time: %v", got)
		}
		click()
		time.Sleep(3100 * time.Millisecond)
		if got := b.bot("views.open", map[string]any{"trigger_id": in.TriggerID, "view": view}); got["error"] != "expired_trigger_id" {
			t.Errorf("too late: %v", got)
		}

		path := func() string { u, _ := url.Parse(in.ResponseURL); return u.Path }
		respond := func() string { return b.send(path(), "", []byte(`{"text":"x"}`)).Body.String() }
		for i := range 5 {
			if got := respond(); got != "ok" {
				t.Errorf("use %d: %s", i+1, got)
			}
		}
		if got := respond(); got != "used_url" {
			t.Errorf("sixth use: %s", got)
		}
		click()
		time.Sleep(31 * time.Minute)
		if got := respond(); got != "expired_url" {
			t.Errorf("after 31 minutes: %s", got)
		}
		click()
		if got := b.send(path(), "", []byte(`{"replace_original":true,"text":"replaced"}`)).Body.String(); got != "ok" {
			t.Errorf("replace: %s", got)
		}
		history := b.bot("conversations.history", map[string]any{"channel": workspace.ChannelOps})["messages"].([]any)
		if m := history[len(history)-1].(map[string]any); m["text"] != "replaced" || m["blocks"] != nil {
			t.Errorf("replaced message = %v", m)
		}
	})
}

func TestLimitsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := inBubble(t, func(o *workspace.Options) { o.MessageBurst = 1 })
		post := func() int {
			_, rw := b.ask("xoxb-sandbox", "chat.postMessage", map[string]any{"channel": workspace.ChannelOps, "text": "x"})
			if rw.Code == 429 && rw.Header().Get("Retry-After") != "1" {
				t.Errorf("Retry-After = %q", rw.Header().Get("Retry-After"))
			}
			return rw.Code
		}
		codes := []int{post(), post()}
		time.Sleep(time.Second)
		codes = append(codes, post(), post())
		if fmt.Sprint(codes) != "[200 429 200 429]" {
			t.Errorf("codes = %v", codes)
		}
		for i := range 21 {
			_, rw := b.ask("xoxb-sandbox", "users.list", nil)
			if want := map[bool]int{true: 200, false: 429}[i < 20]; rw.Code != want {
				t.Errorf("users.list call %d: %d", i+1, rw.Code)
			}
		}
		if _, rw := b.ask("", "users.list", nil); rw.Code != 200 {
			t.Errorf("a person is limited: %d", rw.Code)
		}
	})
}
