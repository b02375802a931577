package markdown_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/markdown"
)

var style = markdown.Style{Time: func(time.Time) string { return "TIME" }, Person: func(id string) string { return "" }}

func TestText(t *testing.T) {
	t.Parallel()
	c := chat.Content{Parts: []chat.Part{chat.Lines{{chat.B("CRIT*"), chat.P(" since "), chat.T(time.Unix(1, 0))}, {chat.C("a`b"), chat.L("x]", "https://e.org/(a)")}},
		chat.Table{{"a", "b"}}, chat.Note{{chat.U("U1", "ann"), chat.L("evil", "javascript:x")}}}}
	want := "**CRIT\\*** since TIME\n`aˋb`[x\\]](https://e.org/%28a%29)\n```\na  b\n```\n**ann**evil"
	if got := markdown.Text(c, style, 1000); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := markdown.Text(c, style, 45); got != "**CRIT\\*** since TIME\n…" {
		t.Errorf("cut: %q", got)
	}
}

// bare reports whether an unescaped sign stands in s.
func bare(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
			continue
		}
		if strings.IndexByte("*_~`|<>#[]()@:", s[i]) >= 0 {
			return s[i:]
		}
	}
	return ""
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"*b* _i_ ~s~ `c` ||x|| <@1> @everyone [a](https://x) # h :smile:", "\\", "\\*", "a\nb", "\u202e", "https://x.y/z", "1. x"} {
		f.Add(s, 100)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = min(max(n, 10), 5000)
		if got := bare(markdown.Escape(s)); got != "" || strings.ContainsAny(markdown.Escape(s), "\n\r\x00\u202e") {
			t.Errorf("%q has %q", s, got)
		}
		if code := markdown.Code(s); code != "" && strings.Count(code, "`") != 2 {
			t.Errorf("%q: %q", s, code)
		}
		c := chat.Content{Parts: []chat.Part{chat.Lines{{chat.P(s), chat.C(s), chat.L(s, s)}}, chat.Table{{s, s}}, chat.Note{{chat.P(s)}}}}
		if got := markdown.Text(c, style, n); utf8.RuneCountInString(got) > n || !utf8.ValidString(got) || strings.Count(got, "```")%2 != 0 {
			t.Errorf("%d: %q", n, got)
		}
	})
}
