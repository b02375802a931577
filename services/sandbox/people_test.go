package sandbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

// openForm posts a button and opens the form behind it.
func (s *stage) openForm() {
	s.Helper()
	if _, _, err := s.api.PostMessage(workspace.ChannelOps, slack.MsgOptionBlocks(slack.NewActionBlock("do",
		slack.NewButtonBlockElement("form", "", slack.NewTextBlockObject(slack.PlainTextType, "Silence…", false, false))))); err != nil {
		s.Fatal(err)
	}
	s.click("[data-action=form]")
	s.sees("dialog.view h2", "Silence")
}

// TestPageForm fills in every kind of input, in both themes.
func TestPageForm(t *testing.T) {
	t.Parallel()
	s := onStage(t, 1100, 1000)
	s.app()
	s.open("/?user=operator")
	s.openForm()
	s.until("document.activeElement.dataset.action === 'typed'")
	s.typed("dialog [data-action=typed]", "heap")
	s.sees("dialog .b-text", "You typed heap")
	s.until("document.activeElement.dataset.action === 'typed' && document.activeElement.value === 'heap'") // the update took nothing away

	s.click("dialog [data-action=which]")
	s.sees(".menu", "Type at least 1 letters")
	s.typed(".menu-filter", "ch")
	s.sees(".menu-item", "search")
	s.shoot("form-suggestions")
	s.click(".menu-item[data-value=checkout]")
	s.sees("dialog [data-action=which]", "checkout")

	s.click("dialog [data-action=people]")
	for _, person := range []string{workspace.Operator, workspace.Operator2, workspace.Viewer} { // the third is one too many
		s.click(".menu-item[data-value='" + person + "']")
	}
	s.key("Escape")
	s.sees("dialog [data-action=people]", "operator, second operator")
	s.until("!document.querySelector('dialog [data-action=people]').innerText.includes('viewer')")
	s.click("dialog [data-action=where]")
	s.click(".menu-item[data-value='" + workspace.ChannelCost + "']")
	s.key("Escape")

	s.typed("dialog [data-action=number]", "1.5")
	s.typed("dialog [data-action=mail]", "nobody")
	s.click("dialog .box")
	s.click("dialog .submit")
	s.sees("dialog .b-error", "Please enter a whole number.")
	s.sees("dialog .b-error", "Please enter a valid email address.")
	s.until("document.querySelector('dialog [data-action=number]').getAttribute('aria-invalid') === 'true' && document.activeElement.dataset.action === 'number'")
	s.dark(true)
	s.shoot("form-errors-dark")
	// Every input has a name, and what is wrong with it, for those who do not see it.
	s.until(`[...document.querySelectorAll('dialog .b-input')].length === 11 && [...document.querySelectorAll('dialog .b-input')].every(box => {
		const e = box.querySelector('[aria-labelledby]'), text = (a) => e.getAttribute(a).split(' ').map(id => document.getElementById(id)?.textContent || '').join(' ');
		return text('aria-labelledby').includes(box.querySelector('.b-label').textContent) && text('aria-describedby').includes(box.querySelector('.b-error').textContent);
	})`)
	s.do(chromedp.EmulateViewport(390, 844))
	s.until("document.querySelector('dialog').getBoundingClientRect().width <= innerWidth && document.querySelector('dialog form').scrollWidth <= innerWidth && document.querySelector('dialog .submit').getBoundingClientRect().bottom <= innerHeight")
	s.shoot("phone-form-dark")
	s.do(chromedp.EmulateViewport(1100, 1000))
	s.typed("dialog [data-action=number]", "\b\b")
	s.typed("dialog [data-action=mail]", "@example.org")
	s.click("dialog .submit")
	s.until("!document.querySelector('dialog')")
	s.sees(".message", fmt.Sprintf("typed heap which checkout people %s+%s where %s until 2026-11-23 number 1 boxes end", workspace.Operator, workspace.Operator2, workspace.ChannelCost))
}

