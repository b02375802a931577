package chattest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Secret is in every token that Run's backends are to be given.
const Secret = "s3cr3t-token-value"

// Run checks what every backend must satisfy. open returns a backend whose
// requests go to the transport, whose tokens contain Secret, and that logs where
// it is told: no secret may come there. breakIt makes the chat fail as told.
func Run(t *testing.T, open func(t *testing.T, log *slog.Logger) (b chat.Backend, breakIt func(Fault))) {
	in := func(name string, test func(t *testing.T, b chat.Backend, breakIt func(Fault))) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, breakIt := open(t, Log(t, Secret))
				test(t, b, breakIt)
			})
		})
	}
	post := func(b chat.Backend, c chat.Content) (string, error) {
		id, err := b.Channel(context.Background(), "#ops")
		if err != nil {
			return "", err
		}
		return b.Post(context.Background(), chat.Post{ChannelID: id, Key: chat.Key{Incident: "i", Part: "root"}, Content: c})
	}
	in("posts, edits and finds again", func(t *testing.T, b chat.Backend, _ func(Fault)) {
		began := time.Now()
		ts, err := post(b, chat.Say("hello"))
		if err != nil || ts == "" {
			t.Fatalf("post: %q %v", ts, err)
		}
		id, _ := b.Channel(t.Context(), "#ops")
		key := chat.Key{Incident: "i", Part: "root"}
		if got, err := chat.Edit(t.Context(), b, chat.Post{ChannelID: id, Key: key, Content: chat.Say("hello again")}, ts); err != nil || got != ts {
			t.Errorf("edit: %q %v", got, err)
		}
		want := ts
		if _, forgets := b.(chat.Forgetting); forgets {
			want = ""
		}
		if got, err := b.Find(t.Context(), id, "", chat.Key{Incident: "i", Part: "root"}, began); err != nil || got != want {
			t.Errorf("found %q %v, want %q", got, err, want)
		}
		if got, err := b.Find(t.Context(), id, "", chat.Key{Incident: "i", Part: "other"}, began); err != nil || got != "" {
			t.Errorf("found %q %v, want nothing", got, err)
		}
	})
	in("says when to come back", func(t *testing.T, b chat.Backend, breakIt func(Fault)) {
		_, _ = post(b, chat.Say("so that the channel is known"))
		breakIt(Fault{Status: http.StatusTooManyRequests, RetryAfter: 17})
		var limited *chat.RateLimited
		if _, err := post(b, chat.Say("x")); !errors.As(err, &limited) || limited.After != 17*time.Second || chat.Unsure(err) {
			t.Errorf("got %v", err)
		}
	})
	in("tells apart what may have happened", func(t *testing.T, b chat.Backend, breakIt func(Fault)) {
		_, _ = post(b, chat.Say("so that the channel is known"))
		for name, f := range map[string]Fault{"answer lost": {Lost: true}, "500": {Status: 500}, "503": {Status: 503}, "too slow": {Slow: time.Hour}} {
			breakIt(f)
			if _, err := post(b, chat.Say("x")); err == nil || !chat.Unsure(err) {
				t.Errorf("%s: %v should be unsure", name, err)
			}
		}
	})
	in("no channel", func(t *testing.T, b chat.Backend, _ func(Fault)) {
		if _, err := b.Channel(t.Context(), "#nowhere"); !errors.Is(err, chat.ErrNoChannel) {
			t.Errorf("got %v", err)
		}
		if _, err := b.Post(t.Context(), chat.Post{ChannelID: "CNOWHERE00", Content: chat.Say("x")}); !errors.Is(err, chat.ErrNoChannel) {
			t.Errorf("got %v", err)
		}
	})
	in("a message that is gone", func(t *testing.T, b chat.Backend, _ func(Fault)) {
		id, _ := b.Channel(t.Context(), "#ops")
		if err := b.Update(t.Context(), id, "1.1", chat.Say("x")); !errors.Is(err, chat.ErrGone) {
			t.Errorf("got %v", err)
		}
	})
	in("takes any content", func(t *testing.T, b chat.Backend, _ func(Fault)) {
		for _, text := range []string{"", "\x00\xff\xfe", strings.Repeat("é€😀", 20_000), "<!channel> & <https://x|y> *b* _i_ ~s~ `c` ```", "\u202eevil", "a\nb\r\nc"} {
			c := chat.Content{Text: text, Title: text, Parts: []chat.Part{
				chat.Lines{{chat.P(text), chat.B(text), chat.C(text), chat.L(text, text), chat.U(text, text), chat.T(time.Time{})}},
				chat.Note{{chat.P(text)}}, chat.Table{{text, text}, {text}}, chat.Buttons{chat.Button{ID: "b", Text: text, Value: text, URL: text,
					Confirm: &chat.Confirm{Title: text, Text: text, Yes: text, No: text}}, chat.Menu{ID: "m", Prompt: text, Options: []chat.Option{{Text: text, Value: text}}}}}}
			if _, err := post(b, c); err != nil {
				t.Errorf("%.20q: %v", text, err)
			}
		}
	})
	in("an incident's life, with its picture and 100 labels", func(t *testing.T, b chat.Backend, _ func(Fault)) {
		for _, text := range []string{"heap is 97 %", strings.Repeat("é€😀", 1_000), `"},{"x":"y"}]} <!channel> *b* [a](https://x) @everyone`} {
			c := chat.Content{Text: text, Title: text, About: &chat.About{ID: "i", State: chat.Open, Severity: "critical", Finding: text, Count: 1}}
			line := chat.Line{}
			value := string([]rune(text)[:min(50, len([]rune(text)))])
			for n := range 100 {
				c.About.Labels = append(c.About.Labels, chat.Label{Name: "label" + strconv.Itoa(n), Value: value})
				line = append(line, chat.C("label"+strconv.Itoa(n)+"="+value), chat.P(" "))
			}
			c.Parts = []chat.Part{chat.Lines{line}, chat.Image{File: "a.png", Alt: text, PNG: []byte("\x89PNG\r\n\x1a\npicture")}}
			if u, ok := b.(chat.Uploader); ok {
				id, err := u.Upload(t.Context(), chat.Picture{Name: "a.png", Alt: text, PNG: []byte("png")})
				if err != nil {
					t.Fatal(err)
				}
				c.Parts[1] = chat.Image{File: id, Alt: "chart"}
			}
			ts, err := post(b, c)
			if err != nil {
				t.Fatalf("%.20q: %v", text, err)
			}
			channel, _ := b.Channel(t.Context(), "#ops")
			for _, state := range []chat.State{chat.Acknowledged, chat.Resolved, chat.Resolved} {
				c.About.State = state
				if ts, err = chat.Edit(t.Context(), b, chat.Post{ChannelID: channel, Key: chat.Key{Incident: "i", Part: "root"}, Content: c}, ts); err != nil || ts == "" {
					t.Errorf("%.20q %s: %q %v", text, state, ts, err)
				}
			}
			if _, err := b.Post(t.Context(), chat.Post{ChannelID: channel, Thread: ts, Key: chat.Key{Incident: "i", Part: "lines-0"}, Content: chat.Say(text)}); err != nil {
				t.Errorf("%.20q in the thread: %v", text, err)
			}
		}
	})
	in("no secret in errors", func(t *testing.T, b chat.Backend, breakIt func(Fault)) {
		_, _ = post(b, chat.Say("so that the channel is known"))
		for _, f := range []Fault{{Lost: true}, {Status: 500}, {Status: 404}, {Err: "invalid_auth"}, {Err: "token " + Secret + " is bad"}, {Slow: time.Hour}} {
			breakIt(f)
			_, err := post(b, chat.Say("x"))
			errs := []error{err, b.Update(t.Context(), "C", "1.1", chat.Say("x"))}
			if a, ok := b.(chat.Answerer); ok {
				errs = append(errs, a.Answer(t.Context(), chat.To{ChannelID: "C", UserID: "UOPERATOR", ReplyURL: "http://slack.test/response/" + Secret}, chat.Say("x")))
			}
			if u, ok := b.(chat.Uploader); ok {
				_, err := u.Upload(t.Context(), chat.Picture{Name: "a.png", PNG: []byte("png")})
				errs = append(errs, err)
			}
			for _, err := range errs {
				if err == nil || strings.Contains(err.Error(), Secret) {
					t.Errorf("%+v: %v", f, err)
				}
			}
		}
	})
}
