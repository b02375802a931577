package yamlfile

import (
	"strings"
	"testing"
)

func TestTop(t *testing.T) {
	t.Parallel()
	f := func(text, problem string, line int) {
		t.Helper()
		top, p := Top([]byte(text), 100)
		if problem == "" && (p != nil || top == nil) || problem != "" && (p == nil || top != nil || p.Line != line || !strings.Contains(p.Text, problem)) {
			t.Errorf("%q: %v, problem %+v, want %q on line %d", text, top, p, problem, line)
		}
	}
	f("a: 1", "", 0)
	f("a: &x {b: 1}\nc: *x", "", 0)
	f("a: 1\nb: [\n", "not YAML", 3)
	f(strings.Repeat("[", 60)+strings.Repeat("]", 60), "too large, or nested too deeply", 1)
	f("a: &x [1,2,3,4,5,6,7,8,9]\nb: &y [*x,*x,*x,*x,*x,*x]\nc: [*y,*y,*y]", "too large", 1)
	if top, p := Top(nil, 100); top != nil || p != nil {
		t.Errorf("nothing is %v, %v", top, p)
	}
	top, _ := Top([]byte("a: &x {b: 1}\nc: *x"), 100)
	if got := top.Content[3].Content[1].Value; got != "1" {
		t.Errorf("an alias stands for %q", got)
	}
}

func TestValue(t *testing.T) {
	t.Parallel()
	top, _ := Top([]byte("a: 1\nb: {c: 2}\nd: [x, y]"), 100)
	for key, want := range map[string]string{"a": "1", "c": "", "x": "", "": ""} {
		if v := Value(top, key); (v == nil) != (want == "") || v != nil && v.Value != want {
			t.Errorf("%q: %v", key, v)
		}
	}
	if v := Value(Value(top, "b"), "c"); v == nil || v.Value != "2" {
		t.Errorf("within: %v", v)
	}
	if Value(nil, "a") != nil || Value(Value(top, "d"), "x") != nil {
		t.Error("a value in nothing, or in a list")
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	const text = "a: 1 # one\nlist:\n  - {metric: aws.alb.target_response_time.p99, above: 1.5, datapoints: {hold: 3, of: 5, every: 1m}}\n"
	top, p := Top([]byte(text), 100)
	if p != nil {
		t.Fatal(p)
	}
	if got, err := Text(top); err != nil || got != text {
		t.Errorf("%v\n%s", err, got)
	}
}
