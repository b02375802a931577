package notifier

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/api/apitest"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

// hook is an endpoint that writes down the events that it takes.
type hook struct {
	mu     sync.Mutex
	fails  bool
	events []string
}

// RoundTrip implements http.RoundTripper.
func (h *hook) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	rec := httptest.NewRecorder()
	if h.fails {
		http.Error(rec, "failed: "+r.URL.String(), http.StatusInternalServerError)
	} else {
		h.events = append(h.events, r.Header.Get("X-Parley-Event"))
	}
	return rec.Result(), nil
}

func (h *hook) set(fails bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fails = fails
}

// told returns the events, without those of one kind.
func (h *hook) told(but string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(h.events), func(e string) bool { return e == but })
}

// withHook gives the world a webhook "siem" beside Slack.
func (w *world) withHook() *hook {
	w.t.Helper()
	v := &hook{}
	dir := w.t.TempDir()
	w.chats, w.other = filepath.Join(dir, "chats.yaml"), v
	url := filepath.Join(dir, "url")
	for path, text := range map[string]string{url: "http://siem.test/in/" + apitest.Secret, w.chats: "chats:\n- {kind: webhook, name: siem, channels: {events: {url: 'file:" + url + "'}}}\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	return v
}

func TestTwoChatsAreToldTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		v := w.withHook()
		w.start()
		time.Sleep(time.Second)
		c := incident("inc1", 1)
		c.Channels = []string{"#ops", "siem:events"}
		w.publish(c)
		time.Sleep(10 * time.Second)
		w.publish(resolved(c, 2))
		time.Sleep(10 * time.Second)
		if m := w.one(ops); !strings.HasPrefix(m.Text, "Resolved") {
			t.Errorf("Slack shows %q", m.Text)
		}
		if events := v.told("note"); !slices.Equal(events, []string{"opened", "resolved"}) {
			t.Errorf("the webhook was told %q", events)
		}
	})
}

// A chat that fails for an hour holds up neither another nor the consumer, is
// told of in the other, and is told everything in the end.
func TestABrokenChatHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		v := w.withHook()
		v.set(true)
		l := w.start()
		time.Sleep(time.Second)
		const incidents = 30
		for i := range incidents {
			c := incident(fmt.Sprintf("inc%d", i), 1)
			c.Channels = []string{"#ops", "siem:events"}
			before := len(w.slack.Roots(ops))
			w.publish(c)
			w.within(2*time.Second, fmt.Sprintf("message %d in Slack", i), func() bool { return len(w.slack.Roots(ops)) > before })
			time.Sleep(2 * time.Minute)
		}
		told := slices.DeleteFunc(w.slack.Roots(ops), func(m chattest.Message) bool { return !strings.Contains(m.Text, "siem:events is disabled") })
		if len(told) != 1 || strings.Contains(told[0].Text, apitest.Secret) {
			t.Errorf("the operator was told %q", texts(told))
		}
		if l.metric("notifier_channel_disabled") != 1 {
			t.Error("no metric says that it is disabled")
		}
		consumer, err := w.b.Conn("admin").JetStream().Consumer(t.Context(), bus.AlertsLog.Name, bus.NotifierIncidents.Name)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := consumer.Info(t.Context()); err != nil || info.NumAckPending > 0 {
			t.Errorf("%v: %d messages are held by the chat that fails", err, info.NumAckPending)
		}
		v.set(false)
		time.Sleep(5 * time.Minute)
		if n := len(v.told("note")); n != incidents {
			t.Errorf("%d of %d incidents told in the end", n, incidents)
		}
		if n := len(w.slack.Roots(ops)); n != incidents+2 {
			t.Errorf("%d messages in Slack, want %d, and two about the webhook", n, incidents)
		}
	})
}

// People's own words are in the message, as data.
func TestPeoplesOwnWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.templates = filepath.Join(t.TempDir(), "words.yaml")
		if err := os.WriteFile(w.templates, []byte("templates:\n- match: {service: checkout}\n  title: '{{ labels.service }} suffers <!channel>: {{ summary }}'\n  lines: ['owner {{ labels.owner or nobody }}']\n  resolved: '{{ labels.service }} is well after {{ duration }}'\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.start()
		time.Sleep(time.Second)
		c := incident("inc1", 1)
		w.publish(c)
		time.Sleep(5 * time.Second)
		if m := w.one(ops); !strings.HasPrefix(m.Text, "CRITICAL: checkout suffers &lt;!channel&gt;: heap is 97 % on checkout · service=checkout") || !shows(m, "owner nobody") {
			t.Errorf("%q", m.Text)
		}
		time.Sleep(time.Minute)
		w.publish(resolved(c, 2))
		time.Sleep(10 * time.Second)
		if m := w.one(ops); m.Text != "Resolved: checkout is well after 65 s · service=checkout env=prod" {
			t.Errorf("%q", m.Text)
		}
		if faults := w.slack.Faults(); len(faults) > 0 {
			t.Error(faults)
		}
	})
}
