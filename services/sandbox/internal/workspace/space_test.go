package workspace_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

// space is a workspace on a real socket with slack-go, unchanged, as its app.
type space struct {
	*testing.T
	url string
	api *slack.Client
}

func open(t *testing.T, change ...func(*workspace.Options)) *space {
	t.Helper()
	opt := workspace.Defaults()
	opt.Log = slog.New(slog.DiscardHandler)
	opt.FileReady = 30 * time.Millisecond
	for _, f := range change {
		f(&opt)
	}
	ws, err := workspace.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(ws.Handler())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- ws.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("workspace ended: %v", err)
		}
		server.Close()
	})
	return &space{t, server.URL, slack.New(opt.BotToken, slack.OptionAPIURL(server.URL+"/api/"), slack.OptionAppLevelToken(opt.AppToken))}
}

// app runs slack-go's Socket Mode client; on is called for each event that a person causes.
func (s *space) app(on func(client *socketmode.Client, ev socketmode.Event)) {
	s.Helper()
	client := socketmode.New(s.api)
	ctx, cancel := context.WithCancel(context.Background())
	connected, ended := make(chan struct{}), make(chan struct{}, 2)
	go func() { _ = client.RunContext(ctx); ended <- struct{}{} }()
	go func() {
		defer func() { ended <- struct{}{} }()
		first := true
		for {
			select {
			case <-ctx.Done():
				return
			case ev := <-client.Events:
				switch ev.Type {
				case socketmode.EventTypeHello:
					if first {
						first = false
						close(connected)
					}
				case socketmode.EventTypeInteractive, socketmode.EventTypeSlashCommand, socketmode.EventTypeEventsAPI:
					on(client, ev)
				}
			}
		}
	}()
	s.Cleanup(func() { cancel(); <-ended; <-ended })
	select {
	case <-connected:
	case <-time.After(10 * time.Second):
		s.Fatal("slack-go did not connect")
	}
}

// drive makes a driving call and returns its answer.
func (s *space) drive(method string, args map[string]any) map[string]any {
	s.Helper()
	body, err := json.Marshal(args)
	if err != nil {
		s.Fatal(err)
	}
	resp, err := http.Post(s.url+"/api/"+method, "application/json", bytes.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		s.Fatalf("%s: status %d: %v", method, resp.StatusCode, err)
	}
	return answer
}

// must is drive for an answer with ok true.
func (s *space) must(method string, args map[string]any) map[string]any {
	s.Helper()
	answer := s.drive(method, args)
	if answer["ok"] != true {
		s.Fatalf("%s %v: %v", method, args, answer)
	}
	return answer
}

func (s *space) post(channel string, options ...slack.MsgOption) string {
	s.Helper()
	_, ts, err := s.api.PostMessage(channel, options...)
	if err != nil {
		s.Fatalf("post: %v", err)
	}
	return ts
}

// history is a channel's messages, the newest first.
func (s *space) history(channel string) []slack.Message {
	s.Helper()
	h, err := s.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: channel, IncludeAllMetadata: true})
	if err != nil {
		s.Fatalf("history: %v", err)
	}
	return h.Messages
}

func button(action, value string) *slack.ButtonBlockElement {
	return slack.NewButtonBlockElement(action, value, slack.NewTextBlockObject(slack.PlainTextType, "Collect garbage", false, false))
}

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 20))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
