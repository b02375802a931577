package workspace_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

func TestHTTPModeIsSigned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		seen := map[string]int{}
		b := inBubble(t, httpMode(func(path string, r *http.Request, body []byte) *http.Response {
			verifier, err := slack.NewSecretsVerifier(r.Header, "sandbox-signing-secret")
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			_, _ = verifier.Write(body)
			if err := verifier.Ensure(); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			mu.Lock()
			defer mu.Unlock()
			seen[path]++
			switch path {
			case "/slack/interactions":
				in, err := slack.InteractionCallbackParse(r)
				if err != nil || in.User.ID != workspace.Operator2 || in.ActionCallback.BlockActions[0].Value != "v" || in.ResponseURL == "" {
					t.Errorf("interaction = %+v, %v", in, err)
				}
			case "/slack/commands":
				cmd, err := slack.SlashCommandParse(r)
				if err != nil || cmd.Command != "/parley" || cmd.Text != "ack &lt;1&gt;" || cmd.ChannelName != "ops" {
					t.Errorf("command = %+v, %v", cmd, err)
				}
				return answer(200, "plain text")
			case "/slack/events":
				var ev struct{ Type, Challenge string }
				if err := json.Unmarshal(body, &ev); err != nil {
					t.Error(err)
				}
				return answer(200, ev.Challenge)
			}
			return answer(200, "")
		}))
		posted := b.bot("chat.postMessage", map[string]any{"channel": workspace.ChannelOps, "blocks": []any{map[string]any{
			"type": "actions", "elements": []any{map[string]any{"type": "button", "action_id": "go", "value": "v", "text": map[string]any{"type": "plain_text", "text": "Go"}}},
		}}})
		click := map[string]any{"user": "second operator", "channel": "#ops", "ts": posted["ts"], "action_id": "go"}
		if got := b.person("sandbox.click", click); got["acked"] != 1.0 {
			t.Errorf("click: %v", got)
		}
		got := b.person("sandbox.command", map[string]any{"user": "operator", "channel": "ops", "command": "/parley", "text": "ack <1>"})
		if list, _ := got["messages"].([]any); len(list) != 1 || list[0].(map[string]any)["text"] != "plain text" || list[0].(map[string]any)["is_ephemeral"] != true {
			t.Errorf("command: %v", got)
		}
		b.person("sandbox.post", map[string]any{"user": "operator", "channel": "ops", "text": "hello @parley"})
		synctest.Wait()
		if fmt.Sprint(seen) != "map[/slack/commands:1 /slack/events:2 /slack/interactions:1]" {
			t.Errorf("seen = %v", seen)
		}
	})
}

func TestThreeSecondRule(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		status := 0
		b := inBubble(t, httpMode(func(string, *http.Request, []byte) *http.Response {
			if status == 0 {
				return nil
			}
			return answer(status, "")
		}))
		began := time.Now()
		got := b.person("sandbox.command", map[string]any{"user": "operator", "channel": "ops", "command": "/parley"})
		if got["error"] != "operation_timeout" || time.Since(began) != 3*time.Second {
			t.Errorf("after %v: %v", time.Since(began), got)
		}
		status = 500
		if got := b.person("sandbox.command", map[string]any{"user": "operator", "channel": "ops", "command": "/parley"}); got["error"] != "dispatch_failed" {
			t.Errorf("an error of the app: %v", got)
		}
		state := b.person("sandbox.state", map[string]any{"user": "operator"})
		last := state["channels"].([]any)[0].(map[string]any)["messages"].([]any)
		if text := last[0].(map[string]any)["text"]; text != `/parley failed with the error "operation_timeout"` {
			t.Errorf("the person sees %q", text)
		}
		if other := b.person("sandbox.state", map[string]any{"user": "viewer"}); len(other["channels"].([]any)[0].(map[string]any)["messages"].([]any)) != 0 {
			t.Error("another person sees it too")
		}
	})
}

func TestUnacknowledgedEventComesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var at []time.Duration
		began := time.Now()
		b := inBubble(t, httpMode(func(_ string, r *http.Request, body []byte) *http.Response {
			if bytes.Contains(body, []byte("url_verification")) {
				return answer(200, string(body))
			}
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Since(began))
			if n := r.Header.Get("X-Slack-Retry-Num"); n != "" && n != fmt.Sprint(len(at)-1) {
				t.Errorf("retry %s at the %dth", n, len(at))
			}
			return answer(503, "")
		}))
		b.person("sandbox.post", map[string]any{"user": "operator", "channel": "ops", "text": "@parley?"})
		time.Sleep(10 * time.Minute)
		mu.Lock()
		defer mu.Unlock()
		if fmt.Sprint(at) != "[0s 0s 1m0s 6m0s]" {
			t.Errorf("delivered at %v", at)
		}
	})
}