// TestPageHome is the app's home tab on a phone, in both themes, and its messages.
func TestPageHome(t *testing.T) {
	t.Parallel()
	s := onStage(t, 390, 844)
	s.home = func(person string) slack.HomeTabViewRequest {
		pt := func(text string) *slack.TextBlockObject {
			return slack.NewTextBlockObject(slack.PlainTextType, text, true, false)
		}
		return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewHeaderBlock(pt("Hello " + person)),
			slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, ":red_circle: *checkout-heap* is critical since <!date^1795340000^{date_short_pretty} {time}|then>", false, false), nil,
				slack.NewAccessory(slack.NewButtonBlockElement("home", "1", pt("Acknowledge")))),
			slack.NewDividerBlock(),
			slack.NewContextBlock("", slack.NewTextBlockObject(slack.MarkdownType, "2 silences · 31 messages this month, 240 incidents", false, false)),
		}}}
	}
	s.app()
	s.open("/?user=viewer#home")
	s.sees(".home .b-header", "Hello "+workspace.Viewer)
	s.until("document.documentElement.scrollWidth <= innerWidth")
	s.shoot("phone-home")
	s.click("[data-action=home]")
	s.sees(".home .b-header", "Hello viewer clicked")
	s.dark(true)
	s.shoot("phone-home-dark")
	s.click(".tabs a[href='#@parley']")
	s.typed(".composer-input", "what is broken?\r")
	s.sees(".message", "You said: what is broken?")
	s.shoot("phone-messages-dark")
	s.click(".pane-head .drawer")
	s.click(".side a[href='#@operator']")
	s.sees("h1", "operator")
	s.sees(".welcome", "Only the two of you see this.")
}

// TestPageTogether: two windows of one browser are two people.
func TestPageTogether(t *testing.T) {
	t.Parallel()
	one := onStage(t, 900, 700)
	two := one.window(900, 700)
	one.open("/?user=operator")
	two.open("/?user=second.operator")
	one.sees(".top .person", "operator")
	two.sees(".top .person", "second operator")

	one.click(".side a[href='#@second.operator']")
	one.sees("h1", "second operator")
	one.typed(".composer-input", "can you take the *checkout* incident?\r")
	two.sees(".side-row.unread .badge", "1")
	two.click(".side-row.unread")
	two.sees(".message b", "checkout")
	two.typed(".composer-input", "on it\r")
	one.sees(".message", "on it")
	one.shoot("together-one")
	two.shoot("together-two")

	// A third person sees none of it; a group that changes, changes at once.
	one.post("sandbox.group", map[string]any{"name": "ops", "users": []string{"operator"}})
	said := one.post("sandbox.post", map[string]any{"user": "viewer", "channel": "general", "text": "hello @ops, who has the 30 % discount?"})
	one.sees("[data-channel=general].unread .badge", "1")
	two.until("document.querySelector('[data-channel=general].unread') && !document.querySelector('[data-channel=general] .badge')")

	// The search finds it, by the keyboard alone.
	two.until("document.activeElement.matches('.composer-input')")
	two.typed("#search", "discount")
	two.sees(".result", "hello @ops, who has the 30 % discount?")
	two.key("ArrowDown")
	two.key("Enter")
	two.sees("h1", "general")
	two.sees(".message.found", "discount")
	two.until(fmt.Sprintf("document.querySelector('.message.found').dataset.ts === %q", said["ts"]))
	two.typed("#search", "checkout")
	two.sees(".result", "can you take")
	two.post("sandbox.person", map[string]any{"name": "viewer", "deleted": true})
	two.until("![...document.querySelectorAll('.side-row')].some(e => e.innerText === 'viewer')")
}

// TestPageDates: every format of a date that Slack documents, in the reader's own zone.
func TestPageDates(t *testing.T) {
	t.Parallel()
	s := onStage(t, 900, 700)
	s.zone("Asia/Tokyo")
	at := time.Date(2014, 2, 18, 14, 39, 42, 0, time.UTC).Unix() // in Tokyo 23:39
	say := func(format string) {
		s.post("sandbox.post", map[string]any{"user": "viewer", "channel": "cost", "text": "x"})
		if _, _, err := s.api.PostMessage(workspace.ChannelOps, slack.MsgOptionText(fmt.Sprintf("<!date^%d^%s|never>", at, format), false)); err != nil {
			t.Fatal(err)
		}
	}
	formats := "{date_num}; {date_slash}; {date}; {date_short}; {date_long}; {date_long_full}; {date_pretty}; {date_short_pretty}; {date_long_pretty}; {day_divider_pretty}; {time}; {time_secs}; {ago}; {unknown}"
	say(formats)
	say("{date_num}^https://example.org/")
	s.open("/")
	s.sees(".b-text time", "2014-02-18; 02/18/2014; February 18, 2014; Feb 18, 2014; Tuesday, February 18, 2014; Tuesday, February 18, 2014; February 18, 2014; Feb 18, 2014; Tuesday, February 18, 2014; Tuesday, February 18; 11:39")
	s.sees(".b-text time", ":42")
	s.sees(".b-text time", " years ago; {unknown}")
	s.sees("a[href='https://example.org/'] time", "2014-02-18")
	if _, _, err := s.api.PostMessage(workspace.ChannelOps, slack.MsgOptionText(fmt.Sprintf("<!date^%d^{date_pretty} at {time}|never> <!date^nonsense^{date}|that day>", time.Now().Unix()), false)); err != nil {
		t.Fatal(err)
	}
	s.sees(".b-text time", "Today at ")
	s.sees(".b-text", "that day")
}
