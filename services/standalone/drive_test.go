package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// workspace drives a sandbox from outside, as DESIGN's contract says.
type workspace struct {
	t    testing.TB
	base string // http://host:port
	aws  string // the same, of the local AWS account
}

type message struct {
	TS       string         `json:"ts"`
	ThreadTS string         `json:"thread_ts"`
	User     string         `json:"user"`
	Text     string         `json:"text"`
	Blocks   []block        `json:"blocks"`
	Extra    map[string]any `json:"-"`
	Attached []struct {
		Blocks []block `json:"blocks"`
	} `json:"attachments"`
}

type block struct {
	Type      string          `json:"type"`
	AltText   string          `json:"alt_text"`
	SlackFile json.RawMessage `json:"slack_file"`
	Elements  []element       `json:"elements"`
	Accessory *element        `json:"accessory"`
	Text      json.RawMessage `json:"text"`
}

type element struct {
	Type     string          `json:"type"`
	ActionID string          `json:"action_id"`
	Value    string          `json:"value"`
	Text     json.RawMessage `json:"text"`
}

func (e element) label() string {
	var t struct{ Text string }
	_ = json.Unmarshal(e.Text, &t)
	return t.Text
}

// all returns the message's blocks, those of attachments included.
func (m message) all() []block {
	out := m.Blocks
	for _, a := range m.Attached {
		out = append(out, a.Blocks...)
	}
	return out
}

// everything returns all of the message as text to look in.
func (m message) everything() string {
	b, _ := json.Marshal(m)
	return string(b)
}

// button returns the button with this text on it.
func (m message) button(text string) (element, bool) {
	for _, b := range m.all() {
		for _, e := range b.Elements {
			if e.Type == "button" && strings.Contains(e.label(), text) {
				return e, true
			}
		}
	}
	return element{}, false
}

// picture returns the alt text of the message's chart.
func (m message) picture() (alt string, ok bool) {
	for _, b := range m.all() {
		if b.Type == "image" && len(b.SlackFile) > 0 {
			return b.AltText, true
		}
	}
	return "", false
}

func (w workspace) get(path string, query url.Values, into any) error {
	return w.do(http.MethodGet, path+"?"+query.Encode(), nil, into)
}

func (w workspace) post(method string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return w.do(http.MethodPost, "/api/"+method, data, into)
}

func (w workspace) do(method, path string, body []byte, into any) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, w.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	var status struct {
		OK    bool
		Error string
	}
	if err := json.Unmarshal(data, &status); err != nil || !status.OK {
		return fmt.Errorf("%s: status %d: %s", path, resp.StatusCode, firstOf(data))
	}
	return json.Unmarshal(data, into)
}

func firstOf(b []byte) string { return string(b[:min(len(b), 300)]) }

func (w workspace) history(channel string) []message {
	var out struct{ Messages []message }
	if err := w.get("/api/conversations.history", url.Values{"channel": {channel}, "limit": {"1000"}}, &out); err != nil {
		return nil
	}
	return out.Messages
}

func (w workspace) replies(channel, ts string) []message {
	var out struct{ Messages []message }
	if err := w.get("/api/conversations.replies", url.Values{"channel": {channel}, "ts": {ts}, "limit": {"1000"}}, &out); err != nil {
		return nil
	}
	return out.Messages
}

func (w workspace) click(user, channel string, m message, e element, times int) {
	w.t.Helper()
	if err := w.tryClick(user, channel, m, e, times); err != nil {
		w.t.Fatalf("click %q: %v", e.label(), err)
	}
}

func (w workspace) tryClick(user, channel string, m message, e element, times int) error {
	var out struct{ OK bool }
	return w.post("sandbox.click", map[string]any{"user": user, "channel": channel, "ts": m.TS, "action_id": e.ActionID, "value": e.Value, "times": times}, &out)
}

func (w workspace) command(user, channel, text string) []message {
	w.t.Helper()
	var out struct{ Messages []message }
	if err := w.post("sandbox.command", map[string]any{"user": user, "channel": channel, "command": "/parley", "text": text}, &out); err != nil {
		w.t.Fatalf("/parley %s: %v", text, err)
	}
	return out.Messages
}

// eventually asks until ok says yes, and fails with what was wanted after
// the time.
func eventually[T any](t testing.TB, within time.Duration, want string, ask func() (T, bool)) T {
	t.Helper()
	deadline := time.Now().Add(within)
	every := time.NewTicker(50 * time.Millisecond)
	defer every.Stop()
	for {
		got, ok := ask()
		if ok {
			return got
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s still not: %s; last seen: %+v", within, want, got)
		}
		<-every.C
	}
}

// firstMinute is what a newcomer sees: the leaking JVM opens an incident; its
// message gets a chart; a click collects the garbage, once however often it
// is delivered; the thread says that it worked.
func firstMinute(t testing.TB, w workspace) {
	t.Helper()
	const channel = "#ops"
	heap := func(m message) bool { return strings.Contains(strings.ToLower(m.everything()), "heap") }
	begin := time.Now()
	m := eventually(t, 90*time.Second, "a message about the heap in #ops with a chart", func() (message, bool) {
		for _, m := range w.history(channel) {
			if _, ok := m.picture(); ok && heap(m) {
				return m, true
			}
		}
		return message{}, false
	})
	alt, _ := m.picture()
	t.Logf("message with chart after %s: %q, alt %q", time.Since(begin).Round(100*time.Millisecond), m.Text, alt)
	button, ok := m.button("garbage")
	if !ok {
		t.Fatalf("no button to collect garbage on %s", m.everything())
	}
	w.click("operator", channel, m, button, 3)
	clicked := time.Now()
	thread := eventually(t, 3*time.Minute, "the thread says that it recovered", func() ([]message, bool) {
		replies := w.replies(channel, m.TS)
		for _, r := range replies {
			if r.TS != m.TS && strings.Contains(strings.ToLower(r.everything()), "recovered in") {
				return replies, true
			}
		}
		return replies, false
	})
	t.Logf("verified in the thread %s after the click", time.Since(clicked).Round(100*time.Millisecond))
	ran := 0
	for _, r := range thread {
		t.Logf("thread: %s", r.Text)
		// The closing summary names what helped once more.
		if r.TS != m.TS && strings.Contains(r.everything(), "recovered in") && !strings.HasPrefix(r.Text, "Resolved") {
			ran++
		}
	}
	if ran != 1 {
		t.Errorf("%d verifications in the thread, want 1", ran)
	}
	eventually(t, time.Minute, "the before-and-after chart in the thread", func() (message, bool) {
		for _, r := range w.replies(channel, m.TS) {
			if _, ok := r.picture(); ok && r.TS != m.TS {
				return r, true
			}
		}
		return message{}, false
	})
	eventually(t, time.Minute, "the message says resolved", func() (message, bool) {
		for _, now := range w.history(channel) {
			if now.TS == m.TS && strings.Contains(strings.ToLower(now.Text), "resolved") {
				return now, true
			}
		}
		return message{}, false
	})
	if n := count(w.history(channel), heap); n != 1 {
		t.Errorf("%d messages about the heap in the channel, want 1", n)
	}
}

func count(ms []message, is func(message) bool) int {
	n := 0
	for _, m := range ms {
		if is(m) {
			n++
		}
	}
	return n
}
