package prometheus

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/importer"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/evaluator/replay"
	"github.com/parley-ops/parley/services/internal/label"
)

func rules(expr string) []byte {
	return []byte("groups:\n- name: g\n  rules:\n  - alert: TestRule\n    expr: '" + strings.ReplaceAll(expr, "'", "''") + "'\n    for: 2m\n    labels: {severity: page}\n    annotations: {summary: 'on {{ $labels.host }}: {{ $value }}'}\n")
}

// TestFires replays imported rules; the times are PromQL's, worked out by hand:
// values come each minute, v[i] at minute i.
func TestFires(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	f := func(expr string, series map[string][]float64, want ...int) {
		t.Helper()
		got := Import([]File{{Name: "r.yml", Data: rules(expr)}})
		if len(got.Policies) != 1 {
			t.Fatalf("%s: %+v", expr, got.Refused)
		}
		text, err := importer.Write(got.Policies)
		parsed := policy.Parse("p.yaml", text)
		if err != nil || len(parsed.Problems) > 0 {
			t.Fatalf("%s: %v %v\n%s", expr, err, parsed.Problems, text)
		}
		var in []replay.Series
		for _, name := range []string{"a", "b"} {
			if values := series[name]; values != nil {
				in = append(in, replay.Series{Name: name, Labels: label.FromMap(map[string]string{"host": "h", "team": "t"}), Start: start, Interval: time.Minute, Values: values})
			}
		}
		incidents, err := replay.Run(parsed.Policies, in, start.Add(20*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		var times []int
		for _, i := range incidents {
			times = append(times, int(i.Opened.Sub(start).Minutes()))
			if !i.Resolved.IsZero() {
				times = append(times, int(i.Resolved.Sub(start).Minutes()))
			}
		}
		if len(times) != len(want) {
			t.Fatalf("%s: %v, want %v\n%s", expr, times, want, text)
		}
		for k := range want {
			if times[k] != want[k] {
				t.Errorf("%s: %v, want %v\n%s", expr, times, want, text)
			}
		}
	}
	a := []float64{1, 9, 9, 9, 9, 1, 9, 1, 1, 1}
	f("a > 5", map[string][]float64{"a": a}, 3, 5)
	f(`a{host="h"} >= 9`, map[string][]float64{"a": a}, 3, 5)
	f("5 < a * 2 - 1", map[string][]float64{"a": a}, 3, 5)
	f("max by (host) (a) > 5", map[string][]float64{"a": a}, 3, 5)
	f(`a > 5 and on (host) a{host!="x"} < 10`, map[string][]float64{"a": a}, 3, 5)
	f(`(a{host="other"} > 5 and b > 0) or b > 5`, map[string][]float64{"a": a, "b": {1, 1, 1, 1, 1, 1, 1, 1}})
	f(`a{host="other"} > 5`, map[string][]float64{"a": a})
	f("rate(b[2m]) / rate(a[2m]) > 0.5", map[string][]float64{"a": {0, 60, 120, 180, 240, 300, 360, 420, 480, 540}, "b": {0, 6, 12, 60, 120, 180, 186, 192, 198, 204}}, 6, 7)
	f("a - b offset 2m > 1", map[string][]float64{"a": {1, 1, 1, 3, 3, 3, 3, 3, 3}, "b": {1, 1, 1, 1, 1, 9, 9, 9, 9}}, 5, 7)
	f("b / a < 0.5", map[string][]float64{"a": {4, 4, 4, 4, 4, 4, 4, 4}, "b": {4, 1, 1, 1, 1, 4, 4, 4}}, 3, 5)
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{"sum by (job) (rate(a[5m])) > 1", "a unless b", "a > on (x) b", "vector(1)", "absent(a == 1)", "avg by (x) (a) > 0.5", "sum by (x) (a > 1 and b > 1) > 0", "a % 2 > 0", "histogram_quantile(0.9, a) > 1", "a >", `{__name__=~"x.*"} > 1`} {
		got := Import([]File{{Name: "r.yml", Data: rules(expr)}})
		if len(got.Policies) != 0 || len(got.Refused) != 1 || got.Refused[0].Line != 4 {
			t.Errorf("%s: %+v %+v", expr, got.Policies, got.Refused)
		}
	}
}

// What a group says that a policy cannot is told at each of its policies.
func TestWhatIsLeftOutIsTold(t *testing.T) {
	t.Parallel()
	got := Import([]File{{Name: "r.yml", Data: []byte("groups:\n- name: g\n  limit: 3\n  query_offset: 1m\n  rules:\n  - {alert: A, expr: a > 1, odd: 1, other: 2}\n")}})
	if len(got.Policies) != 1 || len(got.Refused) != 2 || got.Refused[0].Reason != "unknown key odd in a rule" {
		t.Fatalf("%+v %+v", got.Policies, got.Refused)
	}
	if notes := strings.Join(got.Policies[0].Notes, " "); !strings.Contains(notes, "The group's limit is not taken over. The group's query_offset is not taken over.") {
		t.Errorf("notes %q", notes)
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte("groups: []"))
	f.Add(rules("increase(a[5m]) > 3 or b == 1"))
	f.Add(rules("count by (x) (a > 1) > 2"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got := Import([]File{{Name: "f", Data: data}})
		if len(got.Policies) == 0 {
			return
		}
		text, err := importer.Write(got.Policies)
		if problems := policy.Parse("f", text).Problems; err != nil || len(problems) > 0 {
			t.Errorf("%v %v\n%s", err, problems, text)
		}
	})
}
