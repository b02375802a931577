package googlechat

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/api/apitest"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

const hook = "https://chat.googleapis.com/v1/spaces/AAA/messages?key=k3y&token=" + apitest.Secret

func settings() Config {
	return Config{Channels: api.Channels[chat.Ref]{"ops": {Secret: config.Secret(hook)}}}
}

// vendor is a space: it takes a request of one id once.
type vendor struct {
	apitest.Vendor
	messages []message
	seen     map[string]bool
}

func newVendor() *vendor {
	v := &vendor{seen: map[string]bool{}}
	v.Handler = http.HandlerFunc(v.serve)
	return v
}

func (v *vendor) serve(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	data, _ := io.ReadAll(r.Body)
	var m message
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(&m)
	switch {
	case r.Method != http.MethodPost || r.URL.Host != host || r.URL.Path != "/v1/spaces/AAA/messages" || q.Get("key") != "k3y" || q.Get("token") != apitest.Secret:
		v.Refuse(w, "%s", r.URL)
	case q.Get("messageReplyOption") != "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD" || q.Get("requestId") == "" || m.Thread.Key == "" || len(m.Thread.Key) > 4000:
		v.Refuse(w, "%s %+v", r.URL, m.Thread)
	case err != nil || fault(m) != "" || len(data) > 32_000:
		v.Refuse(w, "%v %s (%d bytes)", err, fault(m), len(data))
	default:
		if !v.seen[q.Get("requestId")] {
			v.messages, v.seen[q.Get("requestId")] = append(v.messages, m), true
		}
		_, _ = w.Write([]byte(`{"name":"spaces/AAA/messages/1"}`))
	}
}

// fault says what of a message Google would not take, or show as we mean it.
func fault(m message) string {
	if n := utf8.RuneCountInString(m.Text); n < 1 || n > 4096 || strings.ContainsAny(m.Text, "<>*_~`@") {
		return "text " + m.Text
	}
	for _, c := range m.Cards {
		if c.Card.Header.Title == "" || len(c.Card.Sections) == 0 || len(c.Card.Sections[0].Widgets) == 0 || len(c.Card.Sections[0].Widgets) > 100 {
			return "card"
		}
		for _, w := range c.Card.Sections[0].Widgets {
			switch {
			case (w.Paragraph == nil) == (w.Buttons == nil):
				return "a widget is one thing"
			case w.Paragraph != nil:
				if why := faultOf(w.Paragraph.Text); why != "" {
					return why
				}
			default:
				for _, b := range w.Buttons.Buttons {
					if u, err := url.Parse(b.OnClick.OpenLink.URL); err != nil || u.Scheme != "https" && u.Scheme != "http" || b.Text == "" {
						return "button"
					}
				}
			}
		}
	}
	return ""
}

// faultOf says what of a paragraph is not what we write.
func faultOf(text string) string {
	if text == "" {
		return "empty paragraph"
	}
	open := 0
	for z := html.NewTokenizer(strings.NewReader(text)); ; {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			if open != 0 {
				return "a tag stays open in " + text
			}
			return ""
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			if !slices.Contains([]string{"b", "i", "a", "br"}, tok.Data) || len(tok.Attr) > 1 || len(tok.Attr) == 1 && (tok.Attr[0].Key != "href" || !strings.HasPrefix(tok.Attr[0].Val, "http")) {
				return "tag " + tok.String()
			}
			if tok.Data != "br" {
				open += map[html.TokenType]int{html.StartTagToken: 1, html.EndTagToken: -1}[kind]
			}
		}
	}
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

