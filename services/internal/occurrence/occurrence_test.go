package occurrence

import (
	"strings"
	"testing"
	"unicode/utf8"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

func TestLevels(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{"info": "info", "WARN": "warning", "Error": "error", "fatal": "critical", "trace": "debug"} {
		if l, ok := Level(word); !ok || Word(l) != want {
			t.Errorf("%s is %s, %v", word, Word(l), ok)
		}
	}
	if l, ok := Level("loud"); ok || Word(l) != "?" {
		t.Errorf("loud is %v", l)
	}
	if l, _ := Level("error"); l != eventv1.EventLevel_EVENT_LEVEL_ERROR {
		t.Errorf("error is %v", l)
	}
}

func FuzzCut(f *testing.F) {
	f.Add("short", 10)
	f.Add(strings.Repeat("ä", 9), 10)
	f.Add("a\xffb", 5)
	f.Fuzz(func(t *testing.T, text string, most int) {
		most = 3 + max(0, most%5000)
		if got := Cut(text, most); len(got) > most || !utf8.ValidString(got) {
			t.Errorf("%d bytes of %d: %q", len(got), most, got)
		}
	})
}
