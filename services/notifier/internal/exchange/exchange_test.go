package exchange

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// paper is a backend that writes down what it is told.
type paper struct {
	name string

	mu   sync.Mutex
	fail error
	said []string
	pngs []string
}

func (p *paper) Name() string { return p.name }

func (p *paper) Channel(_ context.Context, name string) (string, error) {
	return "id-" + strings.TrimPrefix(name, "#"), nil
}

func (p *paper) Post(_ context.Context, q chat.Post) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return "", p.fail
	}
	p.said = append(p.said, q.ChannelID+": "+q.Content.Text)
	for _, part := range q.Content.Parts {
		if i, ok := part.(chat.Image); ok {
			p.pngs = append(p.pngs, i.File+"/"+string(i.PNG))
		}
	}
	return "1", nil
}

func (p *paper) Update(ctx context.Context, channel, _ string, c chat.Content) error {
	_, err := p.Post(ctx, chat.Post{ChannelID: channel, Content: c})
	return err
}

func (p *paper) Find(context.Context, string, string, chat.Key, time.Time) (string, error) {
	return "", nil
}

func (p *paper) set(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = err
}

// uploading is a paper that uploads pictures.
type uploading struct {
	*paper
	err error
}

func (u *uploading) Upload(context.Context, chat.Picture) (string, error) {
	if u.err != nil {
		return "", u.err
	}
	return "F1", nil
}
func (u *uploading) AwaitPicture(context.Context, string) error { return nil }

func several(first chat.Backend, others ...*paper) *Exchange {
	m := map[string]chat.Backend{}
	for _, o := range others {
		m[o.name] = o
	}
	return New(first, m, []string{"#ops", "mail:oncall"}, chat.Deps{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
}

func TestChannelsLeadToTheirBackends(t *testing.T) {
	t.Parallel()
	slack, discord := &paper{name: "slack"}, &paper{name: "discord"}
	x := several(slack, discord)
	for name, want := range map[string]string{"#ops": "id-ops", "C01": "id-C01", "slack:ops": "id-ops", "discord:alerts": "discord:id-alerts"} {
		id, err := x.Channel(t.Context(), name)
		if err != nil || id != want {
			t.Errorf("%s: %q %v, want %q", name, id, err, want)
		}
		if _, err := x.Post(t.Context(), chat.Post{ChannelID: id, Content: chat.Say(name)}); err != nil {
			t.Error(err)
		}
	}
	if len(slack.said) != 3 || !slices.Equal(discord.said, []string{"id-alerts: discord:alerts"}) {
		t.Errorf("slack %q, discord %q", slack.said, discord.said)
	}
	if _, err := x.Channel(t.Context(), "teams:x"); !errors.Is(err, chat.ErrNoChannel) || !strings.Contains(err.Error(), "slack, discord") {
		t.Errorf("got %v", err)
	}
}

func TestAChannelThatOnlyFailsIsDisabledAndComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slack, discord := &paper{name: "slack"}, &paper{name: "discord"}
		x := several(slack, discord)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _ = x.Receive(ctx, nil) })
		defer wg.Wait()
		defer cancel()
		id, _ := x.Channel(ctx, "discord:alerts")
		post := func() error {
			_, err := x.Post(ctx, chat.Post{ChannelID: id, Content: chat.Say("hello")})
			return err
		}
		discord.set(errors.New("500"))
		var limited *chat.RateLimited
		for range 4 {
			_ = post()
		}
		time.Sleep(time.Minute)
		if _ = post(); x.Stopped("discord:alerts") {
			t.Error("disabled after a minute")
		}
		time.Sleep(time.Minute)
		_ = post()
		if !x.Stopped("discord:alerts") || x.Stopped("#ops") || x.Stopped("discord:other") {
			t.Error("not disabled, or others too")
		}
		if err := post(); !errors.As(err, &limited) || limited.After != tryEvery {
			t.Errorf("not told when to come back: %v", err)
		}
		if n := testutil.ToFloat64(x.disabled.WithLabelValues("discord", "discord:alerts")); n != 1 {
			t.Errorf("metric %v", n)
		}
		synctest.Wait()
		if len(slack.said) != 1 || !strings.Contains(slack.said[0], "discord:alerts is disabled: it has failed 6 times") {
			t.Errorf("the operator was told %q", slack.said)
		}
		discord.set(nil)
		time.Sleep(tryEvery)
		if err := post(); err != nil || x.Stopped("discord:alerts") {
			t.Errorf("still disabled: %v", err)
		}
		synctest.Wait()
		if len(slack.said) != 2 || !strings.Contains(slack.said[1], "discord:alerts works again") {
			t.Errorf("the operator was told %q", slack.said)
		}
	})
}

func TestTheOperatorIsToldByAnotherRoute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slack, mail := &paper{name: "slack"}, &paper{name: "mail"}
		x := several(slack, mail)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _ = x.Receive(ctx, nil) })
		defer wg.Wait()
		defer cancel()
		id, _ := x.Channel(ctx, "#ops")
		slack.set(chat.ErrSetup)
		for range 6 {
			_, _ = x.Post(ctx, chat.Post{ChannelID: id, Content: chat.Say("hello")})
			time.Sleep(30 * time.Second)
		}
		synctest.Wait()
		if len(mail.said) != 1 || !strings.HasPrefix(mail.said[0], "id-oncall: ⚠️ #ops is disabled") {
			t.Errorf("told %q", mail.said)
		}
	})
}

