package inbound

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/command"
)

// set is how all commands are written.
func set() command.Set { return New(Config{}).words }

func TestParse(t *testing.T) {
	t.Parallel()
	words := set()
	f := func(text string, check func(command.Command) bool) {
		t.Helper()
		c, err := words.Parse(text)
		if err != nil || !check(c) {
			t.Errorf("%q: %+v %v", text, c, err)
		}
	}
	type C = command.Command
	f("", func(c C) bool { return c.Name == "help" })
	f("  Incidents ", func(c C) bool { return c.Name == "incidents" && !c.Share })
	f("share incidents", func(c C) bool { return c.Name == "incidents" && c.Share })
	f("incidents share", func(c C) bool { return c.Name == "incidents" && c.Share })
	f("query x 1h Share", func(c C) bool { return c.Share && c.Metric == "x" })
	f("ack abc as I share", func(c C) bool { return !c.Share && c.Comment == "as I share" })
	f("share ack abc", func(c C) bool { return c.Share && c.Incident == "abc" })
	f("ack abc on it", func(c C) bool { return c.Incident == "abc" && c.Comment == "on it" })
	f("silence abc 1h30m deploy now", func(c C) bool {
		return c.Incident == "abc" && c.Duration == 90*time.Minute && c.Comment == "deploy now"
	})
	f("silence abc resolved", func(c C) bool { return c.UntilResolved && c.Duration == 7*24*time.Hour })
	f("silence abc", func(c C) bool { return c.UntilResolved && c.Duration == 24*time.Hour })
	f(`silence service=“checkout” env!=prod host=~web.* 2d`, func(c C) bool {
		return len(c.Matchers) == 3 && c.Matchers[0].Value == "checkout" && c.Duration == 48*time.Hour && c.Matchers[2].String() == "host=~web.*"
	})
	f("query jvm.heap {service=shop} 4h", func(c C) bool {
		return c.Metric == "jvm.heap" && c.Duration == 4*time.Hour && c.Matchers[0].String() == "service=shop"
	})
	f("run gc abc", func(c C) bool { return c.Action == "gc" && c.Incident == "abc" })
	f("freeze 111122223333 deploy under way", func(c C) bool { return c.Name == "freeze" && c.Comment == "111122223333 deploy under way" })
	f("thaw", func(c C) bool { return c.Name == "thaw" && c.Comment == "" })
	f("cost", func(c C) bool { return c.Name == "cost" })
	for text, want := range map[string]string{
		"idel": `"idle"`, "scedules": `"schedules"`,
		"incidnets": `"incidents"`, "xyzzy": "help lists", "ack": "/parley ack", "silence abc 5y": "length of time",
		"silence abc 10s": "from 1m", "silence a=~( 1h": "regular expression", "run gc": "which incident", "unsilence": "Which silence", "query": "Which metric",
		"cost of living": "nothing stands after cost",
	} {
		if _, err := words.Parse(text); err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) {
			t.Errorf("%q: %v, want %q in it", text, err, want)
		}
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	t.Parallel()
	words := set()
	seen := map[string]bool{}
	for _, v := range words {
		if seen[v.Name] {
			t.Errorf("two commands are called %s", v.Name)
		}
		seen[v.Name] = true
		if c, ok := words.Help(v.Name); !ok || !strings.Contains(c.Text, v.Name) || v.Short == "" || v.Long == "" {
			t.Errorf("%s: %+v", v.Name, c)
		}
		if _, err := words.Parse(v.Name); err != nil && strings.Contains(err.Error(), "no command") {
			t.Errorf("help names %q, which is no command", v.Name)
		}
		if len(v.Examples) == 0 {
			t.Errorf("%s has no example", v.Name)
		}
		for _, e := range v.Examples {
			if _, err := words.Parse(e); err != nil {
				t.Errorf("the example %q: %v", e, err)
			}
		}
	}
}

// A phone shows some 44 letters in a line.
func TestHelpHasEachCommandOnceUnderItsGroup(t *testing.T) {
	t.Parallel()
	words := set()
	listed := map[string]int{}
	parts := words.All().Parts
	for _, p := range parts {
		lines, ok := p.(chat.Lines)
		if !ok {
			continue
		}
		if !slices.Contains(command.Groups, command.Group(lines[0][0].Text)) {
			t.Errorf("%q is no group", lines[0][0].Text)
		}
		for _, l := range lines[1:] {
			listed[l[0].Text]++
			text := ""
			for _, s := range l {
				text += s.Text
			}
			if n := utf8.RuneCountInString(text); n > 44 {
				t.Errorf("%q is %d letters long, which a phone wraps", text, n)
			}
		}
	}
	for _, v := range words {
		if listed[v.Name] != 1 {
			t.Errorf("%s is listed %d times: its group is %q", v.Name, listed[v.Name], v.Group)
		}
	}
	if len(listed) != len(words) {
		t.Errorf("%d are listed of %d", len(listed), len(words))
	}
}

func FuzzParse(f *testing.F) {
	f.Add("silence a=b 1h comment")
	f.Add("query x{a=~b} 99999999999d")
	for _, v := range set() {
		for _, e := range v.Examples {
			f.Add(e)
		}
	}
	words := set()
	f.Fuzz(func(t *testing.T, text string) {
		c, err := words.Parse(text)
		if err == nil && c.Name == "silence" && !c.UntilResolved && (c.Duration < time.Minute || c.Duration > 90*24*time.Hour) {
			t.Errorf("%q: %+v", text, c)
		}
		if err == nil && words.Verb(c.Name) == nil {
			t.Errorf("%q is %q, which is no command", text, c.Name)
		}
	})
}
