package sandbox

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

func TestPageDesktop(t *testing.T) {
	t.Parallel()
	s := onStage(t, 1280, 860)
	s.app()
	s.post("sandbox.post", map[string]any{"user": "second operator", "channel": "ops", "text": "Deploying cart 1.18 now, :eyes: on the graphs please @ops"})
	s.post("sandbox.post", map[string]any{"user": "viewer", "channel": "general", "text": "Lunch? :pizza:"})
	ts := s.incident(workspace.ChannelOps)
	if _, _, err := s.api.PostMessage(workspace.ChannelOps, slack.MsgOptionText("Heap was 52 % ten minutes ago", false), slack.MsgOptionTS(ts)); err != nil {
		t.Fatal(err)
	}
	s.post("sandbox.post", map[string]any{"user": "second operator", "channel": "ops", "text": "That is the leak again, <see ticket>", "thread_ts": ts})
	s.post("sandbox.react", map[string]any{"user": "second operator", "channel": "ops", "ts": ts, "name": "eyes"})

	s.Dark(false)
	s.Do(chromedp.Navigate(s.url))
	s.Sees(".b-header", "heap is 91 %")
	s.Sees(".status.on", "Parley is connected")
	s.Until("!document.body.innerText.match(/null|undefined|\\[object/)")
	s.Until("document.querySelector('.b-image img').naturalWidth === 1000")
	// Room is kept for one that has not come, in its shape.
	s.Until(`((e) => {
		const { width, height } = e.getBoundingClientRect();
		e.src = 'data:';
		const empty = e.getBoundingClientRect();
		e.src = e.dataset.src;
		return width > 300 && Math.abs(width / height - 1000 / 340) < 0.02 && empty.width === width && Math.abs(empty.height - height) < 1;
	})((e => (e.dataset.src ||= e.getAttribute('src'), e))(document.querySelector('.b-image img')))`)
	s.Until("document.querySelector('.b-image img').naturalWidth === 1000")
	s.Sees("[data-channel=general].unread", "general")
	s.Shoot("desktop-light")
	s.Dark(true)
	s.Click(".thread-link", "")
	s.Sees(".thread .b-text", "That is the leak again, <see ticket>")
	s.Shoot("desktop-dark-thread")
	s.Dark(false)

	s.Type(".thread .composer-input", "On it\r")
	s.Sees(".thread .b-text", "On it")
	s.Sees(".thread-link", "3 replies")
	s.Click(".thread [aria-label='Close thread']", "")

	s.Click("[data-action=more]", "")
	s.Shoot("desktop-overflow")
	s.Click(".menu-item[data-value=restart]", "")
	s.Sees(".message.private", "operator did more restart")
	s.Click("[data-action=silence]", "")
	s.Click(".menu-item[data-value='4h']", "")
	s.Sees(".message.private", "operator did silence 4h")

	s.Click("[data-action=why]", "")
	s.Sees("dialog.view h2", "Give a reason")
	s.Click("dialog .submit", "")
	s.Sees("dialog .b-error", "Please complete this required field.")
	s.Type("dialog textarea", "no")
	s.Click("dialog .submit", "")
	s.Sees("dialog .b-error", "That is no reason.")
	s.Shoot("desktop-modal")
	s.Type("dialog textarea", ", the cache leaks")
	s.Click("dialog .submit", "")
	s.Until("!document.querySelector('dialog')")
	s.Sees(".thread-link", "4 replies")

	s.Click("[data-action=gc]", "")
	s.Sees("dialog.confirm", "This pauses checkout-1")
	s.Shoot("desktop-confirm")
	s.Click("dialog .yes", "")
	s.Sees(".message", "Recovered: heap is 34 % again")
	s.Sees(".edited", "(edited)")

	s.Type(".composer-input", "/par")
	s.Sees(".complete", "[incidents | silence | help]")
	s.Shoot("desktop-command")
	s.Type(".composer-input", "\tincidents\r")
	s.Sees(".message.private", "You asked for incidents: one incident is open.")

	s.Click("#person", "")
	s.Click(".menu-item[data-value='"+workspace.Viewer+"']", "")
	s.Sees(".top .person", "viewer")
	s.Until("document.querySelector('.message') && !document.querySelector('.message.private')")
	s.Shoot("desktop-end")
}

