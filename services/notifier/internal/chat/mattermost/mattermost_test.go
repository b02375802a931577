package mattermost

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/notifier/internal/api/apitest"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
	"github.com/parley-ops/parley/services/notifier/internal/exchange"
)

func id(kind string, n int) string { return fmt.Sprintf("%s%0*d", kind, 26-len(kind), n) }

var (
	opsID  = id("channel", 1)
	annID  = id("user", 1)
	bobID  = id("user", 2)
	selfID = id("bot", 1)
)

func configured() Config {
	return Config{URL: "https://mm.test", Team: "shop", Token: chat.Ref{Secret: config.Secret("tok-" + chattest.Secret)},
		Actions: "http://parley:8082/chat/mattermost", Secret: chat.Ref{Secret: config.Secret("sign-" + chattest.Secret)}, Groups: map[string][]string{"@ops": {"ann"}}}
}

// server is a small Mattermost that refuses what a real one refuses.
type server struct {
	v       *apitest.Vendor
	posts   map[string]post
	files   int
	dialogs []map[string]any
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer tok-"+chattest.Secret {
		s.v.Refuse(w, "no token")
		return
	}
	data, _ := io.ReadAll(r.Body)
	say := func(v any) { w.WriteHeader(http.StatusCreated); _ = json.NewEncoder(w).Encode(v) }
	path := strings.TrimPrefix(r.URL.Path, "/api/v4")
	patched, patches := strings.CutSuffix(strings.TrimPrefix(path, "/posts/"), "/patch")
	switch {
	case r.Method == "GET" && path == "/users/me":
		say(map[string]string{"id": selfID})
	case r.Method == "GET" && path == "/users/"+annID:
		say(map[string]string{"id": annID, "username": "ann"})
	case r.Method == "GET" && path == "/teams/name/shop/channels/name/ops":
		say(map[string]any{"id": opsID, "delete_at": 0})
	case r.Method == "GET" && strings.HasPrefix(path, "/teams/name/shop/channels/name/"):
		http.Error(w, `{"id":"store.sql_channel.get_by_name.missing"}`, http.StatusNotFound)
	case r.Method == "POST" && path == "/channels/"+opsID+"/members", r.Method == "POST" && path == "/channels/direct":
		say(map[string]string{"id": id("direct", 1)})
	case r.Method == "POST" && path == "/actions/dialogs/open":
		var d map[string]any
		_ = json.Unmarshal(data, &d)
		s.dialogs = append(s.dialogs, d)
		say(map[string]string{"status": "OK"})
	case r.Method == "POST" && path == "/files" && r.URL.Query().Get("channel_id") == opsID && len(data) > 0:
		s.files++
		say(map[string]any{"file_infos": []any{map[string]string{"id": id("file", s.files)}}})
	case r.Method == "GET" && path == "/channels/"+opsID+"/posts":
		if _, err := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64); err != nil {
			s.v.Refuse(w, "since")
		}
		say(map[string]any{"posts": s.posts})
	case r.Method == "POST" && path == "/posts", r.Method == "PUT" && patches:
		var p post
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		if err := d.Decode(&p); err != nil || wrong(p) != "" {
			s.v.Refuse(w, "%v %s", err, wrong(p))
			return
		}
		if _, there := s.posts[patched]; patches && !there {
			http.NotFound(w, r)
			return
		}
		if !patches {
			patched = id("post", len(s.posts)+1)
		}
		p.ID = patched
		s.posts[patched] = p
		say(p)
	default:
		s.v.Refuse(w, "%s %s", r.Method, r.URL)
	}
}

// wrong returns what Mattermost refuses.
func wrong(p post) string {
	if n := utf8.RuneCountInString(p.Message); n > 16383 || n == 0 {
		return "message"
	}
	for _, a := range p.Props.Attachments {
		if utf8.RuneCountInString(a.Text) > 16383 {
			return "text"
		}
		seen := map[string]bool{}
		for _, o := range a.Actions {
			if seen[o.ID] || o.Name == "" || strings.Trim(o.ID, "abcdefghijklmnopqrstuvwxyz0123456789") != "" || o.Integration.URL == "" {
				return "action " + o.ID
			}
			seen[o.ID] = true
		}
	}
	if data, _ := json.Marshal(p.Props); len(data) > 800_000 {
		return "props too large"
	}
	return ""
}

