package shoutrrr

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
)

// maxLinks is how many pages a message names.
const maxLinks = 3

// textOf returns content as text of at most n characters: data, in which
// nothing formats, and then the links, which stay as they are.
func textOf(c chat.Content, n int) string {
	var links strings.Builder
	for _, l := range plain.Links(c, maxLinks) {
		if s := "\n" + literal(l.Text) + ": " + l.URL; utf8.RuneCountInString(links.String())+len(s) < n/2 {
			links.WriteString(s)
		}
	}
	room := n - utf8.RuneCountInString(links.String()) - 1
	summary := literal(plain.Summary(c, 500))
	body := literal(plain.Text(bare(c), 4*n))
	if !strings.HasPrefix(body, summary) {
		body = summary + "\n\n" + body
	}
	body = plain.Cut(body, room)
	if links.Len() > 0 {
		body += "\n" + links.String()
	}
	return body
}

// bare is content without addresses and buttons.
func bare(c chat.Content) chat.Content {
	out := c
	out.Parts = nil
	line := func(lines []chat.Line) []chat.Line {
		var out []chat.Line
		for _, l := range lines {
			var spans chat.Line
			for _, s := range l {
				if s.Kind == chat.Link {
					s.Kind = chat.Plain
				}
				spans = append(spans, s)
			}
			out = append(out, spans)
		}
		return out
	}
	for _, p := range c.Parts {
		switch p := p.(type) {
		case chat.Lines:
			out.Parts = append(out.Parts, chat.Lines(line(p)))
		case chat.Note:
			out.Parts = append(out.Parts, chat.Note(line(p)))
		case chat.Table:
			out.Parts = append(out.Parts, p)
		}
	}
	return out
}

// alike are the signs that format, mention or link in one of the chats' markups,
// and what is shown instead.
var alike = map[rune]rune{'*': '∗', '~': '∼', '`': 'ˋ', '<': '‹', '>': '›', '@': '＠', '[': '［', ']': '］', '|': '¦', '\\': '∖', '#': '＃'}

// literal replaces them. An underscore inside a word formats nothing.
func literal(s string) string {
	r := []rune(s)
	word := func(i int) bool { return i >= 0 && i < len(r) && (unicode.IsLetter(r[i]) || unicode.IsDigit(r[i])) }
	for i, c := range r {
		if to, ok := alike[c]; ok {
			r[i] = to
		} else if c == '_' && !(word(i-1) && word(i+1)) {
			r[i] = 'ˍ'
		}
	}
	return string(r)
}
