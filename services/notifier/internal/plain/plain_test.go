package plain_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
)

func TestText(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)
	c := chat.Content{Title: "heap is\n97 %", Parts: []chat.Part{
		chat.Lines{{chat.B("CRITICAL"), chat.P(" since "), chat.T(at)}, {chat.L("runbook", "https://example.org/a"), chat.P(" "), chat.L("evil", "javascript:alert(1)")}},
		chat.Table{{"metric", "value"}, {"heap", "97 %"}},
		chat.Buttons{chat.Button{Text: "Stop", Value: "x"}, chat.Button{Text: "Runbook", URL: "https://example.org/b"}}}}
	want := "heap is 97 %\n\nCRITICAL since 2026-11-22 10:30 UTC\nrunbook (https://example.org/a) evil\n\nmetric  value\nheap    97 %\n\nRunbook: https://example.org/b"
	if got := plain.Text(c, 1000); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := plain.Links(c, 5); len(got) != 2 || got[0].URL != "https://example.org/b" {
		t.Errorf("links %v", got)
	}
	if got := plain.Text(chat.Content{}, 100); got != "(no text)" {
		t.Errorf("nothing is %q", got)
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(plain.Cut("abc", 3), "abc")
	f(plain.Cut("äöüß", 3), "äö…")
	f(plain.Cut("abc", 0), "")
	f(plain.CutBytes("äöüß", 8), "äöüß")
	f(plain.CutBytes("äöüß", 7), "äö…")
	f(plain.CutBytes("😀😀", 6), "…")
}

func FuzzText(f *testing.F) {
	f.Add("a\nb\x00\xff\u202e", "https://a b", 10)
	f.Fuzz(func(t *testing.T, s, u string, n int) {
		n = min(max(n, 4), 5000)
		c := chat.Content{Text: s, Title: u, Parts: []chat.Part{chat.Lines{{chat.P(s), chat.L(s, u)}}, chat.Table{{s, u}, {u}}, chat.Buttons{chat.Button{Text: s, URL: u}}}}
		got := plain.Text(c, n)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > n || got == "" || strings.ContainsAny(got, "\x00\x07\x1b\r\u202e") {
			t.Errorf("%q", got)
		}
		if b := plain.CutBytes(s, n); len(b) > n || utf8.ValidString(s) && !utf8.ValidString(b) {
			t.Errorf("%q in %d bytes: %q", s, n, b)
		}
		for _, l := range plain.Links(c, 5) {
			if !plain.SafeURL(l.URL) || l.Text == "" {
				t.Errorf("%+v", l)
			}
		}
	})
}
