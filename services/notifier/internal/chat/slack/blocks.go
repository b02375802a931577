package slack

import (
	"crypto/rand"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Slack's limits, in characters. Source: docs.slack.dev/reference/block-kit.
const (
	maxBlocks      = 50
	maxHeader      = 150
	maxSection     = 3000
	maxNotes       = 10
	maxAlt         = 2000
	maxImageTitle  = 2000
	maxElements    = 25
	maxButton      = 75
	maxValue       = 2000
	maxOptionValue = 150
	maxOptions     = 100
	maxActionID    = 255
	maxPrompt      = 150
	maxOverflow    = 5
	maxConfirmHead = 100
	maxConfirmText = 300
	maxConfirmWord = 30
	maxText        = 3000 // Slack takes 40,000, a notification shows far less
	maxSpan        = 900
)

// blocks renders content, always within Slack's limits.
func blocks(c chat.Content) []slack.Block { return render(c, maxBlocks) }

// render is blocks with at most limit of them.
func render(c chat.Content, limit int) []slack.Block {
	var out []slack.Block
	if t := strings.TrimSpace(clean(c.Title)); t != "" {
		out = append(out, slack.NewHeaderBlock(plain(t, maxHeader)))
	}
	for _, p := range c.Parts {
		switch p := p.(type) {
		case chat.Lines:
			out = append(out, paragraphs(p)...)
		case chat.Note:
			if b := note(p); b != nil {
				out = append(out, b)
			}
		case chat.Table:
			out = append(out, section("```"+table(p, maxSection-6)+"```"))
		case chat.Image:
			out = append(out, image(p))
		case chat.Buttons:
			if b := actions(p); b != nil {
				out = append(out, b)
			}
		}
	}
	if len(out) == 0 {
		out = append(out, section(nonEmpty(cut(escape(c.Text), maxSection))))
	}
	if len(out) > limit {
		out = out[:limit]
	}
	return out
}

// summary is the message's top-level text.
func summary(c chat.Content) string { return nonEmpty(cut(escape(c.Text), maxText)) }

func nonEmpty(s string) string {
	if strings.TrimSpace(s) == "" {
		return "–"
	}
	return s
}

func plain(s string, limit int) *slack.TextBlockObject {
	no := false
	return &slack.TextBlockObject{Type: slack.PlainTextType, Text: nonEmpty(cut(clean(s), limit)), Emoji: &no}
}

// several is plain text of several lines.
func several(s string, limit int) *slack.TextBlockObject {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = clean(line)
	}
	out := plain("…", limit)
	out.Text = nonEmpty(cut(strings.Join(lines, "\n"), limit))
	return out
}

func marked(s string) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.MarkdownType, Text: s, Verbatim: true}
}

func section(s string) *slack.SectionBlock { return slack.NewSectionBlock(marked(s), nil, nil) }

// paragraphs renders lines as sections, whole lines only; a line that is too
// long by itself is cut between spans.
func paragraphs(lines []chat.Line) []slack.Block {
	var out []slack.Block
	var text []string
	size := 0
	flush := func() {
		if s := strings.Join(text, "\n"); strings.TrimSpace(s) != "" {
			out = append(out, section(s))
		}
		text, size = nil, 0
	}
	for _, l := range lines {
		s := fit(l, maxSection)
		n := utf8.RuneCountInString(s) + 1
		if size+n > maxSection {
			flush()
		}
		text, size = append(text, s), size+n
	}
	flush()
	return out
}

// fit renders a line in at most limit characters.
func fit(l chat.Line, limit int) string {
	s := mrkdwn(l, maxSpan)
	for n := len(l); utf8.RuneCountInString(s) > limit; {
		if n--; n <= 0 {
			return "…"
		}
		s = mrkdwn(l[:n], maxSpan/2) + "…"
		if n == 1 {
			s = mrkdwn(l[:1], maxSpan/8) + "…"
		}
	}
	return s
}

