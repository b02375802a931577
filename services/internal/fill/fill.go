package fill

import "strings"

// Text is a text with places.
type Text struct{ parts []part }

// part is a piece of text, or a place with what else may stand there.
type part struct {
	text  string
	place string
	or    []choice
}

// choice is another place, or words.
type choice struct {
	text  string
	place bool
}

// Parse returns the text, the names of places that are not known, in their order,
// and whether a {{ has no }}. What was understood can be filled nevertheless.
func Parse(text string, known func(name string) bool) (t Text, unknown []string, open bool) {
	for rest := text; rest != ""; {
		before, after, found := strings.Cut(rest, "{{")
		if before != "" {
			t.parts = append(t.parts, part{text: before})
		}
		if !found {
			break
		}
		inside, next, closed := strings.Cut(after, "}}")
		if !closed {
			return t, unknown, true
		}
		name, or, more := strings.Cut(strings.TrimSpace(inside), " or ")
		p := part{place: strings.TrimSpace(name)}
		if !known(p.place) {
			unknown = append(unknown, p.place)
		}
		for more {
			var word string
			word, or, more = cut(or, known)
			p.or = append(p.or, choice{word, known(word)})
		}
		t.parts = append(t.parts, p)
		rest = next
	}
	return t, unknown, false
}

// cut takes one place off what follows an "or"; what is no place is words, to the
// end.
func cut(s string, known func(string) bool) (first, rest string, more bool) {
	s = strings.TrimSpace(s)
	if before, after, found := strings.Cut(s, " or "); found && known(strings.TrimSpace(before)) {
		return strings.TrimSpace(before), after, true
	}
	return s, "", false
}

// Fill returns the text with every place filled by value; where none of its
// choices has a value stands otherwise.
func (t Text) Fill(value func(name string) string, otherwise string) string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.place == "" {
			b.WriteString(p.text)
			continue
		}
		v := value(p.place)
		for _, c := range p.or {
			if v != "" {
				break
			}
			if v = c.text; c.place {
				v = value(c.text)
			}
		}
		if v == "" {
			v = otherwise
		}
		b.WriteString(v)
	}
	return b.String()
}
