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
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/sandbox/internal/fleet"
	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

// browser finds Chromium. Without one a test is left out, except in CI.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("no Chromium, and CI=true: nothing may be left out")
	}
	t.Skip("left out: no Chromium on this machine")
	return ""
}

// stage is a sandbox with an app, and a browser that looks at it.
type stage struct {
	*testing.T
	ctx context.Context
	url string
	api *slack.Client

	home func(person string) slack.HomeTabViewRequest // what the app publishes; nil is nothing
}

// window opens another page of the same browser.
func (s *stage) window(width, height int64) *stage {
	s.Helper()
	tab, done := chromedp.NewContext(s.ctx)
	s.Cleanup(done)
	other := *s
	other.ctx = tab
	other.do(chromedp.EmulateViewport(width, height))
	other.watchErrors(tab)
	other.dark(false)
	return &other
}

func onStage(t *testing.T, width, height int64) *stage {
	t.Helper()
	path := browser(t)
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
	s := &stage{T: t, url: server.URL, api: slack.New(opt.BotToken, slack.OptionAPIURL(server.URL+"/api/"), slack.OptionAppLevelToken(opt.AppToken))}

	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(int(width), int(height)), chromedp.Flag("lang", "en-GB"),
	}
	for _, flag := range []string{"disable-background-networking", "disable-component-update", "disable-sync", "disable-quic", "hide-scrollbars"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	tab, done := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(done)
	if err := chromedp.Do(tab, chromedp.EmulateViewport(width, height)); err != nil { // the first call: without a timeout
		t.Fatalf("start Chromium: %v", err)
	}
	limited, end := context.WithTimeout(tab, 60*time.Second)
	t.Cleanup(end)
	s.ctx = limited
	s.watchErrors(tab)
	s.dark(false)
	return s
}

// watchErrors fails the test on any exception in the page or anything it logs as an error.
func (s *stage) watchErrors(tab context.Context) {
	err := chromedp.Listen(tab, func(ev any) {
		if e, ok := ev.(*runtime.EventExceptionThrown); ok {
			s.Errorf("the page threw: %s", e.ExceptionDetails.Exception.Description)
		}
	})
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) do(steps ...chromedp.Action[chromedp.Void]) {
	s.Helper()
	if err := chromedp.Do(s.ctx, steps...); err != nil {
		s.shoot("failed")
		s.Fatalf("browser: %v", err)
	}
}

// until waits for a JavaScript expression to be true.
func (s *stage) until(expression string) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 10*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool]("!!("+expression+")", chromedp.WithPollingInterval(20*time.Millisecond))); err != nil {
		s.shoot("failed")
		s.Fatalf("never true: %s: %v", expression, err)
	}
}

// sees waits until an element with a text is there.
func (s *stage) sees(selector, text string) {
	s.Helper()
	s.until(fmt.Sprintf("[...document.querySelectorAll(%s)].some(e => e.innerText.includes(%s))", quote(selector), quote(text)))
}

func quote(s string) string { b, _ := json.Marshal(s); return string(b) }

// open goes to a path of the page; a fresh one, whatever was open.
func (s *stage) open(path string) {
	s.Helper()
	s.do(chromedp.Navigate(s.url + path))
	s.until("document.querySelector('.top .person')")
}

// key presses a key where the focus is.
func (s *stage) key(key string) {
	s.Helper()
	s.do(chromedp.KeyEvent(map[string]string{"Escape": kb.Escape, "ArrowDown": kb.ArrowDown, "Enter": kb.Enter}[key]))
}

// zone puts the browser into a time zone, and into American English.
func (s *stage) zone(name string) {
	s.Helper()
	s.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: "en-US"}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: name})
		return err
	}))
}

func (s *stage) click(selector string) {
	s.Helper()
	s.do(chromedp.Click(chromedp.CSS(selector)))
}

// press clicks as a slow hand does: something happens before the button is let go.
func (s *stage) press(selector string, between func()) {
	s.Helper()
	at, err := chromedp.Run(s.ctx, chromedp.Evaluate[[]float64](fmt.Sprintf("(({ x, y, width, height }) => [x + width / 2, y + height / 2])(document.querySelector(%s).getBoundingClientRect())", quote(selector))))
	if err != nil {
		s.Fatal(err)
	}
	mouse := func(kind input.DispatchMouseEventType) {
		s.Helper()
		s.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: at[0], Y: at[1], Button: input.MouseButtonLeft, ClickCount: 1})
			return err
		}))
	}
	mouse(chromedp.MousePressed)
	between()
	mouse(chromedp.MouseReleased)
}

func (s *stage) typed(selector, text string) {
	s.Helper()
	s.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// shoot keeps a picture of the page under -artifacts, or where SANDBOX_SHOTS says.
func (s *stage) shoot(name string) {
	picture, err := chromedp.Run(s.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		s.Logf("screenshot: %v", err)
		return
	}
	dir := s.ArtifactDir()
	if d := os.Getenv("SANDBOX_SHOTS"); d != "" {
		dir = d
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600); err != nil {
		s.Log(err)
	}
}

func (s *stage) dark(on bool) {
	s.Helper()
	scheme := "light"
	if on {
		scheme = "dark"
	}
	s.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}, // nothing moves under the mouse
			},
		})
		return err
	}))
}

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