func start(t *testing.T) (*Backend, *server) { return logging(t, nil) }

func logging(t *testing.T, log *slog.Logger) (*Backend, *server) {
	t.Helper()
	s := &server{v: &apitest.Vendor{}, posts: map[string]post{}}
	s.v.Handler = s
	b, err := New(configured(), chat.Deps{HTTP: s.v.Client(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return b.(*Backend), s
}

func TestConformance(t *testing.T) {
	t.Parallel()
	chattest.Run(t, func(t *testing.T, log *slog.Logger) (chat.Backend, func(chattest.Fault)) {
		b, s := logging(t, log)
		t.Cleanup(func() {
			if len(s.v.Refused) > 0 {
				t.Errorf("Mattermost refuses %q", s.v.Refused)
			}
		})
		return b, func(f chattest.Fault) {
			s.v.Fault = apitest.Fault{Status: f.Status, Lost: f.Lost, Slow: f.Slow}
			if f.RetryAfter > 0 {
				s.v.Fault.RetryAfter = strconv.Itoa(f.RetryAfter)
			}
			if f.Err != "" {
				s.v.Fault.Status = http.StatusUnauthorized
			}
		}
	})
}

// told posts a message with a button, one that asks again, and a menu, and
// returns its controls.
func told(t *testing.T, b *Backend, s *server) (ts string, actions []action) {
	t.Helper()
	c := chat.Content{Text: "heap is 97 %", Parts: []chat.Part{chat.Image{File: "a.png", PNG: []byte("png")}, chat.Buttons{chat.Button{ID: "ack", Text: "Ack", Value: "inc1"},
		chat.Button{ID: "run:gc", Text: "Collect", Value: "inc1.sealed", Confirm: &chat.Confirm{Title: "Sure?", Text: "Ask the JVM", Yes: "Do it"}},
		chat.Menu{ID: "silence", Prompt: "Silence", Options: []chat.Option{{Text: "1 h", Value: "inc1.1h"}, {Text: "4 h", Value: "inc1.4h"}}}, chat.Button{ID: "link", Text: "Runbook", URL: "https://example.org/r"}}}}
	ts, err := b.Post(t.Context(), chat.Post{ChannelID: opsID, Content: c, Key: chat.Key{Incident: "inc1", Part: "root"}})
	if err != nil {
		t.Fatal(err)
	}
	p := s.posts[ts]
	if len(p.FileIDs) != 1 || len(p.Props.Attachments) != 1 || len(p.Props.Attachments[0].Actions) != 3 || !strings.Contains(p.Props.Attachments[0].Text, "(https://example.org/r)") {
		t.Fatalf("%+v", p)
	}
	return ts, p.Props.Attachments[0].Actions
}

func send(h http.Handler, path string, v any) (int, string) {
	data, _ := json.Marshal(v)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, path, bytes.NewReader(data)))
	return rec.Code, rec.Body.String()
}

func TestClicks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, s := start(t)
		ts, actions := told(t, b, s)
		var got []*eventv1.Inbound
		h := b.Handler(func(_ context.Context, in *eventv1.Inbound) error { got = append(got, in); return nil })
		click := func(a action, change func(*clicked)) int {
			c := clicked{UserID: annID, UserName: "ann", ChannelID: opsID, PostID: ts, TriggerID: "t", Context: a.Integration.Context}
			change(&c)
			code, _ := send(h, "/click", c)
			return code
		}
		same := func(*clicked) {}
		if code := click(actions[0], same); code != 200 || len(got) != 1 || got[0].GetClick().GetValue() != "inc1" || got[0].GetPerson().GetId() != annID || got[0].GetClick().GetMessageTs() != ts {
			t.Fatalf("%d %v", code, got)
		}
		if click(actions[0], same); len(got) != 2 || got[0].GetId() != got[1].GetId() {
			t.Error("one click that comes twice is two")
		}
		if click(actions[2], func(c *clicked) { c.Context.Selected = "1" }); len(got) != 3 || got[2].GetClick().GetValue() != "inc1.4h" {
			t.Errorf("menu: %v", got)
		}
		for what, change := range map[string]func(*clicked){"other value": func(c *clicked) { c.Context.Value = "inc2" }, "other action": func(c *clicked) { c.Context.Action = "run:gc" }, "no token": func(c *clicked) { c.Context.Token = "" },
			"other channel": func(c *clicked) { c.ChannelID = id("channel", 2) }, "no person": func(c *clicked) { c.UserID = "" }} {
			if code := click(actions[0], change); code != http.StatusForbidden || len(got) != 3 {
				t.Errorf("%s: %d", what, code)
			}
		}
		if code := click(actions[2], func(c *clicked) { c.Context.Selected = "7" }); code != http.StatusForbidden {
			t.Errorf("a choice that is not there: %d", code)
		}
		if click(actions[1], same); len(got) != 3 || len(s.dialogs) != 1 {
			t.Fatalf("a button that asks again does not: %v", got)
		}
		state := s.dialogs[0]["dialog"].(map[string]any)["state"].(string)
		if code, _ := send(h, "/dialog", map[string]any{"user_id": bobID, "state": state}); code != http.StatusForbidden {
			t.Errorf("somebody else answers: %d", code)
		}
		if code, _ := send(h, "/dialog", map[string]any{"user_id": bobID, "state": strings.ReplaceAll(state, annID, bobID)}); code != http.StatusForbidden {
			t.Errorf("a forged dialog: %d", code)
		}
		if send(h, "/dialog", map[string]any{"user_id": annID, "state": state, "cancelled": true}); len(got) != 3 {
			t.Error("a cancelled dialog counts")
		}
		if send(h, "/dialog", map[string]any{"user_id": annID, "state": state}); len(got) != 4 || got[3].GetClick().GetActionId() != "run:gc" || got[3].GetClick().GetValue() != "inc1.sealed" {
			t.Errorf("%v", got)
		}
		time.Sleep(askedFor + time.Second)
		if _, body := send(h, "/dialog", map[string]any{"user_id": annID, "state": state}); len(got) != 4 || !strings.Contains(body, "too long ago") {
			t.Errorf("an old dialog counts: %s", body)
		}
	})
}

