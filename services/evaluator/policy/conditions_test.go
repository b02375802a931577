package policy

import (
	"strings"
	"testing"
)

// problems returns a function that wants a file to have these problems.
func problems(t *testing.T) func(text string, want ...string) {
	return func(text string, want ...string) {
		t.Helper()
		var got []string
		for _, p := range Parse("f", []byte(text)).Problems {
			got = append(got, p.String())
		}
		if len(got) != len(want) {
			t.Errorf("%s\ngot  %q\nwant %q", text, got, want)
			return
		}
		for i := range want {
			if !strings.HasPrefix(got[i], want[i]) {
				t.Errorf("%s\ngot  %q\nwant %q", text, got[i], want[i])
			}
		}
	}
}

func TestProblemsOfConditions(t *testing.T) {
	t.Parallel()
	f := problems(t)
	when := func(w string) string { return "policies:\n  - name: a\n    when: " + w + "\n" }
	f(when("{metric: m, equals: baseline}"), `f:3:31: equals: "baseline" is not a number`)
	f(when("{metric: m, above: 3, tolerance: 3 sigma}"), "f:3:44: tolerance: only beside a comparison")
	f(when("{metric: m, above: baseline, tolerance: wide}"), "f:3:51: tolerance: \"wide\"")
	f(when("{metric: m, above: baseline, zone: Mars}"), "f:3:46: zone: \"Mars\" is no time zone")
	f(when("{metric: m, above: 3, given: n}"), "f:3:40: given: only beside a comparison with the baseline")
	f(when("{metric: m, above: baseline, given: [n, m, n, '9 x']}"), "f:3:51: given: m cannot explain itself", "f:3:54: given: n is there twice", `f:3:57: given: metric "9 x"`)
	f(when("{metric: m, above: baseline, given: []}"), "f:3:47: given: want 1 to 8 metrics")
	f(when("{metric: m, above: baseline, zone: UTC, given: n}"), "f:3:58: given: not beside zone")
	f(when("{metric: m, anomaly: often}"), "f:3:32: anomaly: \"often\"")
	f(when("{metric: m, forecast: {within: 1m}}"), "f:3:33: forecast: no reaches", "f:3:42: forecast.within: want 1h to 14d")
	f(when("{metric: m, forecast: {reaches: 100, within: 1d, until: 2h, confidence: 3}}"), "f:3:67: forecast.until: want no less", "f:3:83: forecast.confidence: want a share")
	f(when("{metric: m, equals: 1, or_equal: true}"), "f:3:44: or_equal: only beside above or below")
	f(when("{metric: m, above: baseline, or_equal: true}"), "f:3:50: or_equal: only beside above or below")
	f(when("{metric: m, below: 1, or_equal: maybe}"), `f:3:43: or_equal: want true or false, not "maybe"`)
	f(when("{metric: m, above: 1, datapoints: {hold: 3, of: 2}}"), "f:3:52: datapoints.hold: want a whole number from 1 to 2")
	f(when("{metric: m, above: 1, datapoints: {hold: 2}}"), "f:3:45: datapoints: want how many of how many")
	f(when("{metric: m, above: 1, datapoints: {hold: 2, of: 3, missing: breaching}}"), "f:3:71: datapoints.missing: without `every` each sample")
	f(when("{metric: m, above: 1, datapoints: {hold: 2, of: 3, every: 1m, missing: notbreaching}}"), `f:3:82: datapoints.missing: want missing, ignore, breaching or notBreaching, not "notbreaching" (did you mean notBreaching?)`)
	f(when("{metric: m, absent: 10m, datapoints: {hold: 2, of: 3}}"), "f:3:48: datapoints: not beside absent")
	f(when(`{metric: m, expr: "value >"}`), "f:3:29: expr: unexpected token")
	f(when(`{metric: m, expr: "value + 1"}`), "f:3:29: expr: expected bool")
	f(when(`{metric: m, expr: "vale > 1"}`), "f:3:29: expr: unknown name vale")
	f(when(`{metric: m, expr: "mean('soon') > 1"}`), `f:3:29: expr: mean("soon"): want a time from 10s to 15d`)
	f(when(`{metric: m, expr: "mean(labels.x) > 1"}`), "f:3:29: expr: mean: want a text")
	f(when(`{metric: m, expr: "rate('5m', labels.x) > 1"}`), "f:3:29: expr: rate: want the metric as a text")
	f(when(`{metric: m, expr: "rate('5m', 'n', 'o') > 1"}`), "f:3:29: expr: rate: want a text, such as rate")
	f(when(`{metric: m, expr: "metric('') > 1"}`), `f:3:29: expr: metric ""`)
	f(when(`{metric: m, expr: "len(1..1000000) > 1"}`), "f:3:29: expr: ")
	f(when(`{metric: m, expr: "all([1], # > 0)"}`), "f:3:29: expr: loops are not allowed")
	f(when(`{metric: m, expr: "max(1..1000000) > 1"}`), "f:3:29: expr: ranges are not allowed")
	f(when("{event: 'a b'}"), `f:3:19: event: "a b": want the type of events`)
	f(when("{event: a, metric: m}"), "f:3:30: metric: not beside event")
	f(when("{event: a, above: 3}"), "f:3:19: event: the condition has above already")
	f(when("{event: a, level: loud}"), `f:3:29: level: "loud" is none: there are debug, info`)
	f(when("{event: a, level: '>=erro'}"), `f:3:29: level: "erro" is none (did you mean error?)`)
	f(when("{event: a, level: '> error'}"), `f:3:29: level: "> error": want a level`)
	f(when("{event: a, matches: '('}"), "f:3:31: matches: error parsing regexp: missing closing )")
	f(when("{event: a, matches: '"+strings.Repeat("x", 501)+"'}"), "f:3:31: matches: 501 bytes, at most 500")
	f(when("{event: a, lasts: 0}"), "f:3:29: lasts: want 1s at least")
	f(when("{event: a, until: 80%}"), `f:3:29: until: "80%": want the type of events`)
	f(when("{metric: m, above: 1, level: error, lasts: 3m}"), "f:3:40: level: only beside event", "f:3:54: lasts: only beside event")
	f(when("{metric: m, absent: soon}"), `f:3:31: absent: "soon" is not a time`, "f:3:31: absent: want how long nothing comes")
	f(when("{metric: m, expires: 5m, until: 3}"), "f:3:43: until: expires has no recovery threshold")
	f(when("{metric: m, rate: {above: 5}}"), "f:3:29: rate: no over")
	f(when("{metric: m, rate: {over: 5m}}"), "f:3:29: rate: how fast?")
	f(when("{metric: m, rate: {above: 5, below: 3, over: 5m}}"), "f:3:47: rate: below: there is above already")
	f(when("{metric: m, rate: {above: 5, over: 1s}}"), "f:3:46: rate.over: want 10s to 15d")
	f(when("{metric: m, rate: {above: 5, over: 5m, per: week}}"), "f:3:55: rate.per: want second")
	f(when("{metric: m, jump: {percent: 50}}"), "f:3:29: jump: no within")
	f(when("{metric: m, jump: {percent: 50, by: 3, within: 5m}}"), "f:3:29: jump: want by how much, either")
	f(when("{metric: m, jump: {by: -3, within: 5m, direction: left}}"), "f:3:34: jump.by: want a number from 0", "f:3:61: jump.direction: want up")
	f(when("{metric: m, above: {of: yesterday, by: 30%}}"), `f:3:35: above: of "yesterday": want a time ago`)
	f(when("{metric: m, outside: {of: 1d ago}}"), "f:3:32: outside: no by")
	f(when("{metric: m, above: {of: 1d ago, by: 30%}, until: 3}"), "f:3:60: until: not beside a comparison with the past")
	f(when("{metric: m, above: 1, count: {above: 1}}"), "f:3:11: count and share are of the series of a group")
	f("policies:\n  - name: a\n    by: []\n    when: {metric: m, above: 1, share: {above: 1}}\n", "f:4:48: share.above: want a share")
	f("policies:\n  - name: a\n    by: []\n    when: {metric: m, above: 1, count: {above: 2%}, share: {above: 5%}}\n", "f:4:48: count.above: want a whole", "f:4:60: share: the condition has count already")
}
