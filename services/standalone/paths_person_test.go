package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/parley-ops/parley/services/sandbox/pagetest"
)

// person is somebody who looks at the workspace's page.
type person struct {
	*pagetest.Page
	kept int // pictures
}

// sit opens the page as somebody, in a window of this size.
func sit(t *testing.T, browser context.Context, base, user, place string, width, height int64) *person {
	t.Helper()
	p := &person{Page: pagetest.Open(t, browser, width, height)}
	p.Visit(base + "/?user=" + user + place)
	return p
}

// message is a selector of the message about a service in the channel, reply of
// what its thread holds.
func (p *person) message(service string) string {
	p.Helper()
	find := fmt.Sprintf("[...document.querySelectorAll('#main .message')].find(e => !e.matches('.private') && e.querySelector('.b-header')?.innerText.includes(%s))", pagetest.JS("wait on "+service))
	p.Until(find)
	ts, err := chromedp.Run(p.Tab, chromedp.Evaluate[string](find+".dataset.ts"))
	if err != nil {
		p.Fatal(err)
	}
	return fmt.Sprintf("#main .message[data-ts=%q]", ts)
}

const reply = "#thread .message"

// command types a slash command, and returns a selector of what it is answered.
func (p *person) command(text string) string {
	p.Helper()
	p.Until("(document.querySelectorAll('#main .message').forEach(e => e.dataset.old = '1'), true)")
	p.Write("#main .composer-input", "/parley "+text)
	p.Key("\r")
	return "#main .message.private:not([data-old])"
}

// fits sees that nothing sticks out to the side, and that every control can be
// reached by the keyboard and has a name.
func (p *person) fits() {
	p.Helper()
	wrong, err := chromedp.Run(p.Tab, chromedp.Evaluate[string](`(() => {
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
		p.Errorf("at %d px: %s", p.Width, wrong)
	}
}

// shoot keeps a picture of the page in both themes, if pictures are kept.
func (p *person) shoot(name string) {
	if os.Getenv("PARLEY_SHOTS") == "" {
		return
	}
	p.kept++
	for _, theme := range []string{"light", "dark"} {
		p.Dark(theme == "dark")
		p.Shoot(fmt.Sprintf("%d-%02d-%s-%s", p.Width, p.kept, strings.ReplaceAll(name, " ", "-"), theme))
	}
	p.Dark(false)
}

// look sees that all fits, and keeps a picture.
func (p *person) look(name string) {
	p.Helper()
	p.fits()
	p.shoot(name)
}
