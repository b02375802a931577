package chattest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/internal/wait"
)

// Message is one message of the workspace.
type Message struct {
	Channel, TS, Thread, Text string
	Blocks                    []map[string]any
	Metadata                  map[string]any
	// To is set for a message that one person sees.
	To    string
	Edits int
	At    time.Time
}

// Part returns the message's incident and part from its metadata.
func (m Message) Part() (incident, part string) {
	p, _ := m.Metadata["event_payload"].(map[string]any)
	incident, _ = p["incident"].(string)
	part, _ = p["part"].(string)
	return incident, part
}

// Call is one request to the workspace.
type Call struct {
	N      int // from 1
	Method string
	Form   url.Values
	At     time.Time
}

// Fault is what becomes of a call. The zero value is: nothing special.
type Fault struct {
	// Status answers with it instead; RetryAfter in seconds for 429.
	Status, RetryAfter int
	// Err answers {"ok":false,"error":Err}.
	Err string
	// Lost loses the answer: the request has its effect.
	Lost bool
	// Dead loses the request: it has no effect.
	Dead bool
	// Slow takes this long, before the effect.
	Slow time.Duration
}

// Slack is a small workspace: channels #ops, #cost, #general and #leads, people
// UOPERATOR, USECOND and UVIEWER, of whom the first two are in @ops. The zero value is not
// ready, use NewSlack.
type Slack struct {
	// Fault, if set, decides about each call.
	Fault func(Call) Fault
	// FileReady is how long a file takes to be processed.
	FileReady time.Duration

	mu       sync.Mutex
	calls    []Call
	messages []*Message
	files    map[string]*file
	faults   []string
	clock    int64
	form     map[string]any
	homes    map[string]map[string]any
}

type file struct {
	alt      string
	size     int
	complete time.Time
}

// NewSlack returns an empty workspace.
func NewSlack() *Slack {
	return &Slack{files: map[string]*file{}, homes: map[string]map[string]any{}, FileReady: 300 * time.Millisecond}
}

// Channels of the workspace, by name.
var channels = []struct{ name, id string }{{"ops", "C0000000OPS"}, {"cost", "C000000COST"}, {"general", "C000GENERAL"}, {"leads", "C00000LEADS"}}

// people of the workspace.
var people = []string{"UOPERATOR", "USECOND", "UVIEWER"}

// Form returns the form that was opened or changed last; nil if none was.
func (s *Slack) Form() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.form
}

// Home returns what a person's home tab shows; nil if nothing was published.
func (s *Slack) Home(user string) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.homes[user]
}

// Client returns an HTTP client that reaches the workspace and nothing else.
func (s *Slack) Client() *http.Client { return &http.Client{Transport: s} }

// Messages returns the messages of a channel ("" is all), in order.
func (s *Slack) Messages(channel string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Message
	for _, m := range s.messages {
		if channel == "" || m.Channel == channel {
			out = append(out, *m)
		}
	}
	return out
}

// Roots returns the messages of a channel that everybody sees and that are in
// no thread.
func (s *Slack) Roots(channel string) []Message {
	return slices.DeleteFunc(s.Messages(channel), func(m Message) bool { return m.Thread != "" || m.To != "" })
}

// Thread returns the replies to a message.
func (s *Slack) Thread(ts string) []Message {
	return slices.DeleteFunc(s.Messages(""), func(m Message) bool { return m.Thread != ts })
}

// Calls returns the calls of a method ("" is all), in order.
func (s *Slack) Calls(method string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.calls), func(c Call) bool { return method != "" && c.Method != method })
}

// Faults returns what Slack would have refused for its content.
func (s *Slack) Faults() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.faults)
}

// Delete removes a message, as a person may.
func (s *Slack) Delete(ts string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = slices.DeleteFunc(s.messages, func(m *Message) bool { return m.TS == ts })
}

// SetFault changes what goes wrong while somebody already calls.
func (s *Slack) SetFault(decide func(Call) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Fault = decide
}

// RoundTrip implements http.RoundTripper.
func (s *Slack) RoundTrip(r *http.Request) (*http.Response, error) {
	method := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/"), "api/")
	form, body := url.Values{}, []byte(nil)
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, _ = url.ParseQuery(string(body))
	}
	for k, v := range r.URL.Query() {
		form[k] = v
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		var o map[string]any
		_ = json.Unmarshal(body, &o)
		for k, v := range o {
			text, ok := v.(string)
			if !ok {
				data, _ := json.Marshal(v)
				text = string(data)
			}
			form.Set(k, text)
		}
	}
	s.mu.Lock()
	c := Call{N: len(s.calls) + 1, Method: method, Form: form, At: time.Now()}
	s.calls = append(s.calls, c)
	decide := s.Fault
	s.mu.Unlock()
	var f Fault
	if decide != nil {
		f = decide(c)
	}
	if f.Slow > 0 {
		if err := wait.For(r.Context(), f.Slow); err != nil {
			return nil, err
		}
	}
	switch {
	case f.Dead:
		return nil, io.ErrUnexpectedEOF
	case f.Status != 0:
		resp := respond(r, f.Status, []byte(http.StatusText(f.Status)))
		if f.RetryAfter > 0 {
			resp.Header.Set("Retry-After", strconv.Itoa(f.RetryAfter))
		}
		return resp, nil
	case f.Err != "":
		return answer(r, map[string]any{"ok": false, "error": f.Err}), nil
	}
	out := s.do(c, body)
	if f.Lost {
		return nil, io.ErrUnexpectedEOF
	}
	if text, ok := out.(string); ok {
		return respond(r, http.StatusOK, []byte(text)), nil
	}
	return answer(r, out), nil
}

func answer(r *http.Request, v any) *http.Response {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return respond(r, http.StatusOK, data)
}

func respond(r *http.Request, status int, data []byte) *http.Response {
	return &http.Response{Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(data))), Request: r}
}

func (s *Slack) stamp() string {
	s.clock++
	return fmt.Sprintf("%d.%06d", time.Now().Unix(), s.clock)
}

func no(code string, why ...string) map[string]any {
	return map[string]any{"ok": false, "error": code, "response_metadata": map[string]any{"messages": why}}
}
