package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/sandbox/internal/fleet"
	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
	"github.com/parley-ops/parley/services/sandbox/pagetest"
)

// stage is a sandbox with an app, and a browser that looks at it.
type stage struct {
	*pagetest.Page
	browser context.Context
	url     string
	api     *slack.Client

	home func(person string) slack.HomeTabViewRequest // what the app publishes; nil is nothing
}

// window opens another page of the same browser.
func (s *stage) window(width, height int64) *stage {
	s.Helper()
	other := *s
	other.Page = pagetest.Open(s.T, s.browser, width, height)
	return &other
}

func onStage(t *testing.T, width, height int64) *stage {
	t.Helper()
	browser := pagetest.Browser(t)
	cfg := Defaults()
	cfg.FileReady = 10 * time.Millisecond
	opt := cfg.workspace(slog.New(slog.DiscardHandler))
	opt.AckWithin = 2 * time.Second
	opt.Commands[0].UsageHint = "[incidents | silence | help]"
	ws, err := workspace.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(newHandler(cfg, ws, fleet.New(cfg.fleet()), newAccount(t, cfg)))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- ws.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-ended
		server.CloseClientConnections()
		server.Close()
	})
	return &stage{Page: pagetest.Open(t, browser, width, height), browser: browser, url: server.URL,
		api: slack.New(opt.BotToken, slack.OptionAPIURL(server.URL+"/api/"), slack.OptionAppLevelToken(opt.AppToken))}
}

// open goes to a path of the page; a fresh one, whatever was open.
func (s *stage) open(path string) { s.Helper(); s.Visit(s.url + path) }

// picture uploads a chart and waits until it can be used.
func (s *stage) picture() string {
	s.Helper()
	data := chart(s.T)
	f, err := s.api.UploadFile(slack.UploadFileParameters{Reader: bytes.NewReader(data), FileSize: len(data), Filename: "heap.png", Title: "Heap"})
	if err != nil {
		s.Fatal(err)
	}
	for {
		info, _, _, err := s.api.GetFileInfo(f.ID, 0, 0)
		if err != nil {
			s.Fatal(err)
		}
		if info.Mimetype != "" {
			return f.ID
		}
		<-time.After(2 * time.Millisecond)
	}
}

// incident posts what the notifier would: a message with a chart and buttons.
func (s *stage) incident(channel string) string {
	s.Helper()
	file := s.picture()
	md := func(text string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.MarkdownType, text, false, false)
	}
	pt := func(text string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, text, true, false)
	}
	gc := slack.NewButtonBlockElement("gc", "token", pt("Collect garbage")).WithStyle(slack.StylePrimary).
		WithConfirm(slack.NewConfirmationBlockObject(pt("Collect garbage?"), md("This pauses *checkout-1* for about 200 ms."), pt("Collect"), pt("Cancel")))
	more := slack.NewOverflowBlockElement("more",
		slack.NewOptionBlockObject("restart", pt("Restart checkout-1"), nil), slack.NewOptionBlockObject("runbook", pt("Open the runbook"), nil))
	silence := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, pt("Silence…"), "silence",
		slack.NewOptionBlockObject("1h", pt("1 hour"), nil), slack.NewOptionBlockObject("4h", pt("4 hours"), nil))
	_, ts, err := s.api.PostMessage(channel, slack.MsgOptionText("checkout-heap is critical on checkout-1", false), slack.MsgOptionBlocks(
		slack.NewHeaderBlock(pt(":red_circle: checkout-heap: heap is 91 % on checkout-1")),
		slack.NewSectionBlock(md(fmt.Sprintf("Above *85 %%* since <!date^%d^{time}|10:41> · <!subteam^%s> · <https://example.org/runbooks/heap|runbook>", time.Now().Add(-2*time.Minute).Unix(), workspace.GroupOps)),
			[]*slack.TextBlockObject{md("*Service*\ncheckout"), md("*Instance*\n`checkout-1`"), md("*Severity*\ncritical"), md("*Requests*\n118 /s")}, slack.NewAccessory(more)),
		slack.NewImageBlockSlackFile(&slack.SlackFileObject{ID: file}, "Heap 91 %, above 85 for 2 min, was 52", "", nil),
		slack.NewActionBlock("do", gc, slack.NewButtonBlockElement("ack", "", pt("Acknowledge")), silence,
			slack.NewButtonBlockElement("why", "", pt("Give a reason")), slack.NewButtonBlockElement("restart", "", pt("Restart")).WithStyle(slack.StyleDanger)),
		slack.NewContextBlock("", md("policy *checkout-heap* · incident `i-7f3a` · team demo")),
	))
	if err != nil {
		s.Fatal(err)
	}
	return ts
}

// chart is a stand-in for a chart: a rising line over a threshold.
func chart(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 1000, 340))
	for x := range 1000 {
		for y := range 340 {
			img.Set(x, y, color.RGBA{250, 250, 252, 255})
			if y%60 == 0 {
				img.Set(x, y, color.RGBA{228, 228, 234, 255})
			}
			if y > 330-x*3/10 && x > 60 {
				img.Set(x, y, color.RGBA{219, 233, 252, 255})
			}
		}
		for w := range 4 {
			img.Set(x, 100+w/2, color.RGBA{211, 47, 47, 255})
			img.Set(x, 330-x*3/10+w, color.RGBA{37, 99, 235, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (s *stage) post(method string, args map[string]any) map[string]any {
	s.Helper()
	body, _ := json.Marshal(args)
	resp, err := http.Post(s.url+"/api/"+method, "application/json", bytes.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer["ok"] != true {
		s.Fatalf("%s: %v %v", method, answer, err)
	}
	return answer
}
