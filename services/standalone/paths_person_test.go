package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// person is somebody who looks at the workspace's page, and does what people do
// there: look, click, type.
type person struct {
	*testing.T
	tab   context.Context
	url   string
	width int64
	kept  int // pictures
}

// browser starts Chromium. Without one a test is left out, except in CI.
func browser(t *testing.T) context.Context {
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

// sit opens the page as somebody, in a window of this size.
func sit(t *testing.T, browser context.Context, base, user, place string, width, height int64) *person {
	t.Helper()
	tab, done := chromedp.NewContext(browser)
	t.Cleanup(done)
	limited, end := context.WithTimeout(tab, 4*time.Minute)
	t.Cleanup(end)
	p := &person{T: t, tab: limited, url: base, width: width}
	p.do(chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, log.Enable, cdp.Empty{})
		return err
	}))
	if err := chromedp.Listen(tab, func(ev any) {
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("the page threw: %s", e.ExceptionDetails.Exception.Description)
		case *runtime.EventConsoleAPICalled:
			if e.Type == "error" {
				t.Errorf("the page logged an error: %s", asText(e.Args))
			}
		case *log.EventEntryAdded:
			if e.Entry.Level == "error" {
				t.Errorf("the page logged an error: %s %s", e.Entry.Text, e.Entry.URL)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	p.dark(false)
	p.do(chromedp.Navigate(base + "/?user=" + user + place))
	p.until("document.querySelector('.top .person')")
	return p
}

func (p *person) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.tab, steps...); err != nil {
		p.shoot("failed")
		p.Fatalf("browser: %v", err)
	}
}

// until waits for a JavaScript expression to be true.
func (p *person) until(expression string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.tab, 25*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool]("!!("+expression+")", chromedp.WithPollingInterval(30*time.Millisecond))); err != nil {
		p.shoot("failed")
		p.Fatalf("never true: %s: %v; seen last:\n%s", expression, err, p.text())
	}
}

// text is the end of what stands in the page.
func (p *person) text() string {
	text, _ := chromedp.Run(p.tab, chromedp.Evaluate[string]("[...document.querySelectorAll('.feed, dialog')].map(e => e.innerText.slice(-1500)).join('\\n----\\n')"))
	return text
}

func js(s string) string { b, _ := json.Marshal(s); return string(b) }

// sees waits until an element with a text is there.
func (p *person) sees(selector, text string) {
	p.Helper()
	p.until(fmt.Sprintf("[...document.querySelectorAll(%s)].some(e => e.innerText.includes(%s))", js(selector), js(text)))
}

// message is a selector of the message about a service in the channel, reply of
// what its thread holds.
func (p *person) message(service string) string {
	p.Helper()
	find := fmt.Sprintf("[...document.querySelectorAll('#main .message')].find(e => !e.matches('.private') && e.querySelector('.b-header')?.innerText.includes(%s))", js("wait on "+service))
	p.until(find)
	ts, err := chromedp.Run(p.tab, chromedp.Evaluate[string](find+".dataset.ts"))
	if err != nil {
		p.Fatal(err)
	}
	return fmt.Sprintf("#main .message[data-ts=%q]", ts)
}

const reply = "#thread .message"

