package mail

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.yaml.in/yaml/v4"
	"golang.org/x/net/html"

	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/api/apitest"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

var png = []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("picture", 50))

func settings() Config {
	return Config{Server: "mail.test", TLS: STARTTLS, Username: "parley", Password: chat.Ref{Secret: config.Secret(apitest.Secret)}, From: "Pärley <parley@example.org>",
		Channels: api.Channels[[]string]{"ops": {"Ops <ops@example.org>", "gone@example.org", "ann@example.org"}, "none": {"gone@example.org"}}}
}

func start(t *testing.T, s *server, c Config) *Backend {
	t.Helper()
	b, err := open(c, chat.Deps{Log: chattest.Log(t, apitest.Secret)})
	if err != nil {
		t.Fatal(err)
	}
	b.dial, b.roots = s.dial, s.roots
	return b
}

// bubble runs a test in virtual time against a server.
func bubble(t *testing.T, test func(t *testing.T, s *server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		test(t, s)
		synctest.Wait()
		if len(s.faults) > 0 {
			t.Errorf("the server objects: %q", s.faults)
		}
	})
}

// opened is a mail as its reader sees it.
type opened struct {
	head            mail.Header
	subject         string
	text, html, cid string
	png             []byte
	parts           int
}

func read(t *testing.T, data string) opened {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatalf("%v in %q", err, data)
	}
	o := opened{head: m.Header}
	if o.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Error(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/related" {
		t.Fatalf("%q %v", kind, err)
	}
	o.walk(t, m.Body, params["boundary"])
	return o
}

func (o *opened) walk(t *testing.T, r io.Reader, boundary string) {
	t.Helper()
	for parts := multipart.NewReader(r, boundary); ; {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		o.parts++
		kind, params, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		switch kind {
		case "multipart/alternative":
			o.walk(t, p, params["boundary"])
		case "text/plain", "text/html":
			data, err := io.ReadAll(quotedprintable.NewReader(p))
			if err != nil {
				t.Error(err)
			}
			if kind == "text/html" {
				o.html = string(data)
			} else {
				o.text = string(data)
			}
		case "image/png":
			o.png, err = io.ReadAll(base64.NewDecoder(base64.StdEncoding, p))
			if err != nil {
				t.Error(err)
			}
			o.cid = strings.Trim(p.Header.Get("Content-Id"), "<>")
		default:
			t.Errorf("part of type %q", kind)
		}
	}
}

// check tells what of the page is not what we write: elements, attributes,
// addresses.
func check(t *testing.T, page string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			if !slices.Contains([]string{"html", "head", "meta", "body", "div", "h2", "p", "br", "b", "code", "pre", "img", "a"}, tok.Data) {
				t.Errorf("element %q in %.300q", tok.Data, page)
			}
			for _, a := range tok.Attr {
				if !slices.Contains([]string{"charset", "name", "content", "style", "src", "alt", "href"}, a.Key) ||
					a.Key == "href" && !strings.HasPrefix(a.Val, "http://") && !strings.HasPrefix(a.Val, "https://") || a.Key == "src" && !strings.HasPrefix(a.Val, "cid:") ||
					a.Key == "style" && strings.Contains(a.Val, "url(") {
					t.Errorf("attribute %q=%q", a.Key, a.Val)
				}
			}
		}
	}
}

