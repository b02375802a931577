package workspace_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

// bubble is a workspace without a socket: requests are calls, and the app in HTTP
// mode is a function.
type bubble struct {
	*testing.T
	handler http.Handler
	ws      *workspace.Workspace
}

func inBubble(t *testing.T, change ...func(*workspace.Options)) *bubble {
	t.Helper()
	opt := workspace.Defaults()
	opt.Log = slog.New(slog.DiscardHandler)
	for _, f := range change {
		f(&opt)
	}
	ws, err := workspace.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return &bubble{t, ws.Handler(), ws}
}

// ask calls a method; with a token as the app, without as a person on this machine.
func (b *bubble) ask(token, method string, args map[string]any) (map[string]any, *httptest.ResponseRecorder) {
	b.Helper()
	body, err := json.Marshal(args)
	if err != nil {
		b.Fatal(err)
	}
	rw := b.send("/api/"+method, token, body)
	var answer map[string]any
	if err := json.Unmarshal(rw.Body.Bytes(), &answer); err != nil {
		b.Fatalf("%s: %s", method, rw.Body)
	}
	return answer, rw
}

func (b *bubble) send(path, token string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, bytes.NewReader(body))
	r.RemoteAddr = "127.0.0.1:4711"
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	rw := httptest.NewRecorder()
	b.handler.ServeHTTP(rw, r)
	return rw
}

func (b *bubble) bot(method string, args map[string]any) map[string]any {
	b.Helper()
	answer, _ := b.ask("xoxb-sandbox", method, args)
	return answer
}

func (b *bubble) person(method string, args map[string]any) map[string]any {
	b.Helper()
	answer, _ := b.ask("", method, args)
	return answer
}

// roundTrip is the app in HTTP mode.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

// httpMode sends everything that the workspace sends to f.
func httpMode(f func(path string, r *http.Request, body []byte) *http.Response) func(*workspace.Options) {
	return func(o *workspace.Options) {
		o.InteractionsURL, o.CommandsURL, o.EventsURL = "http://app/slack/interactions", "http://app/slack/commands", "http://app/slack/events"
		o.Client = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			resp := f(r.URL.Path, r, body)
			if resp == nil {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return resp, nil
		})}
	}
}

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
	})
	t.Run("second", func(t *testing.T) {
		s := open(t, keep)
		list := s.history(workspace.ChannelOps)
		if len(list) != 1 || list[0].Timestamp != ts || list[0].ReplyCount != 1 || list[0].Reactions[0].Name != "eyes" {
			t.Errorf("history = %+v", list)
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
