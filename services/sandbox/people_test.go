package sandbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
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
	s.Click("[data-action=form]", "")
	s.Sees("dialog.view h2", "Silence")
}

// TestPageForm fills in every kind of input, in both themes.
func TestPageForm(t *testing.T) {
	t.Parallel()
	s := onStage(t, 1100, 1000)
	s.app()
	s.open("/?user=operator")
	s.openForm()
	s.Until("document.activeElement.dataset.action === 'typed'")
	s.Type("dialog [data-action=typed]", "heap")
	s.Sees("dialog .b-text", "You typed heap")
	s.Until("document.activeElement.dataset.action === 'typed' && document.activeElement.value === 'heap'") // the update took nothing away

	s.Click("dialog [data-action=which]", "")
	s.Sees(".menu", "Type at least 1 letters")
	s.Type(".menu-filter", "ch")
	s.Sees(".menu-item", "search")
	s.Shoot("form-suggestions")
	s.Click(".menu-item[data-value=checkout]", "")
	s.Sees("dialog [data-action=which]", "checkout")

	s.Click("dialog [data-action=people]", "")
	for _, person := range []string{workspace.Operator, workspace.Operator2, workspace.Viewer} { // the third is one too many
		s.Click(".menu-item[data-value='"+person+"']", "")
	}
	s.Key(kb.Escape)
	s.Sees("dialog [data-action=people]", "operator, second operator")
	s.Until("!document.querySelector('dialog [data-action=people]').innerText.includes('viewer')")
	s.Click("dialog [data-action=where]", "")
	s.Click(".menu-item[data-value='"+workspace.ChannelCost+"']", "")
	s.Key(kb.Escape)

	s.Type("dialog [data-action=number]", "1.5")
	s.Type("dialog [data-action=mail]", "nobody")
	s.Click("dialog .box", "")
	s.Click("dialog .submit", "")
	s.Sees("dialog .b-error", "Please enter a whole number.")
	s.Sees("dialog .b-error", "Please enter a valid email address.")
	s.Until("document.querySelector('dialog [data-action=number]').getAttribute('aria-invalid') === 'true' && document.activeElement.dataset.action === 'number'")
	s.Dark(true)
	s.Shoot("form-errors-dark")
	// Every input has a name, and what is wrong with it, for those who do not see it.
	s.Until(`[...document.querySelectorAll('dialog .b-input')].length === 11 && [...document.querySelectorAll('dialog .b-input')].every(box => {
		const e = box.querySelector('[aria-labelledby]'), text = (a) => e.getAttribute(a).split(' ').map(id => document.getElementById(id)?.textContent || '').join(' ');
		return text('aria-labelledby').includes(box.querySelector('.b-label').textContent) && text('aria-describedby').includes(box.querySelector('.b-error').textContent);
	})`)
	s.Do(chromedp.EmulateViewport(390, 844))
	s.Until("document.querySelector('dialog').getBoundingClientRect().width <= innerWidth && document.querySelector('dialog form').scrollWidth <= innerWidth && document.querySelector('dialog .submit').getBoundingClientRect().bottom <= innerHeight")
	s.Shoot("phone-form-dark")
	s.Do(chromedp.EmulateViewport(1100, 1000))
	s.Type("dialog [data-action=number]", "\b\b")
	s.Type("dialog [data-action=mail]", "@example.org")
	s.Click("dialog .submit", "")
	s.Until("!document.querySelector('dialog')")
	s.Sees(".message", fmt.Sprintf("typed heap which checkout people %s+%s where %s until 2026-11-23 number 1 boxes end", workspace.Operator, workspace.Operator2, workspace.ChannelCost))
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
	s.Sees(".home .b-header", "Hello "+workspace.Viewer)
	s.Until("document.documentElement.scrollWidth <= innerWidth")
	s.Shoot("phone-home")
	s.Click("[data-action=home]", "")
	s.Sees(".home .b-header", "Hello viewer clicked")
	s.Dark(true)
	s.Shoot("phone-home-dark")
	s.Click(".tabs a[href='#@parley']", "")
	s.Type(".composer-input", "what is broken?\r")
	s.Sees(".message", "You said: what is broken?")
	s.Shoot("phone-messages-dark")
	s.Click(".pane-head .drawer", "")
	s.Click(".side a[href='#@operator']", "")
	s.Sees("h1", "operator")
	s.Sees(".welcome", "Only the two of you see this.")
}

// TestPageTogether: two windows of one browser are two people.
func TestPageTogether(t *testing.T) {
	t.Parallel()
	one := onStage(t, 900, 700)
	two := one.window(900, 700)
	one.open("/?user=operator")
	two.open("/?user=second.operator")
	one.Sees(".top .person", "operator")
	two.Sees(".top .person", "second operator")

	one.Click(".side a[href='#@second.operator']", "")
	one.Sees("h1", "second operator")
	one.Type(".composer-input", "can you take the *checkout* incident?\r")
	two.Sees(".side-row.unread .badge", "1")
	two.Click(".side-row.unread", "")
	two.Sees(".message b", "checkout")
	two.Type(".composer-input", "on it\r")
	one.Sees(".message", "on it")
	one.Shoot("together-one")
	two.Shoot("together-two")

	// A third person sees none of it; a group that changes, changes at once.
	one.post("sandbox.group", map[string]any{"name": "ops", "users": []string{"operator"}})
	said := one.post("sandbox.post", map[string]any{"user": "viewer", "channel": "general", "text": "hello @ops, who has the 30 % discount?"})
	one.Sees("[data-channel=general].unread .badge", "1")
	two.Until("document.querySelector('[data-channel=general].unread') && !document.querySelector('[data-channel=general] .badge')")

	// The search finds it, by the keyboard alone.
	two.Until("document.activeElement.matches('.composer-input')")
	two.Type("#search", "discount")
	two.Sees(".result", "hello @ops, who has the 30 % discount?")
	two.Key(kb.ArrowDown)
	two.Key(kb.Enter)
	two.Sees("h1", "general")
	two.Sees(".message.found", "discount")
	two.Until(fmt.Sprintf("document.querySelector('.message.found').dataset.ts === %q", said["ts"]))
	two.Type("#search", "checkout")
	two.Sees(".result", "can you take")
	two.post("sandbox.person", map[string]any{"name": "viewer", "deleted": true})
	two.Until("![...document.querySelectorAll('.side-row')].some(e => e.innerText === 'viewer')")
}

// TestPageDates: every format of a date that Slack documents, in the reader's own zone.
func TestPageDates(t *testing.T) {
	t.Parallel()
	s := onStage(t, 900, 700)
	s.Zone("Asia/Tokyo")
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
	s.Sees(".b-text time", "2014-02-18; 02/18/2014; February 18, 2014; Feb 18, 2014; Tuesday, February 18, 2014; Tuesday, February 18, 2014; February 18, 2014; Feb 18, 2014; Tuesday, February 18, 2014; Tuesday, February 18; 11:39")
	s.Sees(".b-text time", ":42")
	s.Sees(".b-text time", " years ago; {unknown}")
	s.Sees("a[href='https://example.org/'] time", "2014-02-18")
	if _, _, err := s.api.PostMessage(workspace.ChannelOps, slack.MsgOptionText(fmt.Sprintf("<!date^%d^{date_pretty} at {time}|never> <!date^nonsense^{date}|that day>", time.Now().Unix()), false)); err != nil {
		t.Fatal(err)
	}
	s.Sees(".b-text time", "Today at ")
	s.Sees(".b-text", "that day")
}
