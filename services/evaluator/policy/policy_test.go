package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// The example of the design, to the letter but for what comes later.
const example = `
policies:
  - name: checkout-slow
    severity: critical
    scope: {env: prod, service: "~checkout|cart"}
    by: [service]
    when:
      all:
        - {metric: latency.p99, above: 800, until: 600, for: 5m}
        - {metric: requests.rate, above: {metric: requests.usual, times: 1.5}, for: 5m}
        - at_least:
            count: 1
            of:
              - {metric: errors.rate, outside: [1, 2%]}
              - any: [{metric: up, equals: 0}, {metric: version, changed: true}]
    recover: {after: 2m}
    no_data: alert
    channels: ["#ops"]
    actions: [restart-checkout]
    labels: {owner: payments}
    summary: "p99 is {{ value }} on {{ labels.service }}"
    runbook: https://example.org/runbooks/checkout
`

func TestExample(t *testing.T) {
	t.Parallel()
	f := Parse("x.yaml", []byte(example))
	if len(f.Problems) > 0 || len(f.Policies) != 1 {
		t.Fatalf("%d policies, problems %v", len(f.Policies), f.Problems)
	}
	p := f.Policies[0]
	if p.Severity != eventv1.Severity_SEVERITY_CRITICAL || p.ByAll || !slices.Equal(p.By, []string{"service"}) || p.RecoverAfter != 2*time.Minute ||
		p.NoData != Alert || len(p.Conditions) != 5 || p.Labels.Get("owner") != "payments" {
		t.Errorf("%+v", p)
	}
	var texts []string
	for i := range p.Conditions {
		texts = append(texts, p.Conditions[i].Text())
	}
	if want := []string{"above 800 for 5 min", "above 1.5 × requests.usual for 5 min", "outside 1 to 2 %", "equals 0", "changed"}; !slices.Equal(texts, want) {
		t.Errorf("%q", texts)
	}
	if got, want := p.Combination(), "all (1, 2, at least 1 of 2 (3, any (4, 5)))"; got != want {
		t.Errorf("combination %q, want %q", got, want)
	}
	holding := func(conds ...int) bool {
		return p.When.Holds(func(i int) bool { return slices.Contains(conds, i) })
	}
	if holding(0, 1) || !holding(0, 1, 4) || holding(0, 2, 3) {
		t.Error("the tree is judged wrongly")
	}

	again, problems := ParseOne("x", p.YAML)
	if len(problems) > 0 || again.Hash != p.Hash || again.Name != p.Name {
		t.Errorf("written and read again: %v", problems)
	}
	set := NewSet(f.Policies)
	back, problems := SetFromEvent(set.Event())
	if len(problems) > 0 || back.Digest != set.Digest || len(back.Policies) != 1 {
		t.Errorf("set: %v", problems)
	}
}

func TestHashIsOfWhatIsTested(t *testing.T) {
	t.Parallel()
	f := func(old, new string, same bool) {
		t.Helper()
		a, b := Parse("a", []byte(example)), Parse("b", []byte(strings.Replace(example, old, new, 1)))
		if len(b.Policies) != 1 {
			t.Fatal(b.Problems)
		}
		if (a.Policies[0].Hash == b.Policies[0].Hash) != same {
			t.Errorf("%s -> %s: same is %v", old, new, !same)
		}
	}
	f(`"#ops"`, `"#cost"`, true)
	f(`severity: critical`, `severity: info`, true)
	f(`p99 is`, `it is`, true)
	f(`above: 800`, `above: 801`, false)
	f(`for: 5m`, `for: 6m`, false)
	f(`no_data: alert`, `no_data: ok`, false)
	f(`env: prod`, `env: test`, false)
	f(`count: 1`, `count: 2`, false)
}

