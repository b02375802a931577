package slackdoctor

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/chat/slack"
)

const secret = "s3cr3tT0ken"

// workspace is Slack with faults, and the notifier's endpoint.
type workspace struct {
	scopes   []string
	off      time.Duration
	errors   map[string]string // by method
	member   map[string]bool   // by channel
	private  map[string]bool   // likewise
	status   map[string]int    // HTTP's, by method
	endpoint http.Handler
	dead     bool
}

func newWorkspace(t *testing.T) *workspace {
	t.Helper()
	w := &workspace{errors: map[string]string{}, member: map[string]bool{"ops": true, "cost": true}, private: map[string]bool{}, status: map[string]int{}}
	for _, s := range slack.Scopes() {
		w.scopes = append(w.scopes, s.Name)
	}
	b, err := slack.New(settings(), chat.Deps{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	w.endpoint = b.(chat.Endpoint).Handler(nil)
	return w
}

func settings() Config {
	return Config{BotToken: "xoxb-" + secret, AppToken: "xapp-" + secret, SigningSecret: config.Secret(secret), APIURL: "https://slack.test/api/"}
}

// RoundTrip implements http.RoundTripper.
func (w *workspace) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	if r.URL.Host == "notifier.test" {
		if w.dead {
			return nil, io.ErrUnexpectedEOF
		}
		r.RequestURI = r.URL.Path
		w.endpoint.ServeHTTP(rec, r)
		return rec.Result(), nil
	}
	method := strings.TrimPrefix(r.URL.Path, "/api/")
	answer := map[string]any{"ok": true}
	switch method {
	case "auth.test":
		rec.Header().Set("X-OAuth-Scopes", strings.Join(w.scopes, ","))
		rec.Header().Set("Date", time.Now().Add(-w.off).UTC().Format(http.TimeFormat))
		answer["user"], answer["team"], answer["url"] = "parley", "Acme", "https://acme.slack.com/"
	case "conversations.list":
		var all []any
		for name, member := range w.member {
			all = append(all, map[string]any{"id": "C0" + strings.ToUpper(name), "name": name, "is_channel": true, "is_member": member, "is_private": w.private[name]})
		}
		answer["channels"] = all
	case "apps.connections.open":
		answer["url"] = "wss://slack.test/link?ticket=" + secret
	case "files.getUploadURLExternal":
		answer["upload_url"], answer["file_id"] = "https://slack.test/upload/"+secret, "F1"
	default:
		return nil, fmt.Errorf("%s is called: a doctor changes nothing", method)
	}
	if code := w.errors[method]; code != "" {
		answer = map[string]any{"ok": false, "error": code, "needed": "x:y"}
	}
	if status := w.status[method]; status != 0 {
		rec.Header().Set("Retry-After", "2")
		rec.WriteHeader(status)
	}
	_ = json.NewEncoder(rec).Encode(answer)
	return rec.Result(), nil
}

func (w *workspace) check(t *testing.T, change func(*Request)) []Finding {
	t.Helper()
	r := Request{Config: settings(), Endpoint: "http://notifier.test", Client: &http.Client{Transport: w},
		Channels: []Channel{{"#ops", "the default channel"}, {"#cost", "policy aws-idle"}}}
	if change != nil {
		change(&r)
	}
	found, _, err := Check(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	data, _ := json.Marshal(found)
	if strings.Contains(string(data), secret) {
		t.Errorf("a secret is told: %s", data)
	}
	return found
}

// wrong returns what is wrong, each as "about what".
func wrong(found []Finding) []string {
	out := []string{}
	for _, f := range found {
		if f.Wrong() {
			out = append(out, strings.TrimSpace(f.About+" "+f.What))
			if f.Fix == "" {
				out = append(out, "without a fix: "+f.Text)
			}
		}
	}
	return out
}

func TestNothingIsMissing(t *testing.T) {
	t.Parallel()
	if found := newWorkspace(t).check(t, nil); len(wrong(found)) > 0 || len(found) != 9 {
		t.Errorf("%+v", found)
	}
}

func TestEachFaultIsFound(t *testing.T) {
	t.Parallel()
	f := func(name string, set func(*workspace), change func(*Request), want ...string) {
		t.Helper()
		w := newWorkspace(t)
		set(w)
		if got := wrong(w.check(t, change)); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	none := func(*workspace) {}
	without := func(scopes ...string) func(*workspace) {
		return func(w *workspace) {
			w.scopes = slices.DeleteFunc(w.scopes, func(s string) bool { return slices.Contains(scopes, s) })
		}
	}
	f("a scope", without("usergroups:read"), nil, "scope usergroups:read")
	f("scopes of charts", without("files:write", "files:read"), nil, "scope files:write", "scope files:read")
	f("not in a channel that it can join", func(w *workspace) { w.member["cost"] = false }, nil)
	f("not in its channel, and cannot join", func(w *workspace) { w.member["cost"] = false; without("channels:join")(w) }, nil, "scope channels:join", "channel #cost")
	f("not in a private channel", func(w *workspace) { w.member["cost"], w.private["cost"] = false, true }, nil, "channel #cost")
	f("no such channel", func(w *workspace) { delete(w.member, "ops") }, nil, "channel #ops")
	f("channels not listed", func(w *workspace) { w.errors["conversations.list"] = "missing_scope" }, nil, "channel")
	f("a wrong bot token", func(w *workspace) { w.errors["auth.test"] = "invalid_auth" }, nil, "bot_token")
	f("an app that was removed", func(w *workspace) { w.errors["auth.test"] = "account_inactive" }, nil, "bot_token")
	f("a wrong app token", func(w *workspace) { w.errors["apps.connections.open"] = "invalid_auth" }, nil, "app_token")
	f("uploads are off", func(w *workspace) { w.errors["files.getUploadURLExternal"] = "file_uploads_disabled" }, nil, "files")
	f("the clock", func(w *workspace) { w.off = 10 * time.Minute }, nil, "clock")
	f("a wrong secret", none, func(r *Request) { r.Config.SigningSecret = "other-" + secret }, "signing_secret")
	f("no notifier, Socket Mode", func(w *workspace) { w.dead = true }, nil)
	f("no notifier, HTTP mode", func(w *workspace) { w.dead = true }, func(r *Request) { r.Config.AppToken = "" }, "signing_secret")
	f("a log-in before it", func(w *workspace) { w.endpoint = http.NotFoundHandler() }, nil, "signing_secret")
	f("nothing is heard", none, func(r *Request) { r.Config.AppToken, r.Config.SigningSecret = "", "" }, "mode")
}

// TestWhatIsSlacksFault: nobody is sent to mend what is right.
func TestWhatIsSlacksFault(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"auth.test", "conversations.list", "files.getUploadURLExternal", "apps.connections.open"} {
		for status, want := range map[int]string{429: "try again in 2s", 503: "try again in a minute"} {
			w := newWorkspace(t)
			w.status[method] = status
			found := w.check(t, nil)
			if i := slices.IndexFunc(found, Finding.Wrong); i < 0 || len(wrong(found)) != 1 || !strings.Contains(found[i].Fix, want) {
				t.Errorf("%s %d: %+v", method, status, found)
			}
		}
	}
}

func TestSettingsThatCannotBe(t *testing.T) {
	t.Parallel()
	if _, _, err := Check(t.Context(), Request{Config: Config{BotToken: "xapp-" + secret}}); err == nil || !strings.Contains(err.Error(), "SLACK_BOT_TOKEN") || strings.Contains(err.Error(), secret) {
		t.Errorf("%v", err)
	}
}