func TestPageLive(t *testing.T) {
	t.Parallel()
	s := onStage(t, 1000, 700)
	s.Do(chromedp.Navigate(s.url + "/#cost"))
	s.Sees("h1", "cost")
	s.Sees(".status.none", "Waiting for the app")
	s.app()
	s.Sees(".status.on", "Parley is connected")

	// A person who is mentioned elsewhere sees it without a reload.
	s.post("sandbox.post", map[string]any{"user": "viewer", "channel": "ops", "text": "hello @operator"})
	s.Sees("[data-channel=ops].unread .badge", "1")
	s.Click("[data-channel=ops]", "")
	s.Sees(".mention.me", "@operator")
	s.Until("!document.querySelector('[data-channel=ops] .badge')")

	// What an app or a person sends never becomes markup.
	evil := `<img src=x onerror="window.evil=1"><script>window.evil=1</script> <https://x.example|"><b>x</b>> <javascript:alert(1)|click>`
	if _, _, err := s.api.PostMessage(workspace.ChannelOps, slack.MsgOptionText(evil, false)); err != nil {
		t.Fatal(err)
	}
	s.Sees(".b-text", "onerror=")
	s.Until("!window.evil && !document.querySelector('.feed script') && !document.querySelector('.feed a[href^=javascript]')")

	// A click that nobody acknowledges shows Slack's warning.
	_, ts, err := s.api.PostMessage(workspace.ChannelOps, slack.MsgOptionBlocks(slack.NewActionBlock("",
		slack.NewButtonBlockElement("late", "", slack.NewTextBlockObject(slack.PlainTextType, "Late", false, false)),
		slack.NewButtonBlockElement("quick", "v", slack.NewTextBlockObject(slack.PlainTextType, "Quick", false, false)),
		slack.NewButtonBlockElement("why", "", slack.NewTextBlockObject(slack.PlainTextType, "Why", false, false)))))
	if err != nil {
		t.Fatal(err)
	}
	s.Click("[data-action=late]", "")
	s.Sees(".message-note", "didn’t respond in time")
	s.Click("#replay", "")
	s.Click("[data-action=quick]", "")
	s.Sees(".message-note", "Sent 3 times, acknowledged 3 times.")
	s.Until("document.querySelectorAll('.message.private').length === 3")

	// A message that changes under a pressed button still gets the click.
	s.Click("#replay", "")
	s.Press("[data-action=why]", func() {
		if _, _, _, err := s.api.UpdateMessage(workspace.ChannelOps, ts, slack.MsgOptionBlocks(slack.NewActionBlock("",
			slack.NewButtonBlockElement("why", "", slack.NewTextBlockObject(slack.PlainTextType, "Why now", false, false)),
			slack.NewButtonBlockElement("late", "", slack.NewTextBlockObject(slack.PlainTextType, "Late", false, false))))); err != nil {
			t.Fatal(err)
		}
		s.post("sandbox.post", map[string]any{"user": "viewer", "channel": "general", "text": "came after the change, @operator"})
		s.Sees("[data-channel=general] .badge", "1")
	})
	s.Sees("dialog.view", "Give a reason")
	s.Sees("[data-action=why]", "Why now")
	s.Key(kb.Escape)

	// Reactions and deletion are live too.
	s.post("sandbox.react", map[string]any{"user": "viewer", "channel": "ops", "ts": ts, "name": "tada"})
	s.Sees(".reaction", "1")
	s.Click(".reaction:not(.add)", "")
	s.Sees(".reaction.mine", "2")
	if _, _, err := s.api.DeleteMessage(workspace.ChannelOps, ts); err != nil {
		t.Fatal(err)
	}
	s.Until("!document.querySelector('[data-action=late]')")

	// A permalink opens its message.
	said := s.post("sandbox.post", map[string]any{"user": "viewer", "channel": "general", "text": "find me"})["ts"].(string)
	s.Do(chromedp.Navigate(s.url + "/archives/" + workspace.ChannelGen + "/p" + strings.Replace(said, ".", "", 1)))
	s.Sees(".message.found", "find me")
}

