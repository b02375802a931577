package webhook

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/api/apitest"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/exchange"
)

func ref(s string) chat.Ref { return chat.Ref{Secret: config.Secret(s)} }

func configured(f Format, template string) Config {
	c := Defaults()
	c.Format, c.Template = f, template
	c.Signing = ref("signing-" + apitest.Secret)
	c.Headers = map[string]chat.Ref{"Authorization": ref("Bearer " + apitest.Secret)}
	c.Channels = api.Channels[Hook]{"ops": {ref("https://siem.example/in/" + apitest.Secret)}}
	return c
}

// endpoint is strict: it takes what the README says, and nothing else.
func endpoint(v *apitest.Vendor, f Format) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		at := r.Header.Get("X-Parley-Timestamp")
		switch {
		case r.Method != http.MethodPost || r.URL.Path != "/in/"+apitest.Secret:
			v.Refuse(w, "%s %s", r.Method, r.URL.Path)
		case r.Header.Get("Authorization") != "Bearer "+apitest.Secret:
			v.Refuse(w, "no authorization")
		case r.Header.Get("X-Parley-Signature") != "v1="+sign("signing-"+apitest.Secret, at, body) || at != fmt.Sprint(time.Now().Unix()):
			v.Refuse(w, "signature")
		case r.Header.Get("X-Parley-Delivery") == "" || r.Header.Get("Content-Type") != f.contentType():
			v.Refuse(w, "headers %v", r.Header)
		case wellFormed(body, f) != nil:
			v.Refuse(w, "%v in %q", wellFormed(body, f), body)
		}
	}
}

const (
	jsonTemplate = `{"text": "{{.Finding}} on {{.Label "label1"}}", "all": {{json .Labels}}, "n": {{.Count}}, "who": "{{with .AckedBy}}{{.}}{{else}}nobody{{end}}"}`
	xmlTemplate  = `<t ref="{{.Incident}}" x='{{.Finding}}'>{{range $i, $l := .Labels}}<f n="{{$l.Name}}">{{$l.Value}}</f>{{end}}{{if .Runbook}}<a>{{.Runbook | lower}}</a>{{end}}</t>`
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Config{"json": configured(JSON, ""), "xml": configured(XML, ""), "text": configured(Text, ""),
		"json template": configured(JSON, jsonTemplate), "xml template": configured(XML, xmlTemplate)} {
		t.Run(name, func(t *testing.T) {
			apitest.Run(t, chat.Opened, func(t *testing.T, log *slog.Logger) (chat.Teller, *apitest.Vendor) {
				v := &apitest.Vendor{}
				v.Handler = endpoint(v, c.Format)
				b, err := open(c, chat.Deps{HTTP: v.Client(), Log: log})
				if err != nil {
					t.Fatal(err)
				}
				return b, v
			})
		})
	}
}

func TestTheDocumentSaysWhatHappened(t *testing.T) {
	t.Parallel()
	b, err := open(configured(JSON, ""), chat.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	var d Document
	if err := json.Unmarshal(b.Render(apitest.Told(chat.Ended, "ops", apitest.Incident(chat.Resolved, "heap is 97 %"))), &d); err != nil {
		t.Fatal(err)
	}
	if d.Event != "resolved" || d.State != "resolved" || d.Severity != "critical" || len(d.Labels) != 100 || d.Began != "2026-11-22T10:00:00Z" || d.Ended != "2026-11-22T10:12:00Z" || d.Incident != "inc1" || len(d.Links) == 0 {
		t.Errorf("%+v", d)
	}
}

func TestTemplatesThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	for template, want := range map[string]string{`{"a": {{.Finding}}}`: "not JSON", `{{.Nope}}`: "Nope", `{{`: "template", `{"a":"x"`: "not JSON"} {
		if _, err := open(configured(JSON, template), chat.Deps{}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), apitest.Secret) {
			t.Errorf("%s: %v", template, err)
		}
	}
	for _, template := range []string{`<a>{{.Finding}}`, `<a/><b/>`, `{{.Finding}}`, `<{{.Finding}}/>`} {
		if _, err := open(configured(XML, template), chat.Deps{}); err == nil {
			t.Errorf("%s is taken", template)
		}
	}
	for name, change := range map[string]func(*Config){"format": func(c *Config) { c.Format = "yaml" }, "want at least one": func(c *Config) { c.Channels = nil },
		"url": func(c *Config) { c.Channels = api.Channels[Hook]{"ops": {ref("ftp://x")}} }, "Parley's own": func(c *Config) { c.Headers = map[string]chat.Ref{"X-Parley-Event": ref("x")} }} {
		c := configured(JSON, "")
		change(&c)
		if _, err := New(c, chat.Deps{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSample(t *testing.T) {
	for name, value := range map[string]string{"SIEM_SIGNING_SECRET": "a", "SIEM_AUTHORIZATION": "Bearer b", "SIEM_URL": "https://siem.example/", "TICKET_URL": "https://ticket.example/"} {
		t.Setenv(name, value)
	}
	data, err := os.ReadFile("sample.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f, err := exchange.Parse(data, map[string]chat.Maker{"webhook": chat.Listed(Defaults, New)}, "slack", chat.Deps{})
	if err != nil || f.Backends["siem"] == nil || f.Backends["ticket"] == nil {
		t.Errorf("%v %v", f, err)
	}
}

// Whatever values contain, a document has the shape of the template alone.
func FuzzRender(f *testing.F) {
	for _, s := range apitest.Texts {
		f.Add(s, s)
	}
	j, _ := compile(jsonTemplate, JSON)
	x, _ := compile(xmlTemplate, XML)
	f.Fuzz(func(t *testing.T, a, b string) {
		d := document(apitest.Told(chat.Opened, a, chat.Content{Text: a, Title: b, About: &chat.About{ID: a, Finding: a, Runbook: b, AckedBy: a, Labels: []chat.Label{{Name: "label1", Value: b}, {Name: a, Value: b}}}}))
		body, err := render(d, j, JSON)
		var o map[string]any
		if err != nil || json.Unmarshal(body, &o) != nil || len(o) != 4 || o["text"] != d.Finding+" on "+d.Label("label1") {
			t.Errorf("%v: %s", err, body)
		}
		body, err = render(d, x, XML)
		var doc struct {
			F []struct{} `xml:"f"`
			X string     `xml:"x,attr"`
		}
		if err != nil || xml.Unmarshal(body, &doc) != nil || len(doc.F) != 2 {
			t.Errorf("%v: %s", err, body)
		}
		for _, format := range []Format{JSON, XML} {
			if body, err := render(d, nil, format); err != nil || wellFormed(body, format) != nil {
				t.Errorf("%s: %v: %s", format, err, body)
			}
		}
	})
}