func TestProblems(t *testing.T) {
	t.Parallel()
	one := func(line string) string {
		return "policies:\n  - name: a\n    " + line + "\n    when: {metric: m, above: 1}\n"
	}
	when := func(w string) string { return "policies:\n  - name: a\n    when: " + w + "\n" }
	f := problems(t)
	f(one("severty: info"), `f:3:5: unknown key "severty" in a policy (did you mean severity?)`)
	f(one("severity: crticial"), `f:3:15: severity: want info, warning or critical, not "crticial" (did you mean critical?)`)
	f(one("no_data: allert"), `f:3:14: no_data: want keep, alert or ok, not "allert" (did you mean alert?)`)
	f(one("recover: {afer: 2m}"), `f:3:15: unknown key "afer" in recover (did you mean after?)`)
	f(one("recover: {after: 2 minutes}"), `f:3:22: recover.after: "2 minutes" is not a time`)
	f(one(`scope: {service: "~("}`), "f:3:22: scope: label service: regular expression")
	f(one(`summary: "{{ vale }} {{ x"`), "f:3:14: summary: {{ vale }} is nothing that can be filled in (did you mean value?)", "f:3:14: summary: {{ without }}")
	f(one("runbook: wiki"), "f:3:14: runbook: want an address")
	f(one("by: {a: b}"), "f:3:9: by: want a list")
	f(one("by: [a, a]"), `f:3:13: by: "a" is there twice`)
	f(one("enabled: perhaps"), "f:3:14: enabled: want true or false")
	f(one("severity: info\n    severity: info"), `f:4:5: key "severity" is there twice`)
	f(when("{metric: m, abov: 1}"), `f:3:11: what about the metric?`, `f:3:23: unknown key "abov" in a condition (did you mean above?)`)
	f(when("{metric: m, above: 1, below: 2}"), "f:3:40: below: the condition has above already")
	f(when("{metric: m, above: much}"), `f:3:30: above: "much" is not a number`)
	f(when("{metric: m, above: 80, until: 90}"), "f:3:41: above: until must not be over")
	f(when("{metric: m, equals: 80, until: 90}"), "f:3:42: until: equals has no recovery threshold")
	f(when("{metric: m, above: {metrc: x}}"), "f:3:30: no metric to compare with", `f:3:31: unknown key "metrc" in the other metric (did you mean metric?)`)
	f(when("{metric: m, outside: [1]}"), "f:3:32: outside: want two numbers")
	f(when("{metric: m, outside: [2, 1]}"), "f:3:32: outside: the first number must not be greater")
	f(when("{metric: 0m, above: 1}"), `f:3:20: metric "0m"`)
	f(when("{above: 1}"), "f:3:11: no metric in the condition")
	f(when("{all: []}"), "f:3:17: all: want a list of conditions")
	f(when("{all: [{metric: m, above: 1}], for: 5m}"), "f:3:42: all stands alone")
	f(when("{at_least: {count: 3, of: [{metric: m, above: 1}]}}"), "f:3:30: count: want a number from 1 to 1")
	f(when("[]"), "f:3:11: when: want {all")
	f("policies:\n  - name: A b\n", "f:2:5: no `when`", `f:2:11: name "A b": want small letters`)
	f("policies:\n  - when: {metric: m, above: 1}\n", "f:2:5: no name")
	f("policies:\n  - {name: a, when: {metric: m, above: 1}}\n  - {name: a, when: {metric: m, above: 2}}\n", "f:3:5: a policy named a is above already")
	f("policy: []\n", `f:1:1: unknown key "policy" in the file (did you mean policies?)`, "f:1:1: no policies")
	f("policies: {}\n", "f:1:11: policies: want a list")
	f("policies:\n  - name: [\n", "f:")
	f("a: &a [*a]\n", "f:")
	f("")
}

// What is right counts, whatever is wrong beside it.
func TestGoodBesideBad(t *testing.T) {
	t.Parallel()
	f := Parse("f", []byte("policies:\n  - {name: bad, when: {metric: m}}\n  - {name: good, when: {metric: m, above: 1}}\n  - 7\n"))
	if len(f.Policies) != 1 || f.Policies[0].Name != "good" || len(f.Problems) != 2 || !slices.Equal(f.Names, []string{"bad", "good"}) {
		t.Errorf("%+v", f)
	}
	if f.Problems[0].Policy != "bad" {
		t.Errorf("problem %+v does not name its policy", f.Problems[0])
	}
}

func TestAnchorsAreReplaced(t *testing.T) {
	t.Parallel()
	f := Parse("f", []byte("policies:\n  - {name: a, when: &w {metric: m, above: 1}}\n  - {name: b, when: *w}\n"))
	if len(f.Policies) != 2 {
		t.Fatal(f.Problems)
	}
	if _, problems := ParseOne("b", f.Policies[1].YAML); len(problems) > 0 {
		t.Errorf("%v in %s", problems, f.Policies[1].YAML)
	}
}

