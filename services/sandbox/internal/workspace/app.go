package workspace

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/wait"
)

var (
	// errNoApp: no Socket Mode connection is open and no URL is set for this kind.
	errNoApp = explain("no_app_connected", "no app is connected: open a Socket Mode connection, or set the URLs of HTTP mode")
	// errTimeout: the app did not acknowledge within 3 seconds.
	errTimeout = explain("operation_timeout", "the app did not acknowledge within 3 seconds")
	// errDispatch: the app's URL answered something else than 200.
	errDispatch = explain("dispatch_failed", "the app answered with an error")
)

// deliver hands a payload to the app, over Socket Mode or else by HTTP, and returns
// what the acknowledgement carries. kind is interactive, slash_commands or events_api.
func (w *Workspace) deliver(ctx context.Context, kind string, payload object, accepts bool, retry int) (ack json.RawMessage, err error) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, w.opt.AckWithin)
	defer cancel()
	if s := w.pick(); s != nil {
		ack, err = s.ask(ctx, kind, payload, accepts, retry)
	} else {
		ack, err = w.post(ctx, kind, payload, retry)
	}
	logged := maps.Clone(payload)
	delete(logged, "token")
	e := entry{Time: began, Direction: "out", Method: kind, Args: logged, Response: ack, Took: time.Since(began)}
	if err != nil {
		e.Error = err.Error()
	}
	if ack == nil {
		e.Response = json.RawMessage("null")
	}
	w.wire.add(e)
	return ack, err
}

// post delivers in HTTP mode: a signed form, or JSON for events.
func (w *Workspace) post(ctx context.Context, kind string, payload object, retry int) (json.RawMessage, error) {
	to, contentType := "", "application/x-www-form-urlencoded"
	var body []byte
	switch kind {
	case "interactive":
		to = w.opt.InteractionsURL
		body = []byte(url.Values{"payload": {encode(payload)}}.Encode())
	case "slash_commands":
		to = w.opt.CommandsURL
		form := url.Values{}
		for key, v := range payload {
			form.Set(key, fmt.Sprint(v))
		}
		body = []byte(form.Encode())
	default:
		to, contentType = w.opt.EventsURL, "application/json"
		body = []byte(encode(payload))
		if to != "" {
			if err := w.challenge(ctx); err != nil {
				return nil, err
			}
		}
	}
	if to == "" {
		return nil, errNoApp
	}
	return w.signed(ctx, to, contentType, body, retry)
}

// signed posts body with Slack's signature, version 0:
// docs.slack.dev/authentication/verifying-requests-from-slack.
func (w *Workspace) signed(ctx context.Context, to, contentType string, body []byte, retry int) (json.RawMessage, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, explain("dispatch_failed", "bad url: %v", err)
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(w.opt.SigningSecret))
	_, _ = fmt.Fprintf(mac, "v0:%s:%s", at, body)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	req.Header.Set("X-Slack-Request-Timestamp", at)
	req.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	if retry > 0 {
		req.Header.Set("X-Slack-Retry-Num", strconv.Itoa(retry))
		req.Header.Set("X-Slack-Retry-Reason", "http_timeout")
	}
	resp, err := w.opt.Client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, errTimeout
		}
		return nil, explain("dispatch_failed", "the app could not be reached")
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	switch {
	case ctx.Err() != nil:
		return nil, errTimeout
	case err != nil || resp.StatusCode != http.StatusOK:
		return nil, errDispatch
	}
	if answer = bytes.TrimSpace(answer); len(answer) == 0 {
		return nil, nil
	}
	if json.Valid(answer) && answer[0] == '{' {
		return answer, nil
	}
	return json.RawMessage(encode(object{"text": string(answer)})), nil
}

// challenge makes the events URL prove that it is the app's, once.
func (w *Workspace) challenge(ctx context.Context) error {
	w.mu.Lock()
	done := w.verified
	w.mu.Unlock()
	if done {
		return nil
	}
	secret := id("CH")
	answer, err := w.signed(ctx, w.opt.EventsURL, "application/json",
		[]byte(encode(object{"type": "url_verification", "challenge": secret, "token": verification})), 0)
	if err != nil {
		return err
	}
	if !strings.Contains(string(answer), secret) {
		return explain("dispatch_failed", "the events url did not answer the challenge")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.verified = true
	return nil
}

// occurred tells the app about an event it subscribes to, with Slack's three
// retries: at once, after a minute, after five. The caller holds mu.
func (w *Workspace) occurred(ev object) {
	if !w.subscribed(ev) || (len(w.sockets) == 0 && w.opt.EventsURL == "") {
		return
	}
	payload := object{
		"token": verification, "team_id": TeamID, "api_app_id": AppID, "type": "event_callback", "event": ev,
		"event_id": id("Ev"), "event_time": time.Now().Unix(),
		"authorizations": []any{object{"team_id": TeamID, "user_id": BotUser, "is_bot": true, "is_enterprise_install": false}},
	}
	w.tasks.Go(func() {
		for retry, pause := range []time.Duration{0, 0, time.Minute, 5 * time.Minute} {
			if wait.For(w.done, pause) != nil {
				return
			}
			if _, err := w.deliver(w.done, "events_api", payload, false, retry); err == nil || errors.Is(err, errNoApp) {
				return
			}
		}
	})
}

func encode(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode JSON: %v", err)) // v is made of JSON
	}
	return string(data)
}

// as turns decoded JSON into a T.
func as[T any](v any) (T, error) {
	var out T
	data, err := json.Marshal(v)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(data, &out)
}
