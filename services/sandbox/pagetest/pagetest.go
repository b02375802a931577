package pagetest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a Page waits for something to be seen.
const patience = 25 * time.Second

// Browser starts Chromium for the length of a test. Without one the test is left out,
// except in CI.
func Browser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" && os.Getenv("CI") == "true" {
		t.Fatal("no Chromium, and CI=true: nothing may be left out")
	}
	if path == "" {
		t.Skip("left out: no Chromium on this machine")
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900), chromedp.Flag("lang", "en-GB")}
	for _, flag := range []string{"disable-background-networking", "disable-component-update", "disable-sync", "disable-quic", "hide-scrollbars"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	first, done := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(done)
	if err := chromedp.Do(first); err != nil { // starts it
		t.Fatalf("start Chromium: %v", err)
	}
	return first
}

// Page is a window of the browser, and the person before it.
type Page struct {
	*testing.T
	Tab   context.Context // for what is not here
	Width int64           // pixels
}

// Open opens a window of a size in pixels, with nothing in it. It may be used for
// four minutes.
func Open(t *testing.T, browser context.Context, width, height int64) *Page {
	t.Helper()
	tab, done := chromedp.NewContext(browser)
	t.Cleanup(done)
	limited, end := context.WithTimeout(tab, 4*time.Minute)
	t.Cleanup(end)
	p := &Page{T: t, Tab: limited, Width: width}
	p.Do(chromedp.EmulateViewport(width, height), call(log.Enable, cdp.Empty{}))
	if err := chromedp.Listen(tab, func(ev any) {
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("the page threw: %s", e.ExceptionDetails.Exception.Description)
		case *runtime.EventConsoleAPICalled:
			if e.Type == "error" {
				said, _ := json.Marshal(e.Args)
				t.Errorf("the page logged an error: %s", said)
			}
		case *log.EventEntryAdded:
			if e.Entry.Level == "error" {
				t.Errorf("the page logged an error: %s %s", e.Entry.Text, e.Entry.URL)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	p.Dark(false)
	return p
}

// call is a command of the browser's protocol as an action.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, command, params)
		return err
	})
}

// Do does what chromedp can.
func (p *Page) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.Tab, steps...); err != nil {
		p.failed()
		p.Fatalf("browser: %v", err)
	}
}

// Visit goes to an address, and waits until the page there is a person's.
func (p *Page) Visit(url string) {
	p.Helper()
	p.Do(chromedp.Navigate(url))
	p.Until("document.querySelector('.top .person')")
}

// Until waits for a JavaScript expression to be true.
func (p *Page) Until(expression string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Tab, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool]("!!("+expression+")", chromedp.WithPollingInterval(30*time.Millisecond))); err != nil {
		p.failed()
		text, _ := chromedp.Run(p.Tab, chromedp.Evaluate[string]("[...document.querySelectorAll('.feed, dialog')].map(e => e.innerText.slice(-1500)).join('\\n----\\n')"))
		p.Fatalf("never true: %s: %v; seen last:\n%s", expression, err, text)
	}
}

// Sees waits until an element with a text is there.
func (p *Page) Sees(selector, text string) {
	p.Helper()
	p.Until(fmt.Sprintf("[...document.querySelectorAll(%s)].some(e => e.innerText.includes(%s))", JS(selector), JS(text)))
}

// JS is a string in JavaScript.
func JS(s string) string { b, _ := json.Marshal(s); return string(b) }

// Click clicks the first of what a selector names that carries a text, once it
// stands still. What moved or was drawn anew in that moment, and so did not get
// the click, is looked for again.
func (p *Page) Click(selector, text string) {
	p.Helper()
	for tries := 1; ; tries++ {
		mark := fmt.Sprintf("n%d", time.Now().UnixNano())
		p.Until(fmt.Sprintf(`(() => {
			const e = [...document.querySelectorAll(%s)].find(e => (e.innerText || e.getAttribute('aria-label') || '').includes(%s) && e.getClientRects().length && !e.disabled);
			if (!e) return false;
			for (const f of document.querySelectorAll('.feed')) f.dataset.held = '1'; // as of a person who scrolls
			e.scrollIntoView({ block: 'center' });
			const { x, y } = e.getBoundingClientRect(), at = x + ' ' + y, still = e.dataset.at === at;
			e.dataset.at = at;
			if (!still) return false;
			e.dataset.mark = %[3]s;
			addEventListener('click', (ev) => { if (ev.target.closest('[data-mark=' + %[3]s + ']')) document.body.dataset.clicked = %[3]s; }, { capture: true, once: true });
			return true;
		})()`, JS(selector), JS(text), JS(mark)))
		ctx, cancel := context.WithTimeout(p.Tab, 3*time.Second)
		err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS("[data-mark="+mark+"]")))
		cancel()
		if err == nil {
			var got string
			if got, err = chromedp.Run(p.Tab, chromedp.Evaluate[string]("document.body.dataset.clicked || ''")); err == nil && got == mark {
				return
			}
		}
		if tries == 5 {
			p.failed()
			p.Fatalf("click %q on %s: did not get there: %v", text, selector, err)
		}
	}
}

// Press clicks as a slow hand does: something happens before the button is let go.
func (p *Page) Press(selector string, between func()) {
	p.Helper()
	at, err := chromedp.Run(p.Tab, chromedp.Evaluate[[]float64](fmt.Sprintf("(({ x, y, width, height }) => [x + width / 2, y + height / 2])(document.querySelector(%s).getBoundingClientRect())", JS(selector))))
	if err != nil {
		p.Fatal(err)
	}
	mouse := func(kind input.DispatchMouseEventType) {
		p.Helper()
		p.Do(call(input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: at[0], Y: at[1], Button: input.MouseButtonLeft, ClickCount: 1}))
	}
	mouse(chromedp.MousePressed)
	between()
	mouse(chromedp.MouseReleased)
}

// Write puts text into a field as it is pasted, in place of what is there.
func (p *Page) Write(selector, text string) {
	p.Helper()
	p.Do(chromedp.Focus(chromedp.CSS(selector)))
	p.Until(fmt.Sprintf("document.activeElement.matches(%s) && (document.activeElement.select(), document.execCommand('insertText', false, %s), true)", JS(selector), JS(text)))
}

// Type presses the keys of a text in a field, one by one.
func (p *Page) Type(selector, text string) {
	p.Helper()
	p.Do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Key presses keys where the focus is: "\r", or those of package kb.
func (p *Page) Key(keys string) { p.Helper(); p.Do(chromedp.KeyEvent(keys)) }

// Dark chooses the theme, and that nothing moves under the mouse.
func (p *Page) Dark(on bool) {
	p.Helper()
	scheme := map[bool]string{true: "dark", false: "light"}[on]
	p.Do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}))
}

// Zone puts the browser into a time zone, and into American English.
func (p *Page) Zone(name string) {
	p.Helper()
	p.Do(call(emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: "en-US"}),
		call(emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: name}))
}

// Shoot keeps a picture of the page where PARLEY_SHOTS says, if it does.
func (p *Page) Shoot(name string) {
	if dir := os.Getenv("PARLEY_SHOTS"); dir != "" {
		p.shoot(dir, name)
	}
}

// failed keeps a picture of what was seen when it was not what was wanted.
func (p *Page) failed() {
	dir := os.Getenv("PARLEY_SHOTS")
	if dir == "" {
		dir = p.ArtifactDir()
	}
	p.shoot(dir, "failed")
}

func (p *Page) shoot(dir, name string) {
	picture, err := chromedp.Run(p.Tab, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600)
	}
	if err != nil {
		p.Logf("picture: %v", err)
	}
}
