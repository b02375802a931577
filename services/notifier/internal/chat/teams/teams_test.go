package teams

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/api/apitest"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/exchange"
)

func configured() Config {
	return Config{Channels: api.Channels[chat.Ref]{"ops": {Secret: config.Secret("https://flow.test/workflows/1?sig=" + apitest.Secret)}}}
}

// wrong returns what Teams refuses.
func wrong(data []byte) string {
	var m message
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return err.Error()
	}
	if len(data) > 28<<10 || m.Type != "message" || len(m.Attachments) != 1 || m.Attachments[0].ContentType != "application/vnd.microsoft.card.adaptive" {
		return "message"
	}
	c := m.Attachments[0].Content
	if c.Type != "AdaptiveCard" || c.Version == "" || len(c.Body) == 0 || len(c.Actions) > mostLinks {
		return "card"
	}
	for _, p := range c.Body {
		if p.Type != "RichTextBlock" || len(p.Inlines) == 0 {
			return "paragraph"
		}
		for _, r := range p.Inlines {
			if r.Type != "TextRun" || r.Text == "" {
				return "run"
			}
		}
	}
	for _, a := range c.Actions {
		if a.Type != "Action.OpenUrl" || a.Title == "" || !strings.HasPrefix(a.URL, "http") {
			return "action"
		}
	}
	return ""
}

func TestConformance(t *testing.T) {
	t.Parallel()
	apitest.Run(t, chat.Opened, func(t *testing.T, log *slog.Logger) (chat.Teller, *apitest.Vendor) {
		v := &apitest.Vendor{}
		v.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			data, _ := io.ReadAll(r.Body)
			if r.Method != http.MethodPost || r.URL.Query().Get("sig") != apitest.Secret || r.Header.Get("Content-Type") != "application/json" || wrong(data) != "" {
				v.Refuse(w, "%s %s: %s", r.Method, r.URL.Path, wrong(data))
				return
			}
			w.WriteHeader(http.StatusAccepted)
		})
		b, err := open(configured(), chat.Deps{HTTP: v.Client(), Log: log})
		if err != nil {
			t.Fatal(err)
		}
		return b, v
	})
}

func TestCard(t *testing.T) {
	t.Parallel()
	m := write(apitest.Incident(chat.Resolved, "heap is 97 %"))
	c := m.Attachments[0].Content
	if c.Body[0].Inlines[0].Text != "heap is 97 %" || c.Body[0].Inlines[0].Color != "Good" || len(c.Actions) != 2 || c.Actions[0].URL != "https://example.org/runbook" {
		t.Errorf("%+v", c)
	}
}

func TestSettings(t *testing.T) {
	t.Setenv("TEAMS_ONCALL_URL", "https://prod-1.westeurope.logic.azure.com/workflows/1")
	data, err := os.ReadFile("sample.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if f, err := exchange.Parse(data, map[string]chat.Maker{"teams": chat.Listed(Defaults, New)}, "slack", chat.Deps{}); err != nil || f.Backends["teams"] == nil {
		t.Errorf("%v %v", f, err)
	}
	if _, err := New(Config{Channels: api.Channels[chat.Ref]{"ops": {Secret: "http://x/" + apitest.Secret}}}, chat.Deps{}); err == nil || strings.Contains(err.Error(), apitest.Secret) {
		t.Errorf("got %v", err)
	}
}

func FuzzCard(f *testing.F) {
	for _, s := range apitest.Texts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		data, err := json.Marshal(write(apitest.Incident(chat.Open, s)))
		if err != nil || wrong(data) != "" {
			t.Errorf("%q: %v %s", s, err, wrong(data))
		}
	})
}
