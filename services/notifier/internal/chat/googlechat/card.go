package googlechat

import (
	"html"
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
)

// Google's limits: a message has 32,000 bytes, of which JSON's escapes take
// some. A sign of HTML that is escaped has six bytes.
const (
	maxText      = 1_000
	maxTitle     = 200
	maxParagraph = 3_500 // bytes
	maxCard      = 14_000
	maxButtons   = 10
)

type message struct {
	Text   string `json:"text"`
	Thread thread `json:"thread"`
	Cards  []card `json:"cardsV2,omitempty"`
}

type thread struct {
	Key string `json:"threadKey"`
}

type card struct {
	ID   string `json:"cardId"`
	Card struct {
		Header   header    `json:"header"`
		Sections []section `json:"sections"`
	} `json:"card"`
}

type header struct {
	Title    string `json:"title"`
	Subtitle string `json:"subtitle,omitempty"`
}

type section struct {
	Widgets []widget `json:"widgets"`
}

type widget struct {
	Paragraph *paragraph  `json:"textParagraph,omitempty"`
	Buttons   *buttonList `json:"buttonList,omitempty"`
}

type paragraph struct {
	Text string `json:"text"`
}

type buttonList struct {
	Buttons []button `json:"buttons"`
}

type button struct {
	Text    string  `json:"text"`
	OnClick onClick `json:"onClick"`
}

type onClick struct {
	OpenLink openLink `json:"openLink"`
}

type openLink struct {
	URL string `json:"url"`
}

// messageOf returns content as text, which notifications show, and a card with
// the rest. Without a rest there is no card.
func messageOf(c chat.Content) message {
	m := message{Text: literal(plain.Summary(c, maxText))}
	var widgets []widget
	room := maxCard
	for _, p := range c.Parts {
		text := clipHTML(partHTML(p), min(maxParagraph, room))
		if text != "" {
			widgets, room = append(widgets, widget{Paragraph: &paragraph{text}}), room-len(text)
		}
		if room < 500 {
			widgets = append(widgets, widget{Paragraph: &paragraph{"…"}})
			break
		}
	}
	if len(widgets) == 1 && len(c.Parts) == 1 && strings.TrimSpace(plain.Clean(c.Title)) == "" && c.About == nil && plain.Text(chat.Content{Parts: c.Parts, Title: " "}, maxText) == plain.Summary(c, maxText) {
		widgets = nil // it would say the same twice
	}
	var list buttonList
	room = 8_000
	for _, l := range plain.Links(c, maxButtons) {
		if room -= len(l.Text) + 2*len(l.URL); room > 0 {
			list.Buttons = append(list.Buttons, button{Text: l.Text, OnClick: onClick{openLink{l.URL}}})
		}
	}
	if len(list.Buttons) > 0 {
		widgets = append(widgets, widget{Buttons: &list})
	}
	if len(widgets) == 0 {
		return m
	}
	one := card{ID: "incident"}
	one.Card.Header = header{Title: plain.Cut(strings.TrimSpace(plain.Clean(plain.Or(c.Title, c.Text, "Parley"))), maxTitle)}
	if a := c.About; a != nil {
		one.Card.Header.Subtitle = plain.Cut(strings.TrimSpace(plain.Clean(strings.ToUpper(a.Severity)+" · "+string(a.State)+" · "+a.Policy)), maxTitle)
	}
	one.Card.Sections = []section{{Widgets: widgets}}
	m.Cards = []card{one}
	return m
}

// partHTML returns the lines of a part in the little HTML that cards take, with
// a line break after each.
func partHTML(p chat.Part) []string {
	var out []string
	lines := func(list []chat.Line) {
		for _, l := range list[:min(len(list), 100)] {
			var b strings.Builder
			for _, s := range l {
				b.WriteString(span(s))
			}
			out = append(out, b.String())
		}
	}
	switch p := p.(type) {
	case chat.Lines:
		lines(p)
	case chat.Note:
		lines(p)
	case chat.Table:
		for _, l := range strings.Split(strings.TrimRight(plain.Table(p), "\n"), "\n") {
			out = append(out, strings.ReplaceAll(esc(l), "  ", "&nbsp; "))
		}
	case chat.Image:
		// The picture itself cannot be shown, but what it says can.
		if alt := strings.TrimSpace(plain.Cut(plain.Clean(p.Alt), 500)); alt != "" {
			out = append(out, "<i>"+esc(alt)+"</i>")
		}
	}
	return out
}

func span(s chat.Span) string {
	t := esc(plain.Cut(plain.Clean(s.Text), 400))
	switch s.Kind {
	case chat.Strong, chat.Person:
		if strings.TrimSpace(t) != "" {
			return "<b>" + t + "</b>"
		}
	case chat.Link:
		if plain.SafeURL(s.URL) && strings.TrimSpace(t) != "" {
			return `<a href="` + html.EscapeString(s.URL) + `">` + t + "</a>"
		}
	case chat.Time:
		return esc(plain.Span(s))
	}
	return t
}

func esc(s string) string { return html.EscapeString(s) }

// clipHTML joins lines up to n bytes: whole lines, so that no tag stays open.
func clipHTML(lines []string, n int) string {
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			l = "<br>" + l
		}
		if b.Len()+len(l) > n-len("<br>…") {
			b.WriteString("<br>…")
			break
		}
		b.WriteString(l)
	}
	if strings.TrimSpace(strings.ReplaceAll(b.String(), "<br>", "")) == "" {
		return ""
	}
	return b.String()
}

// literalSigns replaces the signs by which text is formatted, mentions and links.
var literalSigns = strings.NewReplacer("<", "‹", ">", "›", "*", "∗", "_", "ˍ", "~", "∼", "`", "ˋ", "@", "＠")

func literal(s string) string { return literalSigns.Replace(s) }