func TestGroups(t *testing.T) {
	t.Parallel()
	b, _ := start(t)
	if got, err := b.Groups(t.Context(), annID); err != nil || len(got) != 1 || got[0] != "@ops" {
		t.Errorf("%v %v", got, err)
	}
}

func TestSettings(t *testing.T) {
	t.Setenv("MATTERMOST_TOKEN", "a")
	t.Setenv("MATTERMOST_ACTIONS_SECRET", "0123456789abcdef")
	data, err := os.ReadFile("sample.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if f, err := exchange.Parse(data, map[string]chat.Maker{"mattermost": chat.Listed(Defaults, New)}, "slack", chat.Deps{}); err != nil || f.Backends["mattermost"] == nil {
		t.Errorf("%v %v", f, err)
	}
	for want, change := range map[string]func(*Config){"url": func(c *Config) { c.URL = "chat" }, "team": func(c *Config) { c.Team = "" }, "token": func(c *Config) { c.Token = chat.Ref{} },
		"actions_secret": func(c *Config) { c.Secret = chat.Ref{Secret: "short"} }, "groups": func(c *Config) { c.Groups = map[string][]string{"ops": nil} }} {
		c := configured()
		change(&c)
		if _, err := New(c, chat.Deps{}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), chattest.Secret) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func FuzzEndpoint(f *testing.F) {
	f.Add("/click", []byte(`{"user_id":"u","context":{"action":"ack","value":"x","token":"y","selected_option":"1"}}`))
	f.Add("/dialog", []byte(`{"state":"{\"Action\":\"a\",\"Token\":\"\"}","user_id":""}`))
	b, err := New(configured(), chat.Deps{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		if path != "/click" {
			path = "/dialog"
		}
		h := b.(*Backend).Handler(func(context.Context, *eventv1.Inbound) error { t.Errorf("%s is taken: %s", path, body); return nil })
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body)))
		if rec.Code == http.StatusOK {
			t.Errorf("%s: %s", path, body)
		}
	})
}

func FuzzWrite(f *testing.F) {
	for _, s := range apitest.Texts {
		f.Add(s)
	}
	b, _ := New(configured(), chat.Deps{})
	f.Fuzz(func(t *testing.T, s string) {
		if fault := wrong(b.(*Backend).write(apitest.Incident(chat.Open, s[:min(len(s), 4000)]), opsID, chat.Key{Incident: "i"})); fault != "" {
			t.Errorf("%q: %s", s, fault)
		}
	})
}
