package apitest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/internal/wait"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

// Secret is in every secret of the backends under test.
const Secret = "s3cr3tT0kenValue"

// Fault is what becomes of a request. The zero value is: nothing special.
type Fault struct {
	// Status answers with it instead; RetryAfter is that header.
	Status     int
	RetryAfter string
	// Lost loses the answer: the request has its effect.
	Lost bool
	// Slow takes this long, before the effect.
	Slow time.Duration
}

// Vendor is the fake: Handler says what an API call does, and calls Refuse for
// what the vendor would not take.
type Vendor struct {
	Handler http.Handler
	Fault   Fault
	// Echo is the secret that errors of the vendor repeat, by default Secret.
	Echo string
	// Refused is what the vendor would not have taken.
	Refused []string
	Bodies  []string
}

// Refuse notes why the vendor refuses a request and answers 400.
func (v *Vendor) Refuse(w http.ResponseWriter, format string, args ...any) {
	v.Refused = append(v.Refused, fmt.Sprintf(format, args...))
	http.Error(w, "bad request", http.StatusBadRequest)
}

// Client returns an HTTP client that reaches the vendor and nothing else.
func (v *Vendor) Client() *http.Client { return &http.Client{Transport: v} }

// RoundTrip implements http.RoundTripper.
func (v *Vendor) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	f := v.Fault
	if f.Slow > 0 {
		if err := wait.For(r.Context(), f.Slow); err != nil {
			return nil, err
		}
	}
	rec := httptest.NewRecorder()
	if f.Status != 0 {
		rec.Header().Set("Retry-After", f.RetryAfter)
		rec.WriteHeader(f.Status)
		_, _ = rec.WriteString("it failed: " + r.URL.String() + " " + cmp.Or(v.Echo, Secret))
		return rec.Result(), nil
	}
	v.Bodies = append(v.Bodies, string(body))
	in := r.Clone(r.Context())
	in.Body, in.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	v.Handler.ServeHTTP(rec, in)
	if f.Lost {
		return nil, io.ErrUnexpectedEOF
	}
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

// Incident returns content about an incident in a state, with every kind of
// part.
func Incident(state chat.State, text string) chat.Content {
	began := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	a := &chat.About{ID: "inc1", State: state, Severity: "critical", Finding: text, Policy: "heap-full", Team: "shop", Began: began, Runbook: "https://example.org/runbook", Count: 1}
	for i := range 100 {
		a.Labels = append(a.Labels, chat.Label{Name: fmt.Sprintf("label%d", i), Value: text})
	}
	if state == chat.Acknowledged {
		a.AckedBy = "ann"
	}
	if state == chat.Resolved {
		a.Ended = began.Add(12 * time.Minute)
	}
	return chat.Content{Text: text, Title: text, About: a, Parts: []chat.Part{
		chat.Lines{{chat.P(text), chat.B(text), chat.C(text), chat.L(text, text), chat.L("page", "https://example.org/page"), chat.U(text, text), chat.T(began), chat.T(time.Time{})}},
		chat.Note{{chat.P(text)}}, chat.Table{{text, text}, {text}},
		chat.Buttons{chat.Button{ID: "b", Text: text, Value: text, URL: text}, chat.Button{ID: "r", Text: "Runbook", URL: "https://example.org/runbook"},
			chat.Menu{ID: "m", Prompt: text, Options: []chat.Option{{Text: text, Value: text}}}}}}
}

// Texts are texts that must not break anything.
var Texts = []string{"heap is 97 %", "", "\x00\xff\xfe", strings.Repeat("é€😀", 3_000), "<!channel> & <https://x|y> *b* _i_ ~s~ `c` ```", `"},{"x":"y"}]}`, "<script>alert(1)</script><img src=x onerror=y>",
	"\u202eevil", "a\nb\r\nc\r\n\r\n.\r\nDATA", "{{.}} ${jndi} %s %n", "]]> --boundary", "<users/all> <at>all</at> @everyone"}

// Told returns what a backend is told of an incident.
func Told(event chat.Event, channel string, c chat.Content) chat.Told {
	return chat.Told{Event: event, ChannelID: channel, Key: chat.Key{Incident: "inc1", Part: "root"}, Content: c, ID: "inc1/root/" + string(event)}
}

