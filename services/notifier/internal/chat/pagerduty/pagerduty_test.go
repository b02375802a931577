package pagerduty

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/api/apitest"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// key is an integration key; it contains the secret that errors must not show.
var key = apitest.Secret + strings.Repeat("a", keyLength-len(apitest.Secret))

func settings() Config {
	c := Defaults()
	c.Channels = api.Channels[chat.Ref]{"ops": {Secret: config.Secret(key)}}
	return c
}

// vendor is PagerDuty: it knows the state of each alert by its key.
type vendor struct {
	apitest.Vendor
	alerts map[string]string
	events []event
}

func newVendor() *vendor {
	v := &vendor{alerts: map[string]string{}}
	v.Handler, v.Echo = http.HandlerFunc(v.enqueue), key
	return v
}

func (v *vendor) enqueue(w http.ResponseWriter, r *http.Request) {
	var e event
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	switch err := d.Decode(&e); {
	case r.Method != http.MethodPost || r.URL.String() != "https://events.pagerduty.com/v2/enqueue" || r.Header.Get("Content-Type") != "application/json":
		v.Refuse(w, "%s %s", r.Method, r.URL)
	case err != nil:
		v.Refuse(w, "%v", err)
	case e.RoutingKey != key:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"status":"invalid event","message":"Event object is invalid","errors":["'routing_key' is unknown"]}`))
	case e.DedupKey == "" || len(e.DedupKey) > 255 || !slices.Contains([]string{"trigger", "acknowledge", "resolve"}, e.Action):
		v.Refuse(w, "%+v", e)
	case e.Action == "trigger" && fault(e) != "":
		v.Refuse(w, "%s in %+v", fault(e), e)
	default:
		v.events = append(v.events, e)
		v.alerts[e.DedupKey] = e.Action
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(`{"status":"success","message":"Event processed","dedup_key":"` + e.DedupKey + `"}`))
	}
}

// fault says what PagerDuty would not take of a trigger.
func fault(e event) string {
	p := e.Payload
	if p == nil {
		return "no payload"
	}
	if n := utf8.RuneCountInString(p.Summary); n < 1 || n > 1024 {
		return "summary"
	}
	if p.Source == "" || !slices.Contains([]string{"critical", "error", "warning", "info"}, p.Severity) {
		return "source or severity"
	}
	if _, err := time.Parse(time.RFC3339, p.Timestamp); p.Timestamp != "" && err != nil {
		return "timestamp"
	}
	for _, l := range e.Links {
		if u, err := url.Parse(l.Href); err != nil || u.Scheme != "https" && u.Scheme != "http" || l.Text == "" {
			return "link"
		}
	}
	if data, err := json.Marshal(e); err != nil || len(data) > 512<<10 {
		return "size"
	}
	return ""
}

func TestConformance(t *testing.T) {
	t.Parallel()
	apitest.Run(t, chat.Opened, func(t *testing.T, log *slog.Logger) (chat.Teller, *apitest.Vendor) {
		v := newVendor()
		b, err := open(settings(), chat.Deps{HTTP: v.Client(), Log: log})
		if err != nil {
			t.Fatal(err)
		}
		return b, &v.Vendor
	})
}

func TestAnIncidentsLife(t *testing.T) {
	t.Parallel()
	v := newVendor()
	b, err := New(settings(), chat.Deps{HTTP: v.Client()})
	if err != nil {
		t.Fatal(err)
	}
	post := chat.Post{ChannelID: "ops", Key: chat.Key{Incident: "inc1", Part: "root"}}
	ts, state := "", ""
	f := func(c chat.Content, requests int, want string) {
		t.Helper()
		post.Content = c
		if ts == "" {
			ts, err = b.Post(t.Context(), post)
		} else {
			ts, err = chat.Edit(t.Context(), b, post, ts)
		}
		if state = v.alerts["inc1"]; err != nil || len(v.events) != requests || state != want {
			t.Errorf("%d requests, %q (%v); want %d, %q", len(v.events), state, err, requests, want)
		}
	}
	f(apitest.Incident(chat.Open, "heap is 97 %"), 1, "trigger")
	f(apitest.Incident(chat.Open, "heap is 98 %"), 1, "trigger") // an edit is no event
	f(apitest.Incident(chat.Acknowledged, "heap is 98 %"), 2, "acknowledge")
	f(apitest.Incident(chat.Resolved, "heap was 98 %"), 3, "resolve")
	if _, err := b.Post(t.Context(), chat.Post{ChannelID: "ops", Thread: ts, Key: chat.Key{Incident: "inc1", Part: "lines-0"}, Content: chat.Say("x")}); err != nil || len(v.events) != 3 {
		t.Errorf("a line of history pages: %v", err)
	}
	e := v.events[0]
	if e.Payload.Summary != "heap is 97 %" || e.Payload.Severity != "critical" || e.Payload.Timestamp != "2026-11-22T10:00:00Z" || e.Payload.Class != "heap-full" || e.Payload.Group != "shop" ||
		e.Payload.Details["label label7"] != "heap is 97 %" || len(e.Links) != 2 || e.Links[0] != (link{"https://example.org/runbook", "Runbook"}) {
		t.Errorf("%+v", e)
	}
}

func TestAKeyThatIsRefusedIsSetUp(t *testing.T) {
	t.Parallel()
	v := newVendor()
	c := settings()
	c.Channels["ops"] = chat.Ref{Secret: config.Secret(strings.Repeat("b", keyLength))}
	b, err := open(c, chat.Deps{HTTP: v.Client()})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Tell(t.Context(), apitest.Told(chat.Opened, "ops", apitest.Incident(chat.Open, "x"))); !errors.Is(err, chat.ErrSetup) || strings.Contains(err.Error(), "bbb") {
		t.Error(err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	f := func(change func(*Config), fault string) {
		t.Helper()
		c := settings()
		change(&c)
		if _, err := New(c, chat.Deps{}); err == nil || !strings.Contains(err.Error(), fault) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("want %q, got %v", fault, err)
		}
	}
	f(func(c *Config) { c.URL = "events.pagerduty.com" }, "url")
	f(func(c *Config) { c.Channels = nil }, "channels")
	f(func(c *Config) { c.Channels["ops"] = chat.Ref{Secret: "s3cr3t"} }, "channels: ops")
	f(func(c *Config) { c.Channels["#db"] = c.Channels["ops"] }, "without #")
}

func TestSample(t *testing.T) {
	t.Setenv("PAGERDUTY_OPS", key)
	t.Setenv("PAGERDUTY_REST", key)
	data, err := os.ReadFile("sample.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c := Defaults()
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	if _, err := New(c, chat.Deps{}); err != nil || c.Channels["ops"].Reveal() != key {
		t.Errorf("%+v: %v", c, err)
	}
}

func FuzzEvent(f *testing.F) {
	f.Add("heap is 97 %", "instance", "https://example.org/a", "critical")
	f.Add("\xff\x00\"}]}", "", "javascript:x", "")
	f.Fuzz(func(t *testing.T, text, label, link, severity string) {
		c := chat.Content{Text: text, About: &chat.About{ID: label, State: chat.Open, Severity: severity, Finding: text, Policy: label, Team: text, Labels: []chat.Label{{Name: label, Value: text}}},
			Parts: []chat.Part{chat.Buttons{chat.Button{Text: text, URL: link}}}}
		e, ok := eventOf(chat.Told{Event: chat.Opened, Key: chat.Key{Incident: "i" + label}, Content: c})
		if why := fault(e); !ok || why != "" || e.DedupKey == "" || len(e.DedupKey) > 255 {
			t.Errorf("%s: %+v", why, e)
		}
	})
}
