package discord

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/api/apitest"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
	"github.com/parley-ops/parley/services/notifier/internal/exchange"
)

const hook = "/api/webhooks/123/tok-" + chattest.Secret

func configured() Config {
	c := Defaults()
	c.Channels = api.Channels[chat.Ref]{"ops": {Secret: config.Secret("https://discord.test" + hook)}}
	return c
}

// server is as strict as Discord's documentation.
type server struct {
	v        *apitest.Vendor
	messages map[string]message
	pictures map[string]string
	uploads  int
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, edits := strings.CutPrefix(r.URL.Path, hook+"/messages/")
	if !edits && r.URL.Path != hook || edits != (r.Method == http.MethodPatch) || r.URL.Query().Get("with_components") != "true" || !edits && r.URL.Query().Get("wait") != "true" {
		s.v.Refuse(w, "%s %s", r.Method, r.URL)
		return
	}
	data, _ := io.ReadAll(r.Body)
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	picture := ""
	if kind == "multipart/form-data" {
		form, err := multipart.NewReader(strings.NewReader(string(data)), params["boundary"]).ReadForm(1 << 20)
		if err != nil || len(form.File["files[0]"]) != 1 {
			s.v.Refuse(w, "form %v", err)
			return
		}
		f, _ := form.File["files[0]"][0].Open()
		png, _ := io.ReadAll(f)
		data, picture = []byte(form.Value["payload_json"][0]), string(png)
		s.uploads++
	}
	var m message
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		s.v.Refuse(w, "%v in %s", err, data)
		return
	}
	if fault := wrong(m, picture != ""); fault != "" {
		s.v.Refuse(w, "%s", fault)
		return
	}
	if edits && s.messages[id].Content == "" {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"message":"Unknown Message","code":10008}`)
		return
	}
	if !edits {
		id = strconv.Itoa(1000 + len(s.messages))
	}
	if s.messages[id] = m; picture != "" {
		s.pictures[id] = picture
	}
	if len(m.Embeds) > 0 && m.Embeds[0].Image != nil && s.pictures[id] == "" {
		s.v.Refuse(w, "the embed's picture is not attached")
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"id": id})
}

// wrong returns what Discord refuses.
func wrong(m message, picture bool) string {
	n := utf8.RuneCountInString
	switch {
	case m.Content == "" && len(m.Embeds) == 0, n(m.Content) > 2000:
		return "content"
	case m.AllowedMentions.Parse == nil || len(m.AllowedMentions.Parse) > 0:
		return "mentions are allowed"
	case picture != (m.Attachments != nil):
		return "attachments"
	}
	for _, e := range m.Embeds {
		if n(e.Title) > 256 || n(e.Description) > 4096 || n(e.Title)+n(e.Description) > 6000 || e.Title+e.Description == "" && e.Image == nil {
			return "embed"
		}
	}
	for _, r := range m.Components {
		for _, b := range r.Components {
			if len(r.Components) > 5 || b.Style != 5 || n(b.Label) < 1 || n(b.Label) > 80 || !strings.HasPrefix(b.URL, "http") {
				return fmt.Sprintf("button %+v", b)
			}
		}
	}
	return ""
}

func start(t *testing.T) (*Backend, *server) { return logging(t, nil) }

func logging(t *testing.T, log *slog.Logger) (*Backend, *server) {
	t.Helper()
	s := &server{v: &apitest.Vendor{}, messages: map[string]message{}, pictures: map[string]string{}}
	s.v.Handler = s
	b, err := New(configured(), chat.Deps{HTTP: s.v.Client(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return b.(*Backend), s
}

func TestConformance(t *testing.T) {
	t.Parallel()
	chattest.Run(t, func(t *testing.T, log *slog.Logger) (chat.Backend, func(chattest.Fault)) {
		b, s := logging(t, log)
		t.Cleanup(func() {
			if len(s.v.Refused) > 0 {
				t.Errorf("Discord refuses %q", s.v.Refused)
			}
		})
		return b, func(f chattest.Fault) {
			s.v.Fault = apitest.Fault{Status: f.Status, Lost: f.Lost, Slow: f.Slow}
			if f.RetryAfter > 0 {
				s.v.Fault.RetryAfter = strconv.Itoa(f.RetryAfter)
			}
			if f.Err != "" {
				s.v.Fault.Status = http.StatusUnauthorized
			}
		}
	})
}

func TestThePictureIsSentOnce(t *testing.T) {
	t.Parallel()
	b, s := start(t)
	c := apitest.Incident(chat.Open, "heap is 97 %")
	ts, err := b.Post(t.Context(), chat.Post{ChannelID: "ops", Content: c})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"a.png", "a.png", "b.png"} {
		with := c
		with.Parts = append(slices.Clone(c.Parts), chat.Image{File: file, Alt: "a chart", PNG: []byte(file)})
		if err := b.Update(t.Context(), "ops", ts, with); err != nil {
			t.Fatal(err)
		}
		if m := s.messages[ts]; s.pictures[ts] != file || m.Embeds[0].Image == nil {
			t.Errorf("%s is not shown: %q %+v", file, s.pictures[ts], m)
		}
	}
	if s.uploads != 2 || len(s.v.Refused) > 0 {
		t.Errorf("%d uploads of two pictures; refused %q", s.uploads, s.v.Refused)
	}
	if m := s.messages[ts]; len(m.Components) != 1 || !slices.ContainsFunc(m.Components[0].Components, func(b button) bool { return b.URL == "https://example.org/runbook" }) || m.Embeds[0].Color != 0xD93025 {
		t.Errorf("%+v", m)
	}
}

func TestSample(t *testing.T) {
	t.Setenv("DISCORD_ALERTS_URL", "https://discord.com/api/webhooks/1/a")
	data, err := os.ReadFile("sample.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/url"
	if err := os.WriteFile(path, []byte("https://discord.com/api/webhooks/2/b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(data), "/run/secrets/discord-cost-url", path)
	f, err := exchange.Parse([]byte(text), map[string]chat.Maker{"discord": chat.Listed(Defaults, New)}, "slack", chat.Deps{})
	if err != nil || f.Backends["discord"] == nil {
		t.Errorf("%v %v", f, err)
	}
	c := configured()
	c.Channels["ops"] = chat.Ref{Secret: "https://example.org/tok-" + chattest.Secret}
	if _, err := New(c, chat.Deps{}); err == nil || strings.Contains(err.Error(), chattest.Secret) {
		t.Errorf("got %v", err)
	}
}

func FuzzWrite(f *testing.F) {
	for _, s := range apitest.Texts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := apitest.Incident(chat.Open, plainCut(s))
		m, _ := write(c, "Parley", func(string) bool { return false })
		if fault := wrong(m, false); fault != "" {
			t.Errorf("%q: %s", s, fault)
		}
		if _, data, err := body(m, nil); err != nil || !json.Valid(data) {
			t.Errorf("%q: %v", s, err)
		}
	})
}

func plainCut(s string) string { return s[:min(len(s), 4000)] }
