package shoutrrr

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/api/apitest"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

// vendor is what shoutrrr's generic service speaks to. The library brings its
// own HTTP client, so that it is on loopback.
type vendor struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	lost   bool
	hold   chan struct{}
	bodies []string
}

func newVendor(t *testing.T) *vendor {
	t.Helper()
	v := &vendor{}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		v.mu.Lock()
		v.bodies = append(v.bodies, string(data))
		status, lost, hold := v.status, v.lost, v.hold
		v.mu.Unlock()
		if hold != nil {
			<-hold
		}
		if lost {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(max(status, 200))
		_, _ = io.WriteString(w, "it says "+apitest.Secret)
	}))
	t.Cleanup(v.Close)
	return v
}

func (v *vendor) backend(t *testing.T) *Backend {
	t.Helper()
	c := Defaults()
	c.Channels = api.Channels[chat.Ref]{"ops": {Secret: config.Secret("generic://" + strings.TrimPrefix(v.URL, "http://") + "/hook/" + apitest.Secret + "?disabletls=yes")}}
	b, err := open(c, chat.Deps{Log: chattest.Log(t, apitest.Secret)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func told() chat.Told {
	return apitest.Told(chat.Opened, "ops", apitest.Incident(chat.Open, "heap is 97 %"))
}

func TestAnyContentIsTaken(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	b := v.backend(t)
	for _, text := range apitest.Texts {
		for _, event := range []chat.Event{chat.Opened, chat.Noted, chat.Ended, chat.Pictured} {
			if err := b.Tell(t.Context(), apitest.Told(event, "ops", apitest.Incident(chat.Open, text))); err != nil {
				t.Errorf("%.20q: %v", text, err)
			}
		}
	}
	if len(v.bodies) != 3*len(apitest.Texts) {
		t.Errorf("%d messages", len(v.bodies))
	}
	for _, s := range v.bodies {
		if strings.ContainsAny(s, "<>*`@\x00") || utf8.RuneCountInString(s) > 1000 || !strings.Contains(s, "Runbook: https://example.org/runbook") {
			t.Errorf("%q", s)
		}
	}
	if !strings.HasPrefix(v.bodies[0], "heap is 97 %\n\nheap is 97 %heap") {
		t.Errorf("%q", v.bodies[0])
	}
}

func TestWhatFails(t *testing.T) {
	t.Parallel()
	f := func(name string, set func(v *vendor, b *Backend), kind error, unsure, later bool) {
		t.Helper()
		v := newVendor(t)
		b := v.backend(t)
		set(v, b)
		err := b.Tell(t.Context(), told())
		if v.hold != nil {
			close(v.hold)
		}
		if err == nil || kind != nil && !errors.Is(err, kind) || chat.Unsure(err) != unsure || errors.As(err, new(*chat.RateLimited)) != later || strings.Contains(err.Error(), apitest.Secret) {
			t.Errorf("%s: %v (unsure %v)", name, err, chat.Unsure(err))
		}
	}
	says := func(status int) func(*vendor, *Backend) {
		return func(v *vendor, _ *Backend) { v.status = status }
	}
	f("limited", says(429), nil, false, true)
	f("refused", says(400), chat.ErrRefused, false, false)
	f("wrong token", says(401), chat.ErrSetup, false, false)
	f("not there", says(404), chat.ErrNoChannel, false, false)
	f("broken", says(500), nil, true, false)
	f("unavailable", says(503), nil, true, false)
	f("answer lost", func(v *vendor, _ *Backend) { v.lost = true }, nil, true, false)
	f("no connection", func(v *vendor, _ *Backend) { v.Close() }, nil, false, false)
	f("too slow", func(v *vendor, b *Backend) { v.hold, b.timeout = make(chan struct{}), 20*time.Millisecond }, nil, true, false)
	f("too many that hang", func(_ *vendor, b *Backend) { b.busy = nil }, errBusy, false, false)
}

func TestNoChannel(t *testing.T) {
	t.Parallel()
	b := newVendor(t).backend(t)
	if _, err := b.Channel(t.Context(), "#nowhere"); !errors.Is(err, chat.ErrNoChannel) {
		t.Error(err)
	}
	if id, err := b.Channel(t.Context(), "#ops"); id != "ops" || err != nil {
		t.Error(id, err)
	}
}

func TestSecretsOfEveryService(t *testing.T) {
	t.Parallel()
	for _, u := range []string{"telegram://1:" + apitest.Secret + "@telegram", "discord://" + apitest.Secret, "slack://" + apitest.Secret, "zulip://b:" + apitest.Secret, "gotify://%zz" + apitest.Secret,
		"matrix://", "ntfy://", "pushover://" + apitest.Secret, "rocketchat://x/" + apitest.Secret} {
		c := Defaults()
		c.Channels = api.Channels[chat.Ref]{"ops": {Secret: config.Secret(u)}}
		b, err := open(c, chat.Deps{})
		if err == nil {
			err = func() error { _, err := b.Channel(t.Context(), "#none"); return err }()
		}
		if err == nil || strings.Contains(err.Error(), apitest.Secret) {
			t.Errorf("%s: %v", u, err)
		}
	}
	// What the library says of a URL it cannot use contains the URL.
	if err := send("slack://"+apitest.Secret, "x"); !errors.Is(err, chat.ErrSetup) || strings.Contains(err.Error(), apitest.Secret) {
		t.Error(err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	f := func(c Config, fault string) {
		t.Helper()
		if _, err := New(c, chat.Deps{}); err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("want %q, got %v", fault, err)
		}
	}
	ops := func(u string) Config {
		return Config{Length: 500, Channels: api.Channels[chat.Ref]{"ops": {Secret: config.Secret(u)}}}
	}
	f(Config{Length: 5}, "length")
	f(Defaults(), "channels")
	f(ops("telegram"), "channels: ops")
	f(ops("icq://x"), "there are: bark")
	f(ops("logger://"), "no such service")
}

func TestSample(t *testing.T) {
	t.Setenv("TELEGRAM_URL", "telegram://1:x@telegram?chats=1")
	t.Setenv("NTFY_URL", "ntfy://ntfy.sh/ops")
	if _, err := New(apitest.Sample(t, Defaults()), chat.Deps{}); err != nil {
		t.Error(err)
	}
}

func FuzzText(f *testing.F) {
	f.Add("heap of http_requests_total is 97 %", "https://example.org/a_b*c", 500)
	f.Add("@everyone <b>*x*</b> [a](b)", "javascript:x", 100)
	f.Fuzz(func(t *testing.T, text, link string, n int) {
		n = min(max(n, 100), 5000)
		c := chat.Content{Text: text, Title: link, Parts: []chat.Part{chat.Lines{{chat.P(text), chat.L(text, link)}}, chat.Table{{text}}, chat.Buttons{chat.Button{Text: text, URL: link}}}}
		got := textOf(c, n)
		if utf8.RuneCountInString(got) > n || !utf8.ValidString(got) || strings.TrimSpace(got) == "" {
			t.Errorf("%d of %d: %q", utf8.RuneCountInString(got), n, got)
		}
		if s := literal(text); strings.ContainsAny(s, "<>*`~@[]|") {
			t.Errorf("%q", s)
		}
	})
}
