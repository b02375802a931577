package workspace_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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
