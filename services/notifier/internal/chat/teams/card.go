package teams

import (
	"encoding/json"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
)

const (
	// most is how many bytes a message may have: Teams refuses above 28 KB.
	most = 27 << 10
	// mostSpan and mostTitle are characters.
	mostSpan  = 1000
	mostTitle = 300
	mostLinks = 6
)

type message struct {
	Type        string       `json:"type"`
	Attachments []attachment `json:"attachments"`
}

type attachment struct {
	ContentType string `json:"contentType"`
	Content     card   `json:"content"`
}

type card struct {
	Schema   string      `json:"$schema"`
	Type     string      `json:"type"`
	Version  string      `json:"version"`
	Fallback string      `json:"fallbackText"`
	Body     []paragraph `json:"body"`
	Actions  []opening   `json:"actions,omitempty"`
	Teams    width       `json:"msteams"`
}

type width struct {
	Width string `json:"width"`
}

// paragraph is a RichTextBlock, whose runs know no Markdown.
type paragraph struct {
	Type    string `json:"type"`
	Inlines []run  `json:"inlines"`
}

type run struct {
	Type   string `json:"type"`
	Text   string `json:"text"`
	Size   string `json:"size,omitempty"`
	Weight string `json:"weight,omitempty"`
	Color  string `json:"color,omitempty"`
	Font   string `json:"fontType,omitempty"`
	Subtle bool   `json:"isSubtle,omitempty"`
}

type opening struct {
	Type  string `json:"type"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

// write returns the message of content. Paragraphs at the end are left out of
// what is too long.
func write(c chat.Content) message {
	title := plain.Cut(plain.Clean(plain.Or(c.Title, c.Text, "(no text)")), mostTitle)
	k := card{Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.4", Fallback: plain.Summary(c, mostTitle), Teams: width{"Full"},
		Body: []paragraph{{"RichTextBlock", []run{{Type: "TextRun", Text: title, Size: "Large", Weight: "Bolder", Color: colour(c.About)}}}}}
	for _, l := range plain.Links(c, mostLinks) {
		k.Actions = append(k.Actions, opening{"Action.OpenUrl", l.Text, l.URL})
	}
	m := message{"message", []attachment{{"application/vnd.microsoft.card.adaptive", k}}}
	add := func(p paragraph) bool {
		at := &m.Attachments[0].Content
		at.Body = append(at.Body, p)
		if data, err := json.Marshal(m); err == nil && len(data) <= most {
			return true
		}
		at.Body[len(at.Body)-1] = paragraph{"RichTextBlock", []run{{Type: "TextRun", Text: "…"}}}
		return false
	}
	for _, p := range paragraphs(c) {
		if !add(p) {
			break
		}
	}
	return m
}

func paragraphs(c chat.Content) []paragraph {
	var out []paragraph
	lines := func(ls []chat.Line, subtle bool) {
		for _, l := range ls {
			if p := line(l, subtle); len(p.Inlines) > 0 {
				out = append(out, p)
			}
		}
	}
	for _, part := range c.Parts {
		switch part := part.(type) {
		case chat.Lines:
			lines(part, false)
		case chat.Note:
			lines(part, true)
		case chat.Table:
			if text := plain.Table(part); text != "" {
				out = append(out, paragraph{"RichTextBlock", []run{{Type: "TextRun", Text: plain.Cut(text, 2000), Font: "Monospace"}}})
			}
		}
	}
	return out
}

func line(l chat.Line, subtle bool) paragraph {
	p := paragraph{Type: "RichTextBlock"}
	for _, s := range l {
		r := run{Type: "TextRun", Text: plain.Cut(plain.Clean(s.Text), mostSpan), Subtle: subtle}
		switch s.Kind {
		case chat.Strong, chat.Person:
			r.Weight = "Bolder"
		case chat.Code:
			r.Font = "Monospace"
		case chat.Time:
			if r.Text = "–"; !s.At.IsZero() {
				r.Text = s.At.UTC().Format("2006-01-02 15:04 MST")
			}
		}
		if r.Text != "" {
			p.Inlines = append(p.Inlines, r)
		}
	}
	return p
}

func colour(a *chat.About) string {
	switch {
	case a == nil:
		return ""
	case a.State == chat.Resolved:
		return "Good"
	case a.Severity == "critical":
		return "Attention"
	case a.Severity == "warning":
		return "Warning"
	}
	return "Accent"
}
