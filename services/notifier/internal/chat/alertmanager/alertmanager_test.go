package alertmanager

import (
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/api/apitest"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

func settings(send string) Config {
	return Config{Send: send, Token: chat.Ref{Secret: config.Secret(apitest.Secret)}, Channels: api.Channels[string]{"ops": "https://am.test/base/"}}
}

// vendor is an Alertmanager and a receiver of its webhooks. firing are the
// alerts by their fingerprint.
type vendor struct {
	apitest.Vendor
	firing   map[string]bool
	posted   []alert
	payloads []webhook
}

func newVendor() *vendor {
	v := &vendor{firing: map[string]bool{}}
	v.Handler = http.HandlerFunc(v.serve)
	return v
}

func strict(r io.Reader, v any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	return d.Decode(v)
}

func (v *vendor) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.Header.Get("Authorization") != "Bearer "+apitest.Secret || r.Header.Get("Content-Type") != "application/json" {
		v.Refuse(w, "%s %v", r.URL, r.Header)
		return
	}
	switch r.URL.String() {
	case "https://am.test/base/api/v2/alerts":
		var list []alert
		if err := strict(r.Body, &list); err != nil || len(list) != 1 || fault(list[0].Labels, list[0].Annotations) != "" || list[0].StartsAt.IsZero() || list[0].EndsAt.Before(list[0].StartsAt) {
			v.Refuse(w, "%v %+v", err, list)
			return
		}
		v.posted = append(v.posted, list[0])
		v.firing[fingerprint(list[0].Labels)] = list[0].EndsAt.After(time.Now())
	case "https://am.test/base/":
		var p webhook
		if err := strict(r.Body, &p); err != nil || p.Version != "4" || p.GroupKey == "" || p.Receiver == "" || len(p.Alerts) != 1 || p.Alerts[0].Status != p.Status ||
			fault(p.Alerts[0].Labels, p.Alerts[0].Annotations) != "" || (p.Status == "firing") != p.Alerts[0].EndsAt.IsZero() || p.Status == "resolved" && p.Alerts[0].EndsAt.Before(p.Alerts[0].StartsAt) {
			v.Refuse(w, "%v %+v", err, p)
			return
		}
		v.payloads = append(v.payloads, p)
		v.firing[p.Alerts[0].Fingerprint] = p.Status == "firing"
	default:
		v.Refuse(w, "%s", r.URL)
	}
}

var valid = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// fault says what Alertmanager would not take.
func fault(labels, annotations map[string]string) string {
	for n, v := range labels {
		if !valid.MatchString(n) || strings.HasPrefix(n, "__") || v == "" || !utf8.ValidString(v) {
			return "label " + n
		}
	}
	for n, v := range annotations {
		if !valid.MatchString(n) || !utf8.ValidString(v) {
			return "annotation " + n
		}
	}
	if labels["alertname"] == "" {
		return "no alertname"
	}
	return ""
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, send := range []string{Webhook, Alerts} {
		t.Run(send, func(t *testing.T) {
			t.Parallel()
			apitest.Run(t, chat.Opened, func(t *testing.T, log *slog.Logger) (chat.Teller, *apitest.Vendor) {
				v := newVendor()
				b, err := open(settings(send), chat.Deps{HTTP: v.Client(), Log: log})
				if err != nil {
					t.Fatal(err)
				}
				return b, &v.Vendor
			})
		})
	}
}

