package policy

import (
	"strings"
	"testing"
	"time"
)

func TestActions(t *testing.T) {
	t.Parallel()
	file := func(actions string) []byte {
		return []byte("policies:\n  - name: p\n    when: {metric: m, above: 1}\n    actions: " + actions + "\n")
	}
	f := Parse("p.yaml", file("[restart, {run: gc, automatic: true, after: 2m, times: 3, when_silenced: true}, {run: plain}]"))
	if len(f.Problems) > 0 || len(f.Policies) != 1 {
		t.Fatal(f.Problems)
	}
	p := f.Policies[0]
	if strings.Join(p.Actions, " ") != "restart gc plain" || len(p.Automatic) != 1 || p.Automatic[0] != (Automatic{"gc", 2 * time.Minute, 3, true}) {
		t.Errorf("%v %v", p.Actions, p.Automatic)
	}
	for actions, want := range map[string]string{"[{automatic: true}]": "no run", "[{run: gc, after: 2m}]": "belong to automatic", "[gc, {run: gc}]": "there twice",
		"[{run: gc, automatic: maybe}]": "want true or false", "[{run: gc, automatic: true, times: 99}]": "from 1 to 10", "[{run: gc, automatc: true}]": "automatc"} {
		problems := Parse("p.yaml", file(actions)).Problems
		if len(problems) == 0 || !strings.Contains(problems[0].Text, want) {
			t.Errorf("%s: %v, want %q", actions, problems, want)
		}
	}
}
