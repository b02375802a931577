package notifier

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/service"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
	"github.com/parley-ops/parley/services/notifier/internal/chat/slack"
	"github.com/parley-ops/parley/services/notifier/internal/noise"
)

func TestMain(m *testing.M) { bustest.Main(m) }

const (
	ops  = "C0000000OPS"
	cost = "C000000COST"
)

// world is a bus, a small Slack and the users of the other services.
type world struct {
	t       *testing.T
	b       *bustest.Bus
	slack   *chattest.Slack
	alerts  *bus.Conn
	batches int
	// live is what evaluators know to be open.
	live []*eventv1.IncidentChanged
	// digest is when the day's digest is told; "" is never.
	digest string
	// routes is a routes file; "" is none.
	routes string
	// rules, if set, are how incidents go together.
	rules func(c *eventv1.IncidentChanged, channel string) noise.Rules
	// chats is a chats file, and other reaches what is no Slack; "" and nil are
	// Slack alone.
	chats string
	// proposals is when they are told; "" is never.
	proposals string
	// templates is a templates file.
	templates string
	other     http.RoundTripper
}

// RoundTrip leads requests to Slack or elsewhere.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "slack.test" || w.other == nil {
		return w.slack.RoundTrip(r)
	}
	return w.other.RoundTrip(r)
}

func newWorld(t *testing.T) *world {
	b := bustest.New(t)
	w := &world{t: t, b: b, slack: chattest.NewSlack(), alerts: b.Conn("evaluator")}
	offer := b.Conn("actioner")
	doc := &eventv1.ActionDocument{Name: "collect-garbage", Title: "Collect garbage", Confirm: "Ask the JVM?", Style: "primary", Allow: []string{"@ops"}}
	if _, err := bus.ActionsOffered.Put(t.Context(), offer, doc.Name, doc); err != nil {
		t.Fatal(err)
	}
	return w
}

// life is one instance of the notifier.
type life struct {
	n        *notifier
	conn     *bus.Conn
	endpoint http.Handler
	metrics  *prometheus.Registry
	stop     context.CancelFunc
	ended    chan struct{}
}

var lives int