func TestAnIncidentIsAThread(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *server) {
		b := start(t, s, settings())
		c := apitest.Incident(chat.Open, "heap is 97 %")
		c.Parts = append(c.Parts, chat.Image{Alt: `the heap rises to "97 %"`, PNG: png})
		resolved := apitest.Incident(chat.Resolved, "Resolved: heap is 97 %")
		for _, told := range []chat.Told{apitest.Told(chat.Opened, "ops", c), apitest.Told(chat.Noted, "ops", chat.Say("garbage collected")), apitest.Told(chat.Ended, "ops", resolved)} {
			if told.Event == chat.Noted {
				told.Key.Part = "run-1"
			}
			if err := b.Tell(t.Context(), told); err != nil {
				t.Fatal(err)
			}
		}
		if len(s.mails) != 3 {
			t.Fatalf("%d mails", len(s.mails))
		}
		first := read(t, s.mails[0].data)
		if !s.mails[0].tls || len(s.mails[0].to) != 2 || s.mails[0].from != "FROM:<parley@example.org>" || len(s.logins) != 3 || s.logins[0] != "\x00parley\x00"+apitest.Secret {
			t.Errorf("%+v %q", s.mails[0], s.logins)
		}
		if first.subject != "heap is 97 %" || first.head.Get("References") != "" || first.head.Get("Importance") != "high" || first.head.Get("Auto-Submitted") != "auto-generated" {
			t.Errorf("first: %v", first.head)
		}
		if !bytes.Equal(first.png, png) || !strings.Contains(first.html, `src="cid:`+first.cid+`"`) || !strings.Contains(first.html, "alt=\"the heap rises to &#34;97 %&#34;\"") {
			t.Errorf("the picture is not in it: %q %q", first.cid, first.html)
		}
		if !strings.HasPrefix(first.text, "heap is 97 %\r\n") || !strings.Contains(first.text, "Runbook: https://example.org/runbook") {
			t.Errorf("text: %q", first.text)
		}
		check(t, first.html)
		root := first.head.Get("Message-Id")
		for _, m := range s.mails[1:] {
			o := read(t, m.data)
			if o.head.Get("References") != root || o.head.Get("In-Reply-To") != root || o.head.Get("Message-Id") == root || o.subject != "Re: heap is 97 %" || o.png != nil {
				t.Errorf("not in the thread of %s: %v", root, o.head)
			}
		}
		// The same again is the same mail, but for its date.
		if err := b.Tell(t.Context(), apitest.Told(chat.Ended, "ops", resolved)); err != nil {
			t.Fatal(err)
		}
		undated := regexp.MustCompile(`(?m)^Date: .*$`)
		if undated.ReplaceAllString(s.mails[2].data, "") != undated.ReplaceAllString(s.mails[3].data, "") {
			t.Errorf("told again, it is another mail: %q %q", s.mails[2].data, s.mails[3].data)
		}
	})
}

func TestAnyContentIsOneMail(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *server) {
		b := start(t, s, settings())
		for i, text := range apitest.Texts {
			for _, state := range []chat.State{chat.Open, chat.Acknowledged, chat.Resolved} {
				told := apitest.Told(chat.Opened, "ops", apitest.Incident(state, text))
				told.Key.Incident = string(rune('a' + i))
				if err := b.Tell(t.Context(), told); err != nil {
					t.Errorf("%.20q: %v", text, err)
				}
			}
		}
		for _, m := range s.mails {
			o := read(t, m.data)
			check(t, o.html)
			if o.parts != 3 || len(o.head) != 9 && len(o.head) != 10 || strings.TrimSpace(o.text) == "" || strings.ContainsAny(o.text, "\x00\u202e") {
				t.Errorf("%d parts, %d headers: %v", o.parts, len(o.head), o.head)
			}
		}
	})
}

func TestWhatTheServerSays(t *testing.T) {
	t.Parallel()
	f := func(name string, set func(s *server, c *Config), kind error, unsure, later bool) {
		t.Helper()
		bubble(t, func(t *testing.T, s *server) {
			c := settings()
			set(s, &c)
			began := time.Now()
			err := start(t, s, c).Tell(context.Background(), apitest.Told(chat.Opened, "ops", apitest.Incident(chat.Open, "x")))
			if kind == nil && !unsure && !later && name != "no connection" && name != "hangs" && name != "untrusted" {
				if err != nil || len(s.mails) != 1 {
					t.Errorf("%s: %v", name, err)
				}
				return
			}
			if err == nil || kind != nil && !errors.Is(err, kind) || chat.Unsure(err) != unsure || errors.As(err, new(*chat.RateLimited)) != later || strings.Contains(err.Error(), apitest.Secret) || time.Since(began) > time.Minute {
				t.Errorf("%s: %v (unsure %v) after %s", name, err, chat.Unsure(err), time.Since(began))
			}
		})
	}
	says := func(verb, answer string) func(*server, *Config) {
		return func(s *server, _ *Config) { s.answers[verb] = answer }
	}
	f("starttls", func(*server, *Config) {}, nil, false, false)
	f("tls", func(s *server, c *Config) { s.implicit, c.TLS = true, TLS }, nil, false, false)
	f("login", func(s *server, _ *Config) { s.login = true }, nil, false, false)
	f("relay", func(s *server, c *Config) { s.plain, c.TLS, c.Username = true, None, ""; c.Password = chat.Ref{} }, nil, false, false)
	f("no starttls", func(s *server, _ *Config) { s.plain = true }, chat.ErrSetup, false, false)
	f("untrusted", func(s *server, c *Config) { c.Server = "other.test" }, nil, false, false)
	f("wrong password", says("AUTH", "535 5.7.8 no: "+apitest.Secret), chat.ErrSetup, false, false)
	f("busy log in", says("AUTH", "454 4.7.0 later"), nil, false, true)
	f("sender refused", says("MAIL", "550 5.7.1 not you"), chat.ErrRefused, false, false)
	f("greylisted", says("RCPT", "451 4.7.1 later"), nil, false, true)
	f("nobody there", says("RCPT", "550 5.1.1 nobody"), chat.ErrNoChannel, false, false)
	f("refused", says(".", "554 5.7.1 spam"), chat.ErrRefused, false, false)
	f("full", says(".", "452 4.3.1 disk"), nil, false, true)
	f("answer lost", says(".", "drop"), nil, true, false)
	f("never answers", says(".", "hang"), nil, true, false)
	f("hangs", says("MAIL", "hang"), nil, false, false)
	f("no connection", says("dial", "refused"), nil, false, false)
}

