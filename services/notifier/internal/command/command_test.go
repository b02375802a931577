package command

import (
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	t.Parallel()
	f := func(text string, check func(Command) bool) {
		t.Helper()
		c, err := Parse(text)
		if err != nil || !check(c) {
			t.Errorf("%q: %+v %v", text, c, err)
		}
	}
	f("", func(c Command) bool { return c.Name == "help" })
	f("  Incidents ", func(c Command) bool { return c.Name == "incidents" })
	f("ack abc on it", func(c Command) bool { return c.Incident == "abc" && c.Comment == "on it" })
	f("silence abc 1h30m deploy now", func(c Command) bool {
		return c.Incident == "abc" && c.Duration == 90*time.Minute && c.Comment == "deploy now"
	})
	f("silence abc resolved", func(c Command) bool { return c.UntilResolved })
	f(`silence service=“checkout” env!=prod host=~web.* 2d`, func(c Command) bool {
		return len(c.Matchers) == 3 && c.Matchers[0].Value == "checkout" && c.Duration == 48*time.Hour && c.Matchers[2].String() == "host=~web.*"
	})
	f("query jvm.heap {service=shop} 4h", func(c Command) bool {
		return c.Metric == "jvm.heap" && c.Duration == 4*time.Hour && c.Matchers[0].String() == "service=shop"
	})
	f("run gc abc", func(c Command) bool { return c.Action == "gc" && c.Incident == "abc" })
	f("freeze 111122223333 deploy under way", func(c Command) bool { return c.Name == "freeze" && c.Comment == "111122223333 deploy under way" })
	f("thaw", func(c Command) bool { return c.Name == "thaw" && c.Comment == "" })
	f("cost", func(c Command) bool { return c.Name == "cost" })
	for text, want := range map[string]string{
		"idel": `"idle"`, "scedules": `"schedules"`,
		"incidnets": `"incidents"`, "xyzzy": "help lists", "ack": "/parley ack", "silence abc": "for how long", "silence abc 5y": "length of time",
		"silence abc 10s": "from 1m", "silence a=~( 1h": "regular expression", "run gc": "which incident", "unsilence": "Which silence", "query": "Which metric",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) {
			t.Errorf("%q: %v, want %q in it", text, err, want)
		}
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	t.Parallel()
	for _, v := range verbs {
		if c := Help(v.name); !strings.Contains(c.Text, v.name) {
			t.Errorf("%s: %+v", v.name, c)
		}
		if _, err := Parse(v.name); err != nil && strings.Contains(err.Error(), "no command") {
			t.Errorf("help names %q, which is no command", v.name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("silence a=b 1h comment")
	f.Add("query x{a=~b} 99999999999d")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err == nil && c.Name == "silence" && !c.UntilResolved && (c.Duration < time.Minute || c.Duration > 90*24*time.Hour) {
			t.Errorf("%q: %+v", text, c)
		}
	})
}
