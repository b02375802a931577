package slack

import (
	"bytes"
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

const sandboxAPI = "http://127.0.0.1:8080/api/"

var update = flag.Bool("update", false, "write the expected files anew")

func open(t *testing.T, small *chattest.Slack) chat.Backend {
	t.Helper()
	b, err := New(Config{BotToken: "xoxb-" + chattest.Secret, AppToken: "xapp-" + chattest.Secret, SigningSecret: chattest.Secret, APIURL: "http://slack.test/api"},
		chat.Deps{Log: slog.New(slog.DiscardHandler), HTTP: small.Client()})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestConformance(t *testing.T) {
	chattest.Run(t, func(t *testing.T, log *slog.Logger) (chat.Backend, func(chattest.Fault)) {
		small := chattest.NewSlack()
		var f chattest.Fault
		small.Fault = func(chattest.Call) chattest.Fault { return f }
		t.Cleanup(func() {
			if faults := small.Faults(); len(faults) > 0 {
				t.Errorf("content that Slack refuses: %v", faults)
			}
		})
		b := open(t, small).(*Backend)
		b.log = log
		return b, func(next chattest.Fault) { f = next }
	})
}

// FuzzBlocks: whatever the content, Slack takes it, and data is never markup.
func FuzzBlocks(f *testing.F) {
	f.Add("hello", "a=b", "https://example.org", 3)
	f.Add("<!channel> *b* _i_ ~s~ `c` > quote", "<@U123456>", "javascript:alert(1)", 60)
	f.Add(strings.Repeat("x", 4000), "\xff\x00", "http://a b|c>", 200)
	f.Fuzz(func(t *testing.T, text, label, link string, n int) {
		n = min(max(n, 0), 300)
		var lines chat.Lines
		for range n {
			lines = append(lines, chat.Line{chat.P(text), chat.C(label), chat.B(text), chat.L(label, link), chat.U(label, text)})
		}
		var buttons chat.Buttons
		for range min(n, 40) {
			buttons = append(buttons, chat.Button{ID: label, Text: text, Value: label, URL: link}, chat.Menu{ID: text, Prompt: label, Options: []chat.Option{{Text: text, Value: label}}})
		}
		c := chat.Content{Text: text, Title: label, Parts: []chat.Part{lines, chat.Note(lines[:min(n, 15)]), chat.Table{{text, label}, {label}}, buttons}}
		data, err := json.Marshal(blocks(c))
		if err != nil {
			t.Fatal(err)
		}
		var decoded []map[string]any
		_ = json.Unmarshal(data, &decoded)
		if faults := chattest.Check(decoded, nil); len(faults) > 0 {
			t.Errorf("%v", faults[0])
		}
		if s := escape(text); strings.ContainsAny(s, "<>*~`\n") || !utf8.ValidString(s) {
			t.Errorf("escape(%q) = %q", text, s)
		}
		if s := code(label); strings.Count(s, "`") != 0 && strings.Count(s, "`") != 2 || strings.ContainsAny(s, "<>") {
			t.Errorf("code(%q) = %q", label, s)
		}
		if n := utf8.RuneCountInString(summary(c)); n > maxText {
			t.Errorf("%d characters of text", n)
		}
	})
}

func TestEscape(t *testing.T) {
	t.Parallel()
	f := func(in, want string) {
		t.Helper()
		if got := escape(in); got != want {
			t.Errorf("escape(%q) = %q, want %q", in, got, want)
		}
	}
	f("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d")
	f("<!channel> <@U123>", "&lt;!channel&gt; &lt;@U123&gt;")
	f("*bold* ~struck~ `code`", "∗bold∗ ∼struck∼ ˋcodeˋ")
	f("http_requests_total _it_", "http_requests_total ˍitˍ")
	f("> quoted", "› quoted")
	f("at 12:30:45 :tada:", "at 12:30:45 ꞉tada:")
	f("two\nlines\tand \x07bell \u202eback", "two lines and bell back")
}

func TestConfig(t *testing.T) {
	t.Parallel()
	f := func(c Config, api, fault string) {
		t.Helper()
		got, err := c.resolved()
		if fault != "" && (err == nil || !strings.Contains(err.Error(), fault)) || fault == "" && (err != nil || got.APIURL != api) {
			t.Errorf("%+v: %q %v", c, got.APIURL, err)
		}
	}
	f(Defaults(), sandboxAPI, "")
	f(Config{APIURL: "http://sandbox:8080/api"}, "http://sandbox:8080/api/", "")
	f(Config{BotToken: "xoxb-1"}, realAPI, "")
	f(Config{BotToken: "xoxb-1", APIURL: "http://h/api/"}, "http://h/api/", "")
	f(Config{BotToken: "xapp-1"}, "", "SLACK_BOT_TOKEN")
	f(Config{BotToken: "xoxb-1", AppToken: "xoxb-2"}, "", "SLACK_APP_TOKEN")
	f(Config{APIURL: "sandbox"}, "", "SLACK_API_URL")
	if s := (Config{BotToken: "xoxb-1"}).BotToken.String(); s != "***" {
		t.Errorf("a token prints as %q", s)
	}
}

func TestReplyURLsLeadToSlackOnly(t *testing.T) {
	t.Parallel()
	for api, want := range map[string]map[string]bool{
		realAPI:    {"https://hooks.slack.com/actions/T/1/x": true, "https://slack.com/x": true, "http://hooks.slack.com/x": false, "https://evil.example/x": false, "https://hooks.slack.com.evil.example/": false, "": false},
		sandboxAPI: {"http://127.0.0.1:8080/response/R1": true, "http://127.0.0.1:4222/": false, "http://169.254.169.254/latest/": false},
	} {
		b := &Backend{cfg: Config{APIURL: api}}
		for u, ok := range want {
			if b.ours(u) != ok {
				t.Errorf("%s: %q is ours: %v", api, u, !ok)
			}
		}
	}
}

func TestSameClickSameID(t *testing.T) {
	t.Parallel()
	raw := `{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U123456","name":"ann"},"channel":{"id":"C1"},
		"container":{"message_ts":"1.1","channel_id":"C1"},"trigger_id":"%s","actions":[{"type":"static_select","action_id":"silence","block_id":"b",
		"action_ts":"5.5","selected_option":{"value":"inc1.1h"}}]}`
	ids := map[string]bool{}
	for _, trigger := range []string{"1", "2"} { // a retry has its own trigger
		var c slack.InteractionCallback
		if err := json.Unmarshal([]byte(strings.Replace(raw, "%s", trigger, 1)), &c); err != nil {
			t.Fatal(err)
		}
		e := interaction(&c)
		if len(e) != 1 || e[0].GetClick().GetValue() != "inc1.1h" || e[0].GetClick().GetMessageTs() != "1.1" {
			t.Fatalf("%v", e)
		}
		ids[e[0].GetId()] = true
	}
	if len(ids) != 1 {
		t.Errorf("ids %v", ids)
	}
}

// golden compares got with testdata/name, ids of pictures left out.
func golden(t *testing.T, name string, got any) {
	t.Helper()
	data, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(append(data, '\n'), want) {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", path, data)
	}
}

func TestContentAsBlocks(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)
	c := chat.Content{Text: "CRITICAL: heap is 97 %", Title: "🔴 heap is 97 %", Parts: []chat.Part{
		chat.Lines{{chat.B("CRITICAL"), chat.P(" since "), chat.T(at)}, {chat.C("service=checkout"), chat.P(" "), chat.L("runbook", "https://example.org/a?b=1&c=2")}},
		chat.Lines{{chat.P("👀 "), chat.U("U00OPERATOR", "operator"), chat.P(" and "), chat.U("", "ann")}},
		chat.Table{{"metric", "value"}, {"heap", "97 %"}},
		chat.Buttons{chat.Button{ID: "run:gc", Text: "Collect garbage", Value: "i.r", Style: "primary", Confirm: &chat.Confirm{Title: "Sure?", Text: "It pauses.", Yes: "Do it", No: "Leave it"}},
			chat.Menu{ID: "silence", Prompt: "Silence 1 h …", Options: []chat.Option{{Text: "1 h", Value: "i.1h"}}}, chat.Button{ID: "runbook", Text: "Runbook", URL: "https://example.org"}},
		chat.Note{{chat.P("policy "), chat.C("heap")}}}}
	golden(t, "content.json", blocks(c))
}
