package screen

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func table() *Table {
	t := &Table{Head: []string{"ID", "COUNT", "TEXT"}, Right: map[int]bool{1: true}, Flex: 2}
	t.Row(C("a"), C("1"), C(strings.Repeat("long ", 20)))
	t.Row(Cell{"bb", Red}, C("1000"), C("kürzer"))
	return t
}

func TestTableInAPipeIsPlainAndUncut(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	New(nil, &out, nil).Table(table())
	want := "ID  COUNT  TEXT\na       1  " + strings.TrimRight(strings.Repeat("long ", 20), " ") + "\nbb   1000  kürzer\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestTableFitsATerminal(t *testing.T) {
	t.Parallel()
	for _, width := range []int{200, 80, 40, 30} {
		var out bytes.Buffer
		s := New(nil, &out, nil)
		s.Terminal, s.Width = true, width
		s.Table(table())
		for line := range strings.SplitSeq(out.String(), "\n") {
			if n := utf8.RuneCountInString(line); n > width {
				t.Errorf("%d columns in %d: %q", n, width, line)
			}
		}
	}
}

func TestColourStandsAroundTheTextAlone(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := New(nil, &out, nil)
	s.colour = true
	s.Table(table())
	if !strings.Contains(out.String(), "\x1b[31mbb\x1b[0m   1000") {
		t.Errorf("got %q", out.String())
	}
}

func TestResult(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := New(nil, &out, nil)
	s.JSON = true
	err := s.Result(map[string]string{"a": "<b> & c"}, func() { t.Error("text is written with --json") })
	if want := "{\n  \"a\": \"<b> & c\"\n}\n"; err != nil || out.String() != want {
		t.Errorf("got %q, %v", out.String(), err)
	}
}

func TestFailIndentsWhatToDo(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	New(nil, nil, &out).Fail(errors.New("no server\nstart one"))
	if want := "parley: no server\n  start one\n"; out.String() != want {
		t.Errorf("got %q", out.String())
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	f := func(text string, width int, want string) {
		t.Helper()
		if got := Cut(text, width); got != want {
			t.Errorf("%q in %d: got %q, want %q", text, width, got, want)
		}
	}
	f("abc", 3, "abc")
	f("abcd", 3, "ab…")
	f("äöüß", 3, "äö…")
	f("abc", 0, "…")
}