func TestChannels(t *testing.T) {
	t.Parallel()
	b := start(t, newServer(t), settings())
	if id, err := b.Channel(t.Context(), "#ops"); err != nil || id != "ops" {
		t.Errorf("%q %v", id, err)
	}
	if _, err := b.Channel(t.Context(), "#nowhere"); !errors.Is(err, chat.ErrNoChannel) {
		t.Error(err)
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
	f(func(c *Config) { c.Server = "" }, "server")
	f(func(c *Config) { c.Server = "user@host:25" }, "server")
	f(func(c *Config) { c.TLS = "ssl" }, "tls")
	f(func(c *Config) { c.TLS = None }, "tls")
	f(func(c *Config) { c.Password = chat.Ref{} }, "username and password")
	f(func(c *Config) { c.From = "parley" }, "from")
	f(func(c *Config) { c.From = "a@b\r\nBcc: x@y" }, "from")
	f(func(c *Config) { c.Channels = nil }, "channels")
	f(func(c *Config) { c.Channels["ops"] = []string{"a@b, c@d"} }, "channels: ops")
	f(func(c *Config) { c.Channels["ops"] = nil }, "channels: ops")
}

func TestSample(t *testing.T) {
	t.Setenv("SMTP_PASSWORD", apitest.Secret)
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
	if _, err := New(c, chat.Deps{}); err != nil || c.Password.Reveal() != apitest.Secret {
		t.Errorf("%+v: %v", c, err)
	}
}

// FuzzLetter: whatever the data, a mail has the headers and parts that we
// write, and the page the elements.
func FuzzLetter(f *testing.F) {
	f.Add("heap is 97 %", "https://example.org/a?b=1&c=2")
	f.Add("a\r\nBcc: evil@example.org\r\n\r\n<script>", `javascript:alert("x")`)
	f.Add(`"><img src=x onerror=y>`, `https://x/" onclick="y`)
	f.Fuzz(func(t *testing.T, text, link string) {
		b, err := open(settings(), chat.Deps{})
		if err != nil {
			t.Fatal(err)
		}
		c := chat.Content{Text: text, Title: link, Parts: []chat.Part{chat.Lines{{chat.P(text), chat.B(link), chat.C(text), chat.L(text, link), chat.U(text, link)}}, chat.Table{{text, link}},
			chat.Buttons{chat.Button{Text: text, URL: link}}, chat.Image{Alt: text, PNG: png}}}
		told := chat.Told{Event: chat.Opened, ChannelID: "ops", Key: chat.Key{Incident: text, Part: link}, Content: c, ID: link}
		data, err := write(b.letter(told, b.places.channels["ops"]))
		if err != nil {
			t.Fatal(err)
		}
		o := read(t, string(data))
		check(t, o.html)
		if o.parts != 4 || len(o.head) != 9 || !bytes.Equal(o.png, png) {
			t.Errorf("%d parts, %d headers: %v", o.parts, len(o.head), o.head)
		}
		for _, l := range strings.Split(string(data), "\r\n") {
			if len(l) > 998 || strings.ContainsAny(l, "\r\n\x00") {
				t.Errorf("line %.80q", l)
			}
		}
	})
}
