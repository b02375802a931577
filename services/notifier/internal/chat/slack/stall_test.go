package slack

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/wait"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

// signedForm is a request as Slack sends it.
func signedForm(path string, form url.Values) *http.Request {
	body, stamp := form.Encode(), fmt.Sprint(time.Now().Unix())
	mac := hmac.New(sha256.New, []byte(chattest.Secret))
	fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	return r
}

// answered notes when an answer is complete.
type answered struct {
	*httptest.ResponseRecorder
	at time.Time
}

// Flush implements http.Flusher: an answer with a length is complete then.
func (a *answered) Flush() {
	if a.at.IsZero() && a.Header().Get("Content-Length") != "" {
		a.at = time.Now()
	}
}

// TestSlackIsAnsweredWhileTheBusStalls: within the three seconds, in HTTP mode,
// also when Slack itself is slow to take that we are sorry.
func TestSlackIsAnsweredWhileTheBusStalls(t *testing.T) {
	t.Parallel()
	stalled := func(ctx context.Context, _ *eventv1.Inbound) error { return wait.For(ctx, 10*time.Second) }
	f := func(name, path string, form url.Values, says string, told bool) {
		t.Helper()
		for _, slow := range []time.Duration{0, 30 * time.Second} {
			synctest.Test(t, func(t *testing.T) {
				small := chattest.NewSlack()
				small.Fault = func(chattest.Call) chattest.Fault { return chattest.Fault{Slow: slow} }
				handler := open(t, small).(chat.Endpoint).Handler(stalled)
				began, rec := time.Now(), &answered{ResponseRecorder: httptest.NewRecorder()}
				handler.ServeHTTP(rec, signedForm(path, form))
				if rec.at.IsZero() {
					rec.at = time.Now()
				}
				if handled := time.Since(began); handled > 15*time.Second {
					t.Errorf("%s: handled for %s", name, handled)
				}
				if took := rec.at.Sub(began); took >= 3*time.Second || rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), says) {
					t.Errorf("%s: %d after %s: %s", name, rec.Code, took, rec.Body)
				}
				time.Sleep(time.Minute)
				if got := len(small.Messages("response")) > 0; got != (told && slow == 0) {
					t.Errorf("%s: told that it was not taken: %t: %v", name, got, small.Calls(""))
				}
			})
		}
	}
	click := `{"type":"block_actions","user":{"id":"UOPERATOR"},"channel":{"id":"C0000000OPS"},"response_url":"http://slack.test/response/1",
		"container":{"message_ts":"1.1"},"actions":[{"action_id":"ack","block_id":"b","value":"v","type":"button","action_ts":"1.2"}]}`
	f("a click", "/slack/interactions", url.Values{"payload": {click}}, "", true)
	f("a command", "/slack/commands", url.Values{"command": {"/parley"}, "text": {"status"}, "user_id": {"UOPERATOR"}, "channel_id": {"C0000000OPS"}, "trigger_id": {"t"}}, "not taken", false)
	form := `{"type":"view_submission","user":{"id":"UOPERATOR"},"view":{"id":"V1","callback_id":"silence","private_metadata":"m","blocks":[{"type":"input","block_id":"a","label":{"type":"plain_text","text":"x"},"element":{"type":"plain_text_input","action_id":"a"}}],"state":{"values":{"a":{"a":{"type":"plain_text_input","value":"x"}}}}}}`
	f("a form", "/slack/interactions", url.Values{"payload": {form}}, "response_action", false)
}