func note(p chat.Note) slack.Block {
	var elements []slack.MixedElement
	for _, l := range p {
		if s := fit(l, maxSection); strings.TrimSpace(s) != "" && len(elements) < maxNotes {
			elements = append(elements, marked(s))
		}
	}
	if len(elements) == 0 {
		return nil
	}
	return slack.NewContextBlock("", elements...)
}

// image gets a fresh block id each time: Slack keeps showing the old picture
// otherwise.
func image(p chat.Image) slack.Block {
	var title *slack.TextBlockObject
	if p.Title != "" {
		title = plain(p.Title, maxImageTitle)
	}
	return slack.NewImageBlockSlackFile(&slack.SlackFileObject{ID: p.File}, nonEmpty(cut(clean(p.Alt), maxAlt)), "picture-"+rand.Text(), title)
}

func actions(p chat.Buttons) slack.Block {
	var elements []slack.BlockElement
	seen := map[string]bool{}
	for _, c := range p {
		var e slack.BlockElement
		var id string
		switch c := c.(type) {
		case chat.Button:
			e, id = button(c), c.ID
		case chat.Menu:
			if len(c.Options) > 0 {
				e, id = menu(c), c.ID
			}
		}
		if e == nil || id == "" || seen[id] || utf8.RuneCountInString(id) > maxActionID || len(elements) == maxElements {
			continue
		}
		seen[id] = true
		elements = append(elements, e)
	}
	if len(elements) == 0 {
		return nil
	}
	return slack.NewActionBlock("", elements...)
}

func button(c chat.Button) slack.BlockElement {
	if c.URL != "" && !safeURL(c.URL) || utf8.RuneCountInString(c.Value) > maxValue {
		return nil
	}
	b := slack.NewButtonBlockElement(c.ID, c.Value, plain(c.Text, maxButton))
	b.URL = c.URL
	if c.Style == "primary" || c.Style == "danger" {
		b.Style = slack.Style(c.Style)
	}
	if q := c.Confirm; q != nil {
		b.Confirm = slack.NewConfirmationBlockObject(plain(q.Title, maxConfirmHead), several(q.Text, maxConfirmText),
			plain(q.Yes, maxConfirmWord), plain(q.No, maxConfirmWord))
		if c.Style == "danger" {
			b.Confirm.Style = slack.StyleDanger
		}
	}
	return b
}

func menu(c chat.Menu) slack.BlockElement {
	most := maxOptions
	if c.Rare {
		most = maxOverflow
	}
	var options []*slack.OptionBlockObject
	for _, o := range c.Options {
		if o.Value == "" || utf8.RuneCountInString(o.Value) > maxOptionValue || len(options) == most || o.URL != "" && (!c.Rare || !safeURL(o.URL)) {
			continue
		}
		option := slack.NewOptionBlockObject(o.Value, plain(o.Text, maxButton), nil)
		option.URL = o.URL
		options = append(options, option)
	}
	switch {
	case len(options) == 0:
		return nil
	case c.Rare:
		return slack.NewOverflowBlockElement(c.ID, options...)
	}
	return slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(c.Prompt, maxPrompt), c.ID, options...)
}

// table renders rows in columns, whole rows only, narrow enough for a phone
// where the content allows.
func table(rows chat.Table, limit int) string {
	widths := []int{}
	for _, r := range rows {
		for i, cell := range r {
			n := min(utf8.RuneCountInString(clean(cell)), 40)
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], n)
		}
	}
	var b strings.Builder
	for n, r := range rows {
		var line strings.Builder
		for i, cell := range r {
			cell = cut(strings.ReplaceAll(clean(cell), "`", "ˋ"), 40)
			line.WriteString(entities.Replace(cell))
			if i < len(r)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
			}
		}
		if s := line.String() + "\n"; utf8.RuneCountInString(b.String())+utf8.RuneCountInString(s) < limit-20 {
			b.WriteString(s)
			continue
		}
		b.WriteString(more(len(rows) - n))
		break
	}
	if b.Len() == 0 {
		return "–"
	}
	return b.String()
}