// Run checks what every such backend must satisfy. open returns a backend with
// a channel #ops and none other, which logs where it is told and lets no secret
// through there, and the vendor that it speaks to; asks is an event that makes a
// request.
func Run(t *testing.T, asks chat.Event, open func(t *testing.T, log *slog.Logger) (chat.Teller, *Vendor)) {
	in := func(name string, test func(t *testing.T, b chat.Teller, v *Vendor)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, v := open(t, chattest.Log(t, Secret))
				test(t, b, v)
				if len(v.Refused) > 0 {
					t.Errorf("requests that the vendor refuses: %q", v.Refused)
				}
			})
		})
	}
	tell := func(b chat.Teller) error {
		return b.Tell(context.Background(), Told(asks, "ops", Incident(chat.Open, "heap is 97 %")))
	}
	in("takes an incident's life and any content", func(t *testing.T, b chat.Teller, v *Vendor) {
		id, err := b.Channel(t.Context(), "#ops")
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range Texts {
			for _, told := range []chat.Told{Told(chat.Opened, id, Incident(chat.Open, text)), Told(chat.Changed, id, Incident(chat.Acknowledged, text)), Told(chat.Noted, id, chat.Say(text)),
				Told(chat.Pictured, id, Incident(chat.Open, text)), Told(chat.Ended, id, Incident(chat.Resolved, text)), Told(chat.Opened, id, chat.Content{}), Told(chat.Ended, id, chat.Content{})} {
				if err := b.Tell(t.Context(), told); err != nil {
					t.Errorf("%s %.20q: %v", told.Event, text, err)
				}
			}
		}
		if len(v.Bodies) == 0 {
			t.Error("nothing was sent")
		}
	})
	in("no channel", func(t *testing.T, b chat.Teller, _ *Vendor) {
		if _, err := b.Channel(t.Context(), "#nowhere"); !errors.Is(err, chat.ErrNoChannel) {
			t.Errorf("got %v", err)
		}
		if err := b.Tell(t.Context(), Told(asks, "nowhere", Incident(chat.Open, "x"))); !errors.Is(err, chat.ErrNoChannel) {
			t.Errorf("got %v", err)
		}
	})
	in("says when to come back", func(t *testing.T, b chat.Teller, v *Vendor) {
		v.Fault = Fault{Status: http.StatusTooManyRequests, RetryAfter: "17"}
		var limited *chat.RateLimited
		if err := tell(b); !errors.As(err, &limited) || limited.After != 17*time.Second || chat.Unsure(err) {
			t.Errorf("got %v", err)
		}
	})
	in("tells apart what fails", func(t *testing.T, b chat.Teller, v *Vendor) {
		for status, kind := range map[int]error{400: chat.ErrRefused, 401: chat.ErrSetup, 403: chat.ErrSetup, 422: chat.ErrRefused} {
			v.Fault = Fault{Status: status}
			if err := tell(b); !errors.Is(err, kind) || chat.Unsure(err) {
				t.Errorf("%d: %v, want %v", status, err, kind)
			}
		}
		for name, f := range map[string]Fault{"answer lost": {Lost: true}, "500": {Status: 500}, "503": {Status: 503}, "too slow": {Slow: time.Hour}} {
			v.Fault = f
			began := time.Now()
			err := tell(b)
			if err == nil || !chat.Unsure(err) || time.Since(began) > time.Minute {
				t.Errorf("%s: %v after %s should be unsure, soon", name, err, time.Since(began))
			}
		}
	})
	in("the same again is the same", func(t *testing.T, b chat.Teller, v *Vendor) {
		v.Fault = Fault{Lost: true}
		_ = tell(b)
		v.Fault = Fault{}
		if err := tell(b); err != nil || len(v.Bodies) < 2 || v.Bodies[0] != v.Bodies[len(v.Bodies)/2] {
			t.Errorf("%v: %q", err, v.Bodies)
		}
	})
	in("no secret in errors", func(t *testing.T, b chat.Teller, v *Vendor) {
		for _, f := range []Fault{{Lost: true}, {Status: 500}, {Status: 404}, {Status: 400}, {Status: 302}, {Slow: time.Hour}, {Status: 429, RetryAfter: strconv.Itoa(1 << 40)}} {
			v.Fault = f
			if err := tell(b); err == nil || strings.Contains(err.Error(), Secret) {
				t.Errorf("%+v: %v", f, err)
			}
		}
	})
}
