package markdown

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
)

// Style is what chats write differently.
type Style struct {
	// Time returns a time as markup.
	Time func(time.Time) string
	// Person returns a mention of a person's id, or "" if it is not one.
	Person func(id string) string
}

// spanText is how many characters of one piece of data are said.
const spanText = 1000

// signs are all that could be markup; a backslash before them makes them plain
// in both chats.
const signs = "\\*_~`|<>#[](){}:@+-!$&=^\""

// Escape makes data literal.
func Escape(s string) string {
	var b strings.Builder
	for i, r := range plain.Clean(s) {
		if strings.ContainsRune(signs, r) || r == '.' && i <= 4 { // "1." begins a list
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return strings.ReplaceAll(b.String(), "www.", `www\.`)
}

// Code returns data in a fixed font.
func Code(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(plain.Clean(s), "`", "ˋ"))
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

// Link returns a link, or the escaped text alone if the URL is not safe.
func Link(text, url string) string {
	text = Escape(plain.Cut(text, spanText))
	if !plain.SafeURL(url) || strings.TrimSpace(text) == "" {
		return text
	}
	return "[" + text + "](" + strings.NewReplacer("(", "%28", ")", "%29", "[", "%5B", "]", "%5D", "*", "%2A", "|", "%7C").Replace(url) + ")"
}

// Line returns one line.
func Line(l chat.Line, st Style) string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(span(s, st))
	}
	return strings.TrimSpace(b.String())
}

func span(s chat.Span, st Style) string {
	t := plain.Cut(s.Text, spanText)
	switch s.Kind {
	case chat.Strong:
		return strong(t)
	case chat.Code:
		return Code(t)
	case chat.Link:
		return Link(t, s.URL)
	case chat.Time:
		if s.At.IsZero() {
			return "–"
		}
		return st.Time(s.At)
	case chat.Person:
		if m := st.Person(s.User); m != "" {
			return m
		}
		return strong(t)
	}
	return Escape(t)
}

func strong(t string) string {
	if t = strings.TrimSpace(plain.Clean(t)); t == "" {
		return ""
	}
	return "**" + Escape(t) + "**"
}

// Text returns the content's paragraphs, without its title, buttons and
// pictures, in at most n characters.
func Text(c chat.Content, st Style, n int) string {
	var b strings.Builder
	left := n - len("\n…")
	add := func(s string) bool {
		if s == "" {
			return true
		}
		if left -= utf8.RuneCountInString(s) + 1; left < 0 {
			return false
		}
		b.WriteString(s + "\n")
		return true
	}
	for _, p := range c.Parts {
		fits := true
		switch p := p.(type) {
		case chat.Lines:
			for _, l := range p {
				fits = fits && add(Line(l, st))
			}
		case chat.Note:
			for _, l := range p {
				fits = fits && add(Line(l, st))
			}
		case chat.Table:
			rows := strings.ReplaceAll(strings.TrimSpace(plain.Table(p)), "`", "ˋ")
			if rows != "" {
				fits = add("```\n" + plain.Cut(rows, min(max(left-8, 0), 1500)) + "\n```")
			}
		}
		if !fits {
			b.WriteString("…")
			break
		}
	}
	return strings.TrimSpace(b.String())
}