func TestAnIncidentIsOneAlert(t *testing.T) {
	t.Parallel()
	for _, send := range []string{Webhook, Alerts} {
		v := newVendor()
		b, err := New(settings(send), chat.Deps{HTTP: v.Client(), Name: "am"})
		if err != nil {
			t.Fatal(err)
		}
		post := chat.Post{ChannelID: "ops", Key: chat.Key{Incident: "inc1", Part: "root"}}
		ts := ""
		worse := apitest.Incident(chat.Open, "heap is 99 %")
		worse.About.Severity = "warning"
		for i, c := range []chat.Content{apitest.Incident(chat.Open, "heap is 97 %"), worse, apitest.Incident(chat.Acknowledged, "heap is 97 %"), apitest.Incident(chat.Resolved, "heap was 97 %")} {
			for j := range c.About.Labels {
				c.About.Labels[j].Value = "same"
			}
			if post.Content = c; i == 0 {
				ts, err = b.Post(t.Context(), post)
			} else {
				ts, err = chat.Edit(t.Context(), b, post, ts)
			}
			firing := 0
			for f := range maps.Values(v.firing) {
				if f {
					firing++
				}
			}
			if want := map[bool]int{true: 0, false: 1}[i == 3]; err != nil || len(v.firing) != 1 || firing != want {
				t.Errorf("%s, step %d: %d alerts, %d firing: %v", send, i, len(v.firing), firing, err)
			}
		}
		if len(v.Refused) > 0 {
			t.Error(v.Refused)
		}
		if send == Webhook {
			last := v.payloads[3]
			if a := last.Alerts[0]; last.Receiver != "am" || a.Labels["alertname"] != "heap-full" || a.Labels["team"] != "shop" || a.Labels["label7"] != "same" || a.Annotations["summary"] != "heap was 97 %" ||
				a.Annotations["severity"] != "critical" || a.Annotations["runbook_url"] != "https://example.org/runbook" || a.EndsAt.Sub(a.StartsAt) != 12*time.Minute {
				t.Errorf("%+v", last)
			}
		}
	}
}

func TestFingerprintIsPrometheuss(t *testing.T) {
	t.Parallel()
	// prometheus/common, model.TestLabelSet: fingerprint of no labels.
	if got := fingerprint(nil); got != "cbf29ce484222325" {
		t.Error(got)
	}
}

func TestBasic(t *testing.T) {
	t.Parallel()
	c := settings(Webhook)
	c.Token, c.Username, c.Password = chat.Ref{}, "ann", chat.Ref{Secret: "pw"}
	b, err := open(c, chat.Deps{})
	if err != nil || b.header.Get("Authorization") != "Basic YW5uOnB3" {
		t.Errorf("%v %v", b, err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	f := func(change func(*Config), fault string) {
		t.Helper()
		c := settings(Alerts)
		change(&c)
		if _, err := New(c, chat.Deps{}); err == nil || !strings.Contains(err.Error(), fault) || strings.Contains(err.Error(), apitest.Secret) {
			t.Errorf("want %q, got %v", fault, err)
		}
	}
	f(func(c *Config) { c.Send = "" }, "send")
	f(func(c *Config) { c.Username = "ann" }, "username and password")
	f(func(c *Config) { c.Username, c.Password = "ann", chat.Ref{Secret: "x"} }, "token")
	f(func(c *Config) { c.Token = chat.Ref{Secret: "a\nb"} }, "token")
	f(func(c *Config) { c.Channels["ops"] = "https://user:" + apitest.Secret + "@am.test" }, "channels: ops")
	f(func(c *Config) { c.Channels = nil }, "channels")
}

func TestSample(t *testing.T) {
	t.Setenv("ALERTMANAGER_TOKEN", apitest.Secret)
	c := apitest.Sample(t, Defaults())
	if _, err := New(c, chat.Deps{}); err != nil || c.Token.Reveal() != apitest.Secret {
		t.Errorf("%+v: %v", c, err)
	}
}

func FuzzAlert(f *testing.F) {
	f.Add("heap is 97 %", "instance", "https://example.org/a", int64(1_700_000_000))
	f.Add("\xff\x00\"}]}", "__name__", "javascript:x", int64(-1<<60))
	f.Fuzz(func(t *testing.T, text, label, link string, began int64) {
		about := &chat.About{State: chat.Resolved, Finding: text, Policy: label, Team: text, Runbook: link, Began: time.Unix(began, 0),
			Labels: []chat.Label{{Name: label, Value: text}, {Name: label, Value: link}, {Name: "incident", Value: text}}}
		told := chat.Told{Event: chat.Opened, Key: chat.Key{Incident: label}, Content: chat.Content{Text: text, About: about}}
		a := alertOf(told, time.Now())
		if why := fault(a.Labels, a.Annotations); why != "" || a.EndsAt.Before(a.StartsAt) {
			t.Errorf("%s: %+v", why, a)
		}
		if _, err := json.Marshal(webhookOf(told, "am")); err != nil {
			t.Error(err)
		}
	})
}