func TestPagePhone(t *testing.T) {
	t.Parallel()
	s := onStage(t, 390, 844)
	s.app()
	ts := s.incident(workspace.ChannelOps)
	if _, _, err := s.api.PostMessage(workspace.ChannelOps, slack.MsgOptionText("Heap was 52 % ten minutes ago", false), slack.MsgOptionTS(ts)); err != nil {
		t.Fatal(err)
	}
	s.Do(chromedp.Navigate(s.url))
	s.Sees(".b-header", "heap is 91 %")
	s.Until("document.documentElement.scrollWidth <= innerWidth")
	s.Until("document.querySelector('.b-image img').naturalWidth === 1000")
	s.Shoot("phone-light")
	s.Click(".pane-head .drawer", "")
	s.Until("getComputedStyle(document.querySelector('.side')).visibility === 'visible'")
	s.Until("Math.abs(document.querySelector('.side').getBoundingClientRect().left) < 1")
	s.Shoot("phone-drawer")
	s.Click("[data-channel=general]", "")
	s.Sees("h1", "general")
	s.Until("getComputedStyle(document.querySelector('.side')).visibility === 'hidden'")
	s.Click(".pane-head .drawer", "")
	s.Click("[data-channel=ops]", "")
	s.Click(".thread-link", "")
	s.Sees(".thread", "Heap was 52 %")
	s.Dark(true)
	s.Shoot("phone-dark-thread")
	s.Click("[aria-label='Close thread']", "")
	s.Click("[data-action=why]", "")
	s.Sees("dialog.view", "Reason")
	s.Until("document.querySelector('dialog').getBoundingClientRect().width <= innerWidth")
	s.Shoot("phone-modal")
	s.Type("dialog textarea", "phone")
	s.Click("dialog .submit", "")
	s.Sees(".thread-link", "2 replies")
	s.Shoot("phone-dark")
}

// TestPageGallery shows every kind of block, and what can be done with pictures.
func TestPageGallery(t *testing.T) {
	t.Parallel()
	s := onStage(t, 1180, 1500)
	s.app()
	file := s.picture()
	if _, _, err := s.api.PostMessage(workspace.ChannelOps, gallery(t, file)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.api.PostMessage(workspace.ChannelOps, slack.MsgOptionText("*bold* _italic_ ~struck~ `code` snake_case_name 2*3*4 :fire: &lt;b&gt; <https://example.org/a?b=c|a link>\n> quoted\n> twice\n```\nline 1\n  *line* 2\n```\nafter", false),
		slack.MsgOptionAttachments(
			slack.Attachment{Color: "danger", Title: "An old attachment", TitleLink: "https://example.org", Text: "with *text*", Fields: []slack.AttachmentField{{Title: "Host", Value: "db-1", Short: true}, {Title: "Load", Value: "17", Short: true}}, Footer: "footer"},
			slack.Attachment{Color: "#2eb67d", Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "Blocks beside a *green* bar", false, false), nil, nil)}}},
		)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.api.PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: workspace.Operator, View: slack.HomeTabViewRequest{
		Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, "Nothing is on fire", false, false))}},
	}}); err != nil {
		t.Fatal(err)
	}
	s.Do(chromedp.Navigate(s.url))
	s.Sees("figure.b-plot figcaption", "Requests by service")
	s.Sees(".b-table td", "checkout")
	s.Sees(".b-rich li", "second")
	s.Sees(".attachment-title a", "An old attachment")
	s.Sees(".b-text", "snake_case_name 2*3*4")
	s.Sees("pre.code", "  *line* 2")
	s.Until("document.querySelectorAll('.quote br').length === 1")
	s.Until("document.querySelectorAll('.unknown').length === 0")
	s.Until("[...document.querySelectorAll('img')].every(i => i.complete && i.naturalWidth)")
	s.Shoot("gallery-light")
	s.Dark(true)
	s.Shoot("gallery-dark")
	s.Click(".b-image .pic", "")
	s.Sees(".lightbox h2", "A picture")
	s.Shoot("lightbox")
	s.Click(".lightbox [aria-label=Close]", "")
	s.Until("!document.querySelector('dialog')")
	s.Click(".side a[href='#@parley']", "")
	s.Click(".tabs a[href='#home']", "")
	s.Sees(".home .b-header", "Nothing is on fire")
	s.Click(".tabs a[href='#@parley']", "")
	s.Type(".composer-input", "hello\r")
	s.Sees(".message", "hello")
	s.Sees("h1", "Parley")
	s.Click("#theme", "")
	s.Until("document.documentElement.dataset.theme === 'light'")
}