// start starts an instance that ends with the test.
func (w *world) start() *life {
	w.t.Helper()
	lives++
	cfg := Defaults()
	cfg.DigestAt, cfg.Proposals, cfg.Chats, cfg.Templates = w.digest, w.proposals, w.chats, w.templates
	if w.routes != "" {
		cfg.Routes = filepath.Join(w.t.TempDir(), "routes.yaml")
		if err := os.WriteFile(cfg.Routes, []byte(w.routes), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	*cfg.kinds["slack"].Config.(*slack.Config) = slack.Config{BotToken: "xoxb-test-token", SigningSecret: "signing", APIURL: "http://slack.test/api/"}
	l := &life{conn: w.b.Conn("notifier"), metrics: prometheus.NewRegistry(), ended: make(chan struct{})}
	env := service.Env{Name: "notifier", Instance: fmt.Sprintf("notifier-%d", lives), Bus: l.conn, Log: bustest.Log(w.t), Metrics: l.metrics,
		Ready: func(bool, string) {}, Say: func(string) {}}
	if testing.Short() {
		env.Log = slog.New(slog.DiscardHandler)
	}
	n, err := build(cfg, env, &http.Client{Transport: w})
	if err != nil {
		w.t.Fatal(err)
	}
	if w.rules != nil {
		n.sender.Rules = w.rules
	}
	l.n, l.endpoint = n, n.backend.(chat.Endpoint).Handler(n.people.Take)
	ctx, cancel := context.WithCancel(context.Background())
	l.stop = cancel
	go func() {
		defer close(l.ended)
		if err := n.work(ctx); err != nil {
			w.t.Errorf("notifier ended: %v", err)
		}
	}()
	w.t.Cleanup(func() { cancel(); <-l.ended })
	return l
}

// kill ends an instance as SIGKILL does: nothing more of it reaches the bus.
func (l *life) kill() {
	l.conn.NATS().Close()
	l.stop()
}

// incident returns an open incident.
func incident(id string, version uint32) *eventv1.IncidentChanged {
	now := timestamppb.Now()
	return &eventv1.IncidentChanged{Id: id, Version: version, State: eventv1.IncidentState_INCIDENT_STATE_OPEN,
		Reason: eventv1.IncidentReason_INCIDENT_REASON_BREACHED, At: now, BeganAt: now, OpenedAt: now,
		Policy: "heap", Severity: eventv1.Severity_SEVERITY_CRITICAL, Team: "demo",
		Labels:     []*eventv1.Label{{Name: "env", Value: "prod"}, {Name: "service", Value: "checkout"}},
		Summary:    "heap is 97 % on checkout",
		Actions:    []string{"collect-garbage", "not-offered"},
		Runbook:    "https://example.org/runbooks/heap",
		DataAge:    durationpb.New(300 * time.Millisecond),
		Conditions: []*eventv1.ConditionState{{Metric: "jvm.heap.used_percent", Text: "above 80", Kind: "above", Holds: true, Value: 97.25, Threshold: 80, HasThreshold: true, Peak: 98, Before: 45, HasBefore: true, Unit: "%"}}}
}

func resolved(c *eventv1.IncidentChanged, version uint32) *eventv1.IncidentChanged {
	r := incident(c.GetId(), version)
	r.BeganAt, r.OpenedAt, r.Channels, r.Labels, r.Policy = c.GetBeganAt(), c.GetOpenedAt(), c.GetChannels(), c.GetLabels(), c.GetPolicy()
	r.State, r.Reason = eventv1.IncidentState_INCIDENT_STATE_RESOLVED, eventv1.IncidentReason_INCIDENT_REASON_RECOVERED
	r.ResolvedAt = timestamppb.Now()
	r.Conditions[0].Value, r.Conditions[0].Holds = 35, false
	return r
}

// publish stores changes as one message of the evaluator.
func (w *world) publish(changes ...*eventv1.IncidentChanged) {
	w.t.Helper()
	w.batches++
	_, err := bus.Publish(w.t.Context(), w.alerts, bus.Alerts(7), fmt.Sprintf("batch-%d", w.batches),
		&eventv1.IncidentBatch{Partition: 7, SourceSequence: uint64(w.batches), Changes: changes})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) chart(c *eventv1.ChartRendered) {
	w.t.Helper()
	var buf bytes.Buffer
	_ = png.Encode(&buf, image.NewGray(image.Rect(0, 0, 4, 4)))
	c.Png = buf.Bytes()
	id := fmt.Sprintf("chart/%s/%d/%s", c.GetIncidentId(), c.GetIncidentVersion(), c.GetRunId())
	if _, err := bus.Publish(w.t.Context(), w.b.Conn("renderer"), bus.Charts(c.GetIncidentId()), id, c); err != nil {
		w.t.Fatal(err)
	}
}

// click presses a button as Slack's HTTP mode tells of it, times times with
// signatures of their own, and returns the last status.
func (l *life) click(user, channel, ts, action, value string, times int) int {
	status := 0
	payload, _ := json.Marshal(map[string]any{"type": "block_actions", "team": map[string]any{"id": "T1"},
		"user":    map[string]any{"id": user, "username": strings.ToLower(user), "name": strings.ToLower(user)},
		"channel": map[string]any{"id": channel}, "container": map[string]any{"type": "message", "message_ts": ts, "channel_id": channel},
		"response_url": "http://slack.test/response/" + user, "trigger_id": "1.2.3",
		"actions": []any{map[string]any{"type": "button", "action_id": action, "block_id": "b", "value": value,
			"action_ts": strconv.FormatInt(time.Now().UnixNano(), 10)}}})
	for range times {
		time.Sleep(time.Second) // so that each is signed anew, as Slack's are
		status = l.signed("/slack/interactions", url.Values{"payload": {string(payload)}}.Encode(), time.Now(), "signing")
	}
	return status
}

func (l *life) command(user, text string) int {
	trigger := triggers.Add(1) // the clock may stand still
	return l.signed("/slack/commands", url.Values{"command": {"/parley"}, "text": {text}, "user_id": {user}, "user_name": {strings.ToLower(user)},
		"channel_id": {ops}, "team_id": {"T1"}, "trigger_id": {strconv.FormatInt(trigger, 10)},
		"response_url": {"http://slack.test/response/" + user}}.Encode(), time.Now(), "signing")
}

var triggers atomic.Int64

// signed sends a request to the endpoint.
func (l *life) signed(path, body string, at time.Time, secret string) int {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
	return l.send(path, body, stamp, "v0="+hex.EncodeToString(mac.Sum(nil)))
}

// body sends a signed request and returns what is answered.
func (l *life) body(path, body string) string {
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte("signing"))
	fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	rec := httptest.NewRecorder()
	l.endpoint.ServeHTTP(rec, r)
	return strings.TrimSpace(rec.Body.String())
}

func (l *life) send(path, body, stamp, signature string) int {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", signature)
	rec := httptest.NewRecorder()
	l.endpoint.ServeHTTP(rec, r)
	return rec.Code
}

// button returns the value of a message's button or the options of its menu.
func button(m chattest.Message, id string) (value string, ok bool) {
	for _, b := range m.Blocks {
		list, _ := b["elements"].([]any)
		for _, e := range list {
			if o, _ := e.(map[string]any); o["action_id"] == id {
				v, _ := o["value"].(string)
				return v, true
			}
		}
	}
	return "", false
}

// shows reports whether the message has this text anywhere.
func shows(m chattest.Message, text string) bool {
	data, _ := json.Marshal(m.Blocks)
	var plain bytes.Buffer
	_ = json.Compact(&plain, data)
	s := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(plain.String())
	return strings.Contains(s, text) || strings.Contains(m.Text, text)
}

// one returns the only message of a channel.
func (w *world) one(channel string) chattest.Message {
	w.t.Helper()
	roots := w.slack.Roots(channel)
	if len(roots) != 1 {
		w.t.Fatalf("%d messages in %s, want 1: %v", len(roots), channel, texts(roots))
	}
	return roots[0]
}

func texts(ms []chattest.Message) []string {
	var out []string
	for _, m := range ms {
		out = append(out, m.Text)
	}
	return out
}

// within fails unless ok becomes true within d.
func (w *world) within(d time.Duration, what string, ok func() bool) {
	w.t.Helper()
	for end := time.Now().Add(d); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("not within %s: %s", d, what)
		}
	}
}

// metric returns the sum of a metric over its labels.
func (l *life) metric(name string) float64 {
	families, _ := l.metrics.Gather()
	sum := 0.0
	for _, f := range families {
		if f.GetName() == name {
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}