// click clicks the first of what a selector names that carries a text, once it
// stands still. What moved or was drawn anew in that moment, and so did not get
// the click, is looked for again.
func (p *person) click(selector, text string) {
	p.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll(%s)].find(e => (e.innerText || e.getAttribute('aria-label') || '').includes(%s) && e.getClientRects().length && !e.disabled)`, js(selector), js(text))
	for tries := 1; ; tries++ {
		mark := fmt.Sprintf("n%d", time.Now().UnixNano())
		p.until(fmt.Sprintf(`(() => {
			const e = %s;
			if (!e) return false;
			for (const f of document.querySelectorAll('.feed')) f.dataset.held = '1'; // as of a person who scrolls
			e.scrollIntoView({ block: 'center' });
			const { x, y } = e.getBoundingClientRect(), at = x + ' ' + y, still = e.dataset.at === at;
			e.dataset.at = at;
			if (!still) return false;
			e.dataset.mark = %[2]s;
			addEventListener('click', (ev) => { if (ev.target.closest('[data-mark=' + %[2]s + ']')) document.body.dataset.clicked = %[2]s; }, { capture: true, once: true });
			return true;
		})()`, find, js(mark)))
		ctx, cancel := context.WithTimeout(p.tab, 3*time.Second)
		err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS("[data-mark="+mark+"]")))
		cancel()
		if err == nil {
			var got string
			if got, err = chromedp.Run(p.tab, chromedp.Evaluate[string]("document.body.dataset.clicked || ''")); err == nil && got == mark {
				return
			}
		}
		if tries == 5 {
			p.shoot("failed")
			p.Fatalf("click %q on %s: did not get there: %v", text, selector, err)
		}
	}
}

// write puts text into a field as it is pasted, key presses keys.
func (p *person) write(selector, text string) {
	p.Helper()
	p.do(chromedp.Focus(chromedp.CSS(selector)))
	p.until(fmt.Sprintf("document.activeElement.matches(%s) && (document.activeElement.select(), document.execCommand('insertText', false, %s), true)", js(selector), js(text)))
}

func (p *person) key(keys string) { p.Helper(); p.do(chromedp.KeyEvent(keys)) }

// command types a slash command, and returns a selector of what it is answered.
func (p *person) command(text string) string {
	p.Helper()
	p.until("(document.querySelectorAll('#main .message').forEach(e => e.dataset.old = '1'), true)")
	p.write("#main .composer-input", "/parley "+text)
	p.key("\r")
	return "#main .message.private:not([data-old])"
}

// fits sees that nothing sticks out to the side, and that every control can be
// reached by the keyboard and has a name.
func (p *person) fits() {
	p.Helper()
	wrong, err := chromedp.Run(p.tab, chromedp.Evaluate[string](`(() => {
		const wrong = [];
		if (document.documentElement.scrollWidth > innerWidth) wrong.push('the page scrolls to the side');
		const seen = (e) => e.getClientRects().length && getComputedStyle(e).visibility !== 'hidden';
		const tell = (e) => e.tagName + '.' + e.className + ' ' + (e.innerText || '').slice(0, 60);
		for (const e of document.querySelectorAll('.message-body *, dialog *, .home *, .composer *')) {
			if (seen(e) && e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.b-table, pre, svg, .menu')) { wrong.push('sticks out: ' + tell(e)); break; }
		}
		for (const e of document.querySelectorAll('#main .btn, dialog .btn, .menu-item')) {
			if (seen(e) && e.scrollWidth > e.clientWidth + 1) { wrong.push('is cut: ' + tell(e)); break; }
		}
		for (const e of document.querySelectorAll('button, a, input, textarea, [role=button]')) {
			if (!seen(e) || e.disabled) continue;
			const by = (e.getAttribute('aria-labelledby') || '').split(' ').map((id) => document.getElementById(id)?.innerText || '').join('');
			const name = e.getAttribute('aria-label') || by || e.innerText || e.title || e.closest('label')?.innerText || e.querySelector('img')?.alt || '';
			if (!name.trim()) wrong.push('has no name: ' + tell(e));
			if (e.tabIndex < 0) wrong.push('cannot be focused: ' + tell(e));
		}
		return wrong.join('; ');
	})()`))
	if err != nil {
		p.Fatal(err)
	}
	if wrong != "" {
		p.shoot("wrong")
		p.Errorf("at %d px: %s", p.width, wrong)
	}
}

// shoot keeps a picture of the page, in both themes, where PARLEY_SHOTS says.
func (p *person) shoot(name string) {
	dir := os.Getenv("PARLEY_SHOTS")
	if dir == "" && name != "failed" && name != "wrong" {
		return
	}
	if dir == "" {
		dir = p.ArtifactDir()
	}
	p.kept++
	for _, theme := range []string{"light", "dark"} {
		p.dark(theme == "dark")
		picture, err := chromedp.Run(p.tab, chromedp.CaptureScreenshot())
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d-%02d-%s-%s.png", p.width, p.kept, strings.ReplaceAll(name, " ", "-"), theme)), picture, 0o600)
		}
		if err != nil {
			p.Logf("picture: %v", err)
		}
	}
	p.dark(false)
}

// look sees that all fits, and keeps a picture.
func (p *person) look(name string) {
	p.Helper()
	p.fits()
	p.shoot(name)
}

func (p *person) dark(on bool) {
	scheme := map[bool]string{true: "dark", false: "light"}[on]
	_ = chromedp.Do(p.tab, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	}))
}
