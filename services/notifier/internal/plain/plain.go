package plain

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Clean makes data one line of valid printable text.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0xFEFF: // turns of direction
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// Cut returns s with at most n characters, the last "…" if some were left out.
func Cut(s string, n int) string {
	if n <= 0 {
		return ""
	}
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return strings.TrimRightFunc(string(r[:n-1]), unicode.IsSpace) + "…"
}

// CutBytes returns s in at most n bytes (n > 3) of valid UTF-8, the last of
// them "…" if some were left out.
func CutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n -= len("…")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimRightFunc(s[:n], unicode.IsSpace) + "…"
}

// Or returns the first text that is not blank.
func Or(texts ...string) string {
	for _, s := range texts {
		if strings.TrimSpace(Clean(s)) != "" {
			return s
		}
	}
	return ""
}

// SafeURL reports whether u is an address that may be given to people to open.
func SafeURL(u string) bool {
	if len(u) > 2000 || strings.IndexFunc(u, func(r rune) bool { return r <= ' ' || r >= 0x7F || strings.ContainsRune("<>\"'`\\", r) }) >= 0 {
		return false
	}
	p, err := url.Parse(u)
	return err == nil && p.Host != "" && p.User == nil && (p.Scheme == "https" || p.Scheme == "http")
}

// Link is a page to open.
type Link struct{ Text, URL string }

// Links returns what content lets people open: buttons and links, each URL
// once, at most n.
func Links(c chat.Content, n int) []Link {
	var out []Link
	seen := map[string]bool{}
	add := func(text, u string) {
		if text = strings.TrimSpace(Clean(text)); SafeURL(u) && !seen[u] && len(out) < n {
			seen[u] = true
			out = append(out, Link{Cut(Or(text, u), 75), u})
		}
	}
	for _, p := range c.Parts {
		if b, ok := p.(chat.Buttons); ok {
			for _, control := range b {
				if b, ok := control.(chat.Button); ok {
					add(b.Text, b.URL)
				}
			}
		}
	}
	for _, p := range c.Parts {
		for _, l := range lines(p) {
			for _, s := range l {
				if s.Kind == chat.Link {
					add(s.Text, s.URL)
				}
			}
		}
	}
	return out
}

func lines(p chat.Part) []chat.Line {
	switch p := p.(type) {
	case chat.Lines:
		return p
	case chat.Note:
		return p
	}
	return nil
}

// Summary returns the sentence that states the finding, at most n characters.
func Summary(c chat.Content, n int) string {
	return Cut(strings.TrimSpace(Clean(Or(c.Text, c.Title, "(no text)"))), n)
}

// Text returns content as at most n characters of text.
func Text(c chat.Content, n int) string {
	var paragraphs []string
	add := func(s string) {
		if s = strings.TrimSpace(s); s != "" {
			paragraphs = append(paragraphs, s)
		}
	}
	add(Clean(Or(c.Title, c.Text)))
	for _, p := range c.Parts {
		switch p := p.(type) {
		case chat.Lines, chat.Note:
			var b strings.Builder
			for _, l := range lines(p) {
				b.WriteString(Line(l) + "\n")
			}
			add(b.String())
		case chat.Table:
			add(Table(p))
		case chat.Buttons:
			var b strings.Builder
			for _, l := range Links(chat.Content{Parts: []chat.Part{p}}, 25) {
				b.WriteString(l.Text + ": " + l.URL + "\n")
			}
			add(b.String())
		}
		if len(paragraphs) > 200 {
			break
		}
	}
	return Cut(Or(strings.Join(paragraphs, "\n\n"), "(no text)"), n)
}

// Line returns one line.
func Line(l chat.Line) string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(Span(s))
	}
	return strings.TrimSpace(b.String())
}

// Span returns one piece of a line. Times are in UTC.
func Span(s chat.Span) string {
	t := Cut(Clean(s.Text), 3000)
	switch s.Kind {
	case chat.Time:
		if s.At.IsZero() {
			return "–"
		}
		return s.At.UTC().Format("2006-01-02 15:04 MST")
	case chat.Link:
		if SafeURL(s.URL) {
			return t + " (" + s.URL + ")"
		}
	}
	return t
}

// Table returns rows in columns: at most 100 rows, of cells of 40 characters.
func Table(t chat.Table) string {
	rows := t[:min(len(t), 100)]
	var widths []int
	cell := func(s string) string { return Cut(strings.TrimSpace(Clean(s)), 40) }
	for _, r := range rows {
		for i, s := range r {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell(s)))
		}
	}
	var b strings.Builder
	for _, r := range rows {
		var line strings.Builder
		for i, s := range r {
			line.WriteString(cell(s) + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell(s))+2))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	if len(t) > len(rows) {
		b.WriteString("…\n")
	}
	return b.String()
}
