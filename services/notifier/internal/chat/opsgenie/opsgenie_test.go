package opsgenie

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/api/apitest"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

func settings() Config {
	c := Defaults()
	c.Key, c.Channels = chat.Ref{Secret: config.Secret(apitest.Secret)}, api.Channels[string]{"ops": "Platform"}
	return c
}

// vendor is Opsgenie: it does what is asked for later and so knows of no alert
// that there is none.
type vendor struct {
	apitest.Vendor
	did []string // "create inc1", …
	all []alert
}

func newVendor() *vendor {
	v := &vendor{}
	v.Handler = http.HandlerFunc(v.serve)
	return v
}

func strict(r io.Reader, v any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	return d.Decode(v)
}

func (v *vendor) serve(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "GenieKey "+apitest.Secret || r.URL.Host != "api.opsgenie.com" || r.Header.Get("Content-Type") != "application/json" {
		v.Refuse(w, "%s %v", r.URL, r.Header)
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/v2/alerts")
	if rest == "" && ok && r.Method == http.MethodPost && r.URL.RawQuery == "" {
		var a alert
		if err := strict(r.Body, &a); err != nil || fault(a) != "" {
			v.Refuse(w, "%v %s: %+v", err, fault(a), a)
			return
		}
		v.did, v.all = append(v.did, "create "+a.Alias), append(v.all, a)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	parts := strings.Split(strings.TrimPrefix(rest, "/"), "/")
	if len(parts) != 2 || parts[0] == "" || r.URL.Query().Get("identifierType") != "alias" {
		v.Refuse(w, "%s", r.URL)
		return
	}
	var c change
	var p struct{ Priority string }
	switch {
	case parts[1] == "priority" && r.Method == http.MethodPut:
		if err := strict(r.Body, &p); err != nil || !slices.Contains([]string{"P1", "P2", "P3", "P4", "P5"}, p.Priority) {
			v.Refuse(w, "%v %+v", err, p)
			return
		}
	case slices.Contains([]string{"notes", "close", "acknowledge"}, parts[1]) && r.Method == http.MethodPost:
		if err := strict(r.Body, &c); err != nil || c.User == "" || utf8.RuneCountInString(c.User) > 100 || c.Note == "" || utf8.RuneCountInString(c.Note) > 25_000 || strings.Contains(c.Note, "\x00") {
			v.Refuse(w, "%v %+v", err, c)
			return
		}
	default:
		v.Refuse(w, "%s %s", r.Method, r.URL)
		return
	}
	v.did = append(v.did, parts[1]+" "+parts[0])
	w.WriteHeader(http.StatusAccepted)
}

// fault says what Opsgenie would not take of an alert.
func fault(a alert) string {
	size := 0
	for k, v := range a.Details {
		size += utf8.RuneCountInString(k) + utf8.RuneCountInString(v)
	}
	switch n := utf8.RuneCountInString(a.Message); {
	case n < 1 || n > 130 || strings.TrimSpace(a.Message) == "":
		return "message"
	case a.Alias == "" || len(a.Alias) > 512:
		return "alias"
	case utf8.RuneCountInString(a.Description) > 15_000 || utf8.RuneCountInString(a.Entity) > 512:
		return "description or entity"
	case size > 8000:
		return "details"
	case len(a.Tags) > 20 || slices.ContainsFunc(a.Tags, func(t string) bool { return utf8.RuneCountInString(t) > 50 || t == "" }):
		return "tags"
	case !slices.Contains([]string{"P1", "P2", "P3", "P4", "P5"}, a.Priority):
		return "priority"
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
	post := chat.Post{ChannelID: "ops", Key: chat.Key{Incident: "inc1", Part: "root"}, Content: apitest.Incident(chat.Open, "heap is 97 %")}
	ts, err := b.Post(t.Context(), post)
	if err != nil {
		t.Fatal(err)
	}
	worse := apitest.Incident(chat.Open, "heap is 91 %")
	worse.About.Severity = "warning"
	for _, c := range []chat.Content{apitest.Incident(chat.Open, "heap is 98 %"), worse, apitest.Incident(chat.Acknowledged, "heap is 98 %"), apitest.Incident(chat.Resolved, "heap was 98 %")} {
		post.Content = c
		if ts, err = chat.Edit(t.Context(), b, post, ts); err != nil {
			t.Fatal(err)
		}
	}
	for _, part := range []string{"run-1", "root"} { // a run, and a digest
		if _, err := b.Post(t.Context(), chat.Post{ChannelID: "ops", Thread: ts, Key: chat.Key{Incident: "inc1", Part: part}, Content: chat.Say("restarted")}); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"create inc1", "priority inc1", "acknowledge inc1", "close inc1", "notes inc1"}; !slices.Equal(v.did, want) {
		t.Errorf("did %q, want %q", v.did, want)
	}
	if a := v.all[0]; a.Message != "heap is 97 %" || a.Priority != "P1" || a.Responders[0] != (responder{"Platform", "team"}) || a.Details["Runbook"] != "https://example.org/runbook" || a.Details["label7"] != "heap is 97 %" {
		t.Errorf("%+v", a)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	f := func(change func(*Config), fault string) {
		t.Helper()
		c := settings()
		change(&c)
		if _, err := New(c, chat.Deps{}); err == nil || !strings.Contains(err.Error(), fault) || strings.Contains(err.Error(), apitest.Secret) {
			t.Errorf("want %q, got %v", fault, err)
		}
	}
	f(func(c *Config) { c.URL = "api.opsgenie.com" }, "url")
	f(func(c *Config) { c.Key = chat.Ref{} }, "key")
	f(func(c *Config) { c.Channels = nil }, "channels")
	f(func(c *Config) { c.Channels["ops"] = strings.Repeat("x", 101) }, "channels: ops")
}

func TestSample(t *testing.T) {
	t.Setenv("OPSGENIE_KEY", apitest.Secret)
	c := apitest.Sample(t, Defaults())
	if _, err := New(c, chat.Deps{}); err != nil || c.Key.Reveal() != apitest.Secret {
		t.Errorf("%+v: %v", c, err)
	}
}

func FuzzAlert(f *testing.F) {
	f.Add("heap is 97 %", "instance", "https://example.org/a", "critical")
	f.Add("\xff\x00\"}]}", "../../x?y#", "javascript:x", "")
	f.Fuzz(func(t *testing.T, text, label, link, severity string) {
		about := &chat.About{ID: label, Severity: severity, Finding: text, Policy: label, Team: text}
		for i := range 100 {
			about.Labels = append(about.Labels, chat.Label{Name: label + strings.Repeat("i", i), Value: text})
		}
		a := alertOf(alias(label), "", chat.Content{Text: text, About: about, Parts: []chat.Part{chat.Buttons{chat.Button{Text: text, URL: link}}}})
		if why := fault(a); why != "" || strings.ContainsAny(a.Alias, "/?#% ") {
			t.Errorf("%s: %+v", why, a)
		}
	})
}