// gallery is a message with the blocks that the other tests have not.
func gallery(t *testing.T, file string) slack.MsgOption {
	t.Helper()
	var blocks slack.Blocks
	if err := json.Unmarshal([]byte(strings.ReplaceAll(`[
		{"type":"header","text":{"type":"plain_text","text":"Every kind of block"}},
		{"type":"section","text":{"type":"mrkdwn","text":"A picture beside text, <#C0000000OPS>, <@U00OPERATOR>, <!here>"},"accessory":{"type":"image","slack_file":{"id":"FILE"},"alt_text":"thumb"}},
		{"type":"divider"},
		{"type":"image","slack_file":{"id":"FILE"},"alt_text":"A picture","title":{"type":"plain_text","text":"heap.png"}},
		{"type":"rich_text","elements":[
			{"type":"rich_text_section","elements":[{"type":"text","text":"Rich ","style":{"bold":true}},{"type":"text","text":"text","style":{"italic":true}},{"type":"text","text":" by "},{"type":"user","user_id":"U0OPERATOR2"},{"type":"text","text":" "},{"type":"emoji","name":"tada"}]},
			{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"first"}]},{"type":"rich_text_section","elements":[{"type":"text","text":"second"}]}]},
			{"type":"rich_text_preformatted","elements":[{"type":"text","text":"SELECT 1;"}]}]},
		{"type":"table","column_settings":[{"align":"left"},{"align":"right"}],"rows":[
			[{"type":"raw_text","text":"Service"},{"type":"raw_text","text":"Idle cost"}],
			[{"type":"raw_text","text":"checkout"},{"type":"raw_number","value":12.5,"text":"$12.50"}],
			[{"type":"raw_text","text":"cart"},{"type":"raw_number","value":3,"text":"$3.00"}]]},
		{"type":"data_visualization","title":"Requests by service","chart":{"type":"line","axis_config":{"categories":["10:00","10:05","10:10","10:15"]},
			"series":[{"name":"checkout","data":[{"label":"10:00","value":110},{"label":"10:05","value":124},{"label":"10:10","value":96},{"label":"10:15","value":131}]},
			{"name":"cart","data":[{"label":"10:00","value":40},{"label":"10:05","value":52},{"label":"10:10","value":66},{"label":"10:15","value":71}]}]}},
		{"type":"actions","elements":[
			{"type":"users_select","action_id":"u","placeholder":{"type":"plain_text","text":"Someone"}},
			{"type":"datepicker","action_id":"d","initial_date":"2026-11-22"},
			{"type":"button","action_id":"l","text":{"type":"plain_text","text":"A link"},"url":"https://example.org"}]},
		{"type":"actions","elements":[{"type":"checkboxes","action_id":"c","options":[{"text":{"type":"mrkdwn","text":"*One*"},"description":{"type":"plain_text","text":"with a description"},"value":"1"},{"text":{"type":"mrkdwn","text":"Two"},"value":"2"}]}]},
		{"type":"context","elements":[{"type":"image","slack_file":{"id":"FILE"},"alt_text":"tiny"},{"type":"mrkdwn","text":"context with a picture"}]}
	]`, "FILE", file)), &blocks); err != nil {
		t.Fatal(err)
	}
	return slack.MsgOptionBlocks(blocks.BlockSet...)
}