func TestPicturesReachThoseThatUploadAndThoseThatCarryThem(t *testing.T) {
	t.Parallel()
	slack, discord := &uploading{paper: &paper{name: "slack"}}, &paper{name: "discord"}
	x := several(slack, discord)
	show := func(id string) {
		c := chat.Content{Text: "x", Parts: []chat.Part{chat.Image{File: id, Alt: "alt"}}}
		for _, channel := range []string{"C1", "discord:a"} {
			if _, err := x.Post(t.Context(), chat.Post{ChannelID: channel, Content: c}); err != nil {
				t.Error(err)
			}
		}
	}
	slack.err = errors.New("500")
	id, err := x.Upload(t.Context(), chat.Picture{Name: "a.png", PNG: []byte("PNG")})
	if err == nil || !Lacks(id) {
		t.Errorf("%q %v", id, err)
	}
	show(id)
	if len(slack.pngs) != 0 || !slices.Equal(discord.pngs, []string{"a.png/PNG"}) {
		t.Errorf("slack %q, discord %q", slack.pngs, discord.pngs)
	}
	slack.err = nil
	if id, err = x.Upload(t.Context(), chat.Picture{Name: "a.png", PNG: []byte("PNG")}); err != nil || Lacks(id) {
		t.Errorf("%q %v", id, err)
	}
	if show(id); !slices.Equal(slack.pngs, []string{"F1/"}) {
		t.Errorf("slack %q", slack.pngs)
	}
}

func TestPicturesAreBounded(t *testing.T) {
	t.Parallel()
	var s pictures
	for i := range 10 {
		s.put(string(rune('a'+i)), make([]byte, picturesKept/4))
	}
	if len(s.byID) != 4 || s.size > picturesKept || s.get("j") == nil || s.get("a") != nil {
		t.Errorf("%d pictures, %d bytes", len(s.byID), s.size)
	}
}

func TestFile(t *testing.T) {
	t.Setenv("PARLEY_TEST_SECRET", "s3cr3t")
	type cfg struct {
		URL chat.Ref `yaml:"url"`
		N   int      `yaml:"n"`
	}
	var got cfg
	kinds := map[string]chat.Maker{
		"slack": chat.Kind(func() struct{} { return struct{}{} }, func(struct{}, chat.Deps) (chat.Backend, error) { return nil, nil }),
		"discord": chat.Listed(func() cfg { return cfg{N: 3} }, func(c cfg, d chat.Deps) (chat.Backend, error) {
			got = c
			return &paper{name: d.Name}, nil
		})}
	f := func(text, want string) {
		t.Helper()
		file, err := Parse([]byte(text), kinds, "slack", chat.Deps{})
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, want %q", text, err, want)
		case err != nil && strings.Contains(err.Error(), "s3cr3t"):
			t.Errorf("a secret in %v", err)
		case err == nil && strings.Contains(text, "name:") && file.Backends["alerts"] == nil:
			t.Errorf("%q: %v", text, file.Backends)
		}
	}
	f("", "")
	f("chats: []", "")
	f("operator: ['#ops']\nchats:\n- {name: alerts, kind: discord, url: 'env:PARLEY_TEST_SECRET'}", "")
	if got.URL.Reveal() != "s3cr3t" || got.N != 3 {
		t.Errorf("%+v", got)
	}
	f("chatz: []", "line 1: field chatz")
	f("chats:\n- kind: discord\n  urll: x", "line 3: field urll")
	f("chats:\n- kind: discord\n  url: https://hooks/s3cr3t", "write env:NAME or file:PATH")
	f("chats:\n- kind: discord\n  url: env:PARLEY_TEST_NONE", "no such variable")
	f("chats:\n- kind: irc", "line 2: there is no kind of chat \"irc\"; there are discord")
	f("chats:\n- kind: slack", "set up by settings")
	f("chats:\n- {kind: discord}\n- {kind: discord}", "line 3: the name \"discord\" is taken")
	f("chats:\n- {kind: discord, name: slack}", "taken")
	f("chats:\n- {kind: discord, name: 'a:b'}", "small letters")
	f("chats:\n- just text", "want kind")
}

func FuzzFile(f *testing.F) {
	f.Add([]byte("operator: ['#ops']\nchats:\n- {name: a, kind: discord, url: 'env:HOME'}"))
	kinds := map[string]chat.Maker{"discord": chat.Listed(func() struct{} { return struct{}{} }, func(_ struct{}, d chat.Deps) (chat.Backend, error) { return &paper{name: d.Name}, nil })}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data, kinds, "slack", chat.Deps{})
		for name, b := range file.Backends {
			if err != nil || b == nil || !nameLike.MatchString(name) {
				t.Errorf("%q: %v %v", name, b, err)
			}
		}
	})
}
