package slack

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// cut returns s with at most n characters, the last "…" if some were left out.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return strings.TrimRightFunc(string(r[:n-1]), unicode.IsSpace) + "…"
}

// clean makes data one line of valid printable text.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069: // overrides of direction
			return -1
		}
		return r
	}, s)
}

var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escape makes data literal in mrkdwn. & < > become entities, as Slack asks
// for; the signs that format have no escape there, so that they are replaced
// by others that look alike. An underscore inside a word formats nothing.
func escape(s string) string {
	r := []rune(clean(s))
	var b strings.Builder
	word := func(i int) bool { return i >= 0 && i < len(r) && (unicode.IsLetter(r[i]) || unicode.IsDigit(r[i])) }
	for i, c := range r {
		switch {
		case c == '*':
			b.WriteRune('∗')
		case c == '~':
			b.WriteRune('∼')
		case c == '`':
			b.WriteRune('ˋ')
		case c == '_' && !(word(i-1) && word(i+1)):
			b.WriteRune('ˍ')
		case c == '>' && strings.TrimSpace(b.String()) == "":
			b.WriteRune('›') // "&gt;" at the beginning of a line quotes
		default:
			b.WriteString(entities.Replace(string(c)))
		}
	}
	return emoji.ReplaceAllString(b.String(), "꞉$1:")
}

// emoji is what Slack would turn into a picture.
var emoji = regexp.MustCompile(`:([a-z0-9_+'-]*[a-z][a-z0-9_+'-]*):`)

// code returns data in a fixed font, in which nothing but the backtick ends it.
func code(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(clean(s), "`", "ˋ"))
	if s == "" {
		return ""
	}
	return "`" + entities.Replace(s) + "`"
}

// mrkdwn renders one line. limit bounds each span's own text.
func mrkdwn(l chat.Line, limit int) string {
	var b strings.Builder
	for _, s := range l {
		t := cut(s.Text, limit)
		switch s.Kind {
		case chat.Strong:
			if t = strings.TrimSpace(escape(t)); t != "" {
				b.WriteString("*" + t + "*")
			}
		case chat.Code:
			b.WriteString(code(t))
		case chat.Link:
			if !safeURL(s.URL) {
				b.WriteString(escape(t))
				continue
			}
			b.WriteString("<" + strings.ReplaceAll(entities.Replace(s.URL), "|", "%7C") + "|" + strings.ReplaceAll(escape(t), "|", "¦") + ">")
		case chat.Time:
			b.WriteString(dateToken(s))
		case chat.Person:
			if userID(s.User) {
				b.WriteString("<@" + s.User + ">")
			} else if t = strings.TrimSpace(escape(t)); t != "" {
				b.WriteString("*" + t + "*")
			}
		case chat.Group:
			switch {
			case s.User == "here" || s.User == "channel":
				b.WriteString("<!" + s.User + ">")
			case groupID(s.User):
				b.WriteString("<!subteam^" + s.User + ">")
			default:
				b.WriteString(escape(t))
			}
		default:
			b.WriteString(escape(t))
		}
	}
	return b.String()
}

// dateToken writes a time in the reader's zone. The day is last, because Slack
// writes a token that begins with it with a capital: "since Today 14:03".
func dateToken(s chat.Span) string {
	if s.At.IsZero() {
		return "–"
	}
	return fmt.Sprintf("<!date^%d^{time} {date_short_pretty}|%s>", s.At.Unix(), s.At.UTC().Format("2006-01-02 15:04 MST"))
}

// userID reports whether s is a person's id in Slack.
func userID(s string) bool {
	if len(s) < 6 || s[0] != 'U' && s[0] != 'W' {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) < 0
}

// groupID reports whether s is a user group's id in Slack.
func groupID(s string) bool { return len(s) > 0 && s[0] == 'S' && userID("U"+s[1:]) }

func safeURL(u string) bool {
	return len(u) <= 3000 && (strings.HasPrefix(u, "https://") || strings.HasPrefix(u, "http://")) &&
		strings.IndexFunc(u, func(r rune) bool { return r <= ' ' || r == '<' || r == '>' || r == '"' || r == 0x7F }) < 0
}