func TestAnIncidentIsAThread(t *testing.T) {
	t.Parallel()
	v := newVendor()
	b, err := New(settings(), chat.Deps{HTTP: v.Client()})
	if err != nil {
		t.Fatal(err)
	}
	post := chat.Post{ChannelID: "ops", Key: chat.Key{Incident: "inc1", Part: "root"}, Content: apitest.Incident(chat.Open, "heap is 97 %")}
	v.Fault = apitest.Fault{Lost: true}
	if _, err := b.Post(t.Context(), post); !chat.Unsure(err) {
		t.Error(err)
	}
	v.Fault = apitest.Fault{}
	ts, err := b.Post(t.Context(), post)
	if err != nil || len(v.messages) != 1 {
		t.Errorf("%d messages: %v", len(v.messages), err)
	}
	post.Content = apitest.Incident(chat.Resolved, "heap was 97 %")
	if _, err := chat.Edit(t.Context(), b, post, ts); err != nil || len(v.messages) != 2 || v.messages[0].Thread != v.messages[1].Thread {
		t.Errorf("%+v: %v", v.messages, err)
	}
	if _, err := b.Post(t.Context(), chat.Post{ChannelID: "ops", Thread: ts, Key: chat.Key{Incident: "inc1", Part: "run-1"}, Content: chat.Say("restarted")}); err != nil || len(v.messages) != 3 || len(v.messages[2].Cards) != 0 || v.messages[2].Text != "restarted" {
		t.Errorf("%+v: %v", v.messages, err)
	}
	m := v.messages[0]
	w := m.Cards[0].Card.Sections[0].Widgets
	last := w[len(w)-1]
	if m.Text != "heap is 97 %" || m.Cards[0].Card.Header.Subtitle != "CRITICAL · open · heap-full" || last.Buttons == nil || last.Buttons.Buttons[0].OnClick.OpenLink.URL != "https://example.org/runbook" {
		t.Errorf("%+v", m)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	f := func(u string) {
		t.Helper()
		if _, err := New(Config{Channels: api.Channels[chat.Ref]{"ops": {Secret: config.Secret(u)}}}, chat.Deps{}); err == nil || !strings.Contains(err.Error(), "channels: ops") || strings.Contains(err.Error(), apitest.Secret) {
			t.Errorf("%q: %v", u, err)
		}
	}
	f("")
	f("http://chat.googleapis.com/v1/spaces/AAA/messages?key=k&token=" + apitest.Secret)
	f("https://evil.example/v1/spaces/AAA/messages?key=k&token=" + apitest.Secret)
	f("https://chat.googleapis.com/v1/spaces/AAA/messages?key=k")
	if _, err := New(Defaults(), chat.Deps{}); err == nil {
		t.Error("no channels")
	}
	b, _ := open(settings(), chat.Deps{})
	if _, err := b.Channel(t.Context(), "#nowhere"); !errors.Is(err, chat.ErrNoChannel) {
		t.Error(err)
	}
}

func TestSample(t *testing.T) {
	t.Setenv("GOOGLE_CHAT_OPS", hook)
	c := apitest.Sample(t, Defaults())
	if _, err := New(c, chat.Deps{}); err != nil || c.Channels["ops"].Reveal() != hook {
		t.Errorf("%+v: %v", c, err)
	}
}

func FuzzMessage(f *testing.F) {
	f.Add("heap is 97 %", "instance", "https://example.org/a?b=1&c=2", 3)
	f.Add("<users/all> <b>*x*</b>", `"><a href="x">`, "javascript:x", 100)
	f.Add(strings.Repeat("<😀", 3000), "\xff\x00", "https://x/"+strings.Repeat("&", 1900), 90)
	f.Fuzz(func(t *testing.T, text, label, link string, n int) {
		var lines chat.Lines
		for range min(max(n, 0), 200) {
			lines = append(lines, chat.Line{chat.P(text), chat.B(label), chat.C(text), chat.L(label, link), chat.U(label, text)})
		}
		c := chat.Content{Text: text, Title: label, Parts: []chat.Part{lines, chat.Note(lines), chat.Table{{text, label}, {label}}, chat.Image{Alt: text}, lines, lines, lines,
			chat.Buttons{chat.Button{Text: text, URL: link}, chat.Button{Text: label, URL: link + "2"}}}}
		m := messageOf(c)
		data, err := api.Marshal(m)
		if why := fault(m); why != "" || err != nil || len(data) > 31_000 {
			t.Errorf("%.300s (%d bytes)", why, len(data))
		}
	})
}