func TestSchemaKnowsEveryKey(t *testing.T) {
	t.Parallel()
	var s struct {
		Defs map[string]struct {
			Properties map[string]any `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(Schema(), &s); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if s.Defs["policy"].Properties[k] == nil {
			t.Errorf("policy has no %s", k)
		}
	}
	for _, k := range conditionKeys {
		if s.Defs["condition"].Properties[k] == nil {
			t.Errorf("condition has no %s", k)
		}
	}
	for _, k := range tests {
		if s.Defs["condition"].Properties[k] == nil {
			t.Errorf("condition has no kind %s", k)
		}
	}
	if len(s.Defs["policy"].Properties) != len(keys) || len(s.Defs["condition"].Properties) != len(conditionKeys)+len(tests) {
		t.Error("the schema has keys that the language has not")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("policies:\n  - {name: e, when: {event: \"deploy.*\", level: \">=error\", matches: \"a|b\", lasts: 1h, until: x}}\n")
	f.Add(example)
	f.Add("policies:\n  - {name: a, when: {metric: m, above: 1}}\n")
	f.Add("policies: [{name: &a x, when: {any: [*a, {metric: m, inside: [1, 2GiB], until: [0, 3]}]}}]")
	f.Add("policies:\n  - {name: a, by: [], when: {any: [{metric: m, expr: 'mean(\"10m\") > metric(\"n\")', share: {above: 3%}}, {metric: m, anomaly: one in 7 days}]}}\n")
	f.Add("policies:\n  - {name: a, when: {metric: m, rate: {above: 3, over: 1m}, datapoints: {hold: 1, of: 2, every: 1m, missing: ignore}}}\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range Parse("f", []byte(text)).Policies {
			again, problems := ParseOne("f", p.YAML)
			if len(problems) > 0 {
				t.Fatalf("%v in what was written:\n%s", problems, p.YAML)
			}
			if again.Hash != p.Hash {
				t.Fatalf("another policy when read again:\n%s", p.YAML)
			}
		}
	})
}

func TestAsk(t *testing.T) {
	t.Parallel()
	of := func(ask string) ([]Policy, []Problem) {
		f := Parse("f", []byte("policies:\n  - name: a\n    when: {metric: m, above: 1}\n    ask: "+ask+"\n"))
		return f.Policies, f.Problems
	}
	labels := func(name string) string {
		return map[string]string{"labels.owner": "ann", "labels.name": "batch", "values.cost.usd": "$280"}[name]
	}
	f := func(ask, owner, question string, within time.Duration, otherwise string) {
		t.Helper()
		all, problems := of(ask)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		a := all[0].Ask
		if got := a.Owner.FillOrNothing(labels); got != owner {
			t.Errorf("%s: owner %q, want %q", ask, got, owner)
		}
		if got := a.Question.Fill(labels); got != question || a.Within != within || a.Otherwise != otherwise {
			t.Errorf("%s: %q %s %q", ask, got, a.Within, a.Otherwise)
		}
	}
	f(`{owner: owner, within: 24h, otherwise: keep}`, "ann", "", 24*time.Hour, "")
	f(`{owner: "{{ labels.owner }}", question: "is {{ labels.name }} needed? {{ values.cost.usd or nobody knows }}", within: 2d, otherwise: stop-it}`,
		"ann", "is batch needed? $280", 48*time.Hour, "stop-it")
	f(`{owner: "{{ labels.lead or labels.owner }}", question: "{{ labels.x or labels.name }}, {{ labels.x or labels.y }}", within: 1m, otherwise: keep}`, "ann", "batch, ?", time.Minute, "")
	f(`{owner: "{{ labels.team_lead }}", question: "{{ values.cost.eur or nobody knows }}, {{ labels.x }}", within: 1m, otherwise: keep}`, "", "nobody knows, ?", time.Minute, "")
	for ask, want := range map[string]string{
		`{within: 24h, otherwise: keep}`:                              "no owner",
		`{owner: owner, otherwise: keep}`:                             "no within",
		`{owner: owner, within: 24h}`:                                 "no otherwise",
		`{owner: owner, within: 10s, otherwise: keep}`:                "ask.within: want 1m0s at least",
		`{owner: "{{ owner }}", within: 1h, otherwise: keep}`:         "ask.owner: {{ owner }} is nothing",
		`{owner: owner, within: 1h, otherwise: "Stop it"}`:            "ask.otherwise",
		`{owner: owner, whithin: 1h, otherwise: keep}`:                "did you mean within",
		`{owner: owner, within: 1h, otherwise: keep, question: "{{"}`: "ask.question: {{ without }}",
		`owner`: "want `key: value` lines",
	} {
		if _, problems := of(ask); !strings.Contains(fmt.Sprint(problems), want) {
			t.Errorf("%s: %v, want %q", ask, problems, want)
		}
	}
	all, _ := of(`{owner: owner, within: 24h, otherwise: keep}`)
	other, _ := of(`{owner: owner, within: 25h, otherwise: keep}`)
	if all[0].Hash != other[0].Hash {
		t.Error("the hash is of more than what is tested")
	}
}
