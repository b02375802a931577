package replay

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const ruleText = `policies:
  - name: hot
    severity: critical
    when: {metric: cpu, above: 90%, for: 10m}
    summary: "{{ labels.host }} at {{ value }}"
`

const testText = `interval: 5m
units: {cpu: "%"}
tests:
  - name: an hour of full load
    series:
      cpu{host="a"}: 10x2 97x12 40x2
    incidents:
      - {policy: hot, opened: 20m, resolved: 1h10m, labels: {host: a}, severity: critical, summary: "a at 97 %"}
  - name: load of a moment
    series:
      cpu{host="a"}: 10x5 97x1 10x20
    none: true
  - name: load that stays
    until: 2d
    series:
      cpu{host="a"}: 97 97
    incidents:
      - {policy: hot, opened: 10m}
`

func TestAFileOfTests(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "tests"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cpu.yaml"), []byte(ruleText), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(text string) (diffs []string) {
		t.Helper()
		f := ParseFile(filepath.Join(dir, "tests", "cpu.yaml"), []byte(text))
		if len(f.Problems) > 0 {
			t.Fatal(f.Problems)
		}
		ps, problems := f.Load()
		if len(ps) != 1 || len(problems) > 0 {
			t.Fatalf("%v, %v", ps, problems)
		}
		for _, r := range f.Run(ps) {
			for _, d := range r.Differences {
				diffs = append(diffs, r.Test+": "+d)
			}
		}
		return diffs
	}
	if got := run(testText); len(got) > 0 {
		t.Error(strings.Join(got, "\n"))
	}
	f := func(old, new, want string) {
		t.Helper()
		text := strings.Replace(testText, old, new, 1)
		if text == testText {
			t.Fatalf("%q is not there", old)
		}
		if got := strings.Join(run(text), "\n"); !strings.Contains(got, want) || strings.Count(got, "\n") > strings.Count(want, "\n") {
			t.Errorf("%s for %s: got\n%s\nwant\n%s", new, old, got, want)
		}
	}
	f("opened: 20m", "opened: 25m", `an hour of full load: line 8: hot{host="a"}: opened at 20m, want 25m`)
	f("1h10m", "1h15m", `resolved at 1h10m, want resolved at 1h15m`)
	f(", resolved: 1h10m", "", `resolved at 1h10m, want it open at the end`)
	f("opened: 10m", "opened: 10m, resolved: 2h", `open at the end, want resolved at 2h`)
	f("severity: critical,", "severity: info,", `critical, want info`)
	f("at 97 %", "at 98 %", `says "a at 97 %", want "a at 98 %"`)
	f("policy: hot, opened: 10m", "policy: hat, opened: 10m", "load that stays: line 18: no policy is named hat, did you mean hot?\n"+
		"load that stays: line 18: hat{} did not open, wanted at 10m\n"+`load that stays: not expected: hot{host="a"} opened at 10m, open at the end: a at 97 %`)
	f("labels: {host: a}", "labels: {host: b}", "line 8: hot{host=\"b\"} did not open, wanted at 20m\nan hour of full load: not expected: hot{host=\"a\"} opened at 20m, resolved at 1h10m: a at 97 %")
	f("97x1 10x20", "97x3 10x20", `load of a moment: not expected: hot{host="a"} opened at 35m, resolved at 40m: a at 97 %`)
}

func TestWrongTestFiles(t *testing.T) {
	t.Parallel()
	f := func(old, new, want string) {
		t.Helper()
		text := strings.Replace(testText, old, new, 1)
		if text == testText {
			t.Fatalf("%q is not there", old)
		}
		file := ParseFile("tests/x.yaml", []byte(text))
		got := ""
		for _, p := range file.Problems {
			got += p.String() + "\n"
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s for %s: got\n%s\nwant %q", new, old, got, want)
		}
	}
	f("interval: 5m", "intervall: 5m", `tests/x.yaml:1:1: unknown key "intervall" in the file (did you mean interval?)`)
	f("interval: 5m", "interval: 0", `interval: "0" is not a time`)
	f("interval: 5m", "interval: [", "not YAML")
	f("- name: load that stays\n    until", "- until", "no name")
	f("load that stays", "load of a moment", `a test named "load of a moment" is in line 9 already`)
	f("none: true", "none: yes", "want `none: true`")
	f("    none: true\n", "", "want either")
	f("none: true", "incidents: []", "want a list")
	f("opened: 10m", "opend: 10m", "did you mean opened?")
	f("opened: 10m", "opened: soon", `"soon" is not a time`)
	f("policy: hot, opened: 10m", "opened: 10m", "no policy")
	f("97 97", "97 ninety", "not a number")
	f(`cpu{host="a"}: 97 97`, `"cpu{host": 97 97`, "write it as cpu")
	f("severity: critical", "severity: bad", "want info, warning or critical")
	f("tests:\n", "tests: {}\nmore:\n", "no tests")
	if got := ParseFile("x", nil).Problems; len(got) != 1 || got[0].Text != "empty" {
		t.Errorf("%v", got)
	}
}

// Whatever is read, ParseFile answers, and what it takes can be run.
func FuzzParseFile(f *testing.F) {
	f.Add([]byte("tests:\n  - name: a\n    events: [{at: 5m, event: x, level: error, message: y, labels: {a: b}, id: z}]\n    none: true\n"))
	f.Add([]byte(testText))
	f.Add([]byte("tests:\n  - {name: a, series: {m: 1}, none: true}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := ParseFile("tests/x.yaml", data)
		for i := range file.Tests {
			n := 0
			for _, s := range file.Tests[i].Series {
				n += len(s.Values)
			}
			if n < 1000 {
				file.Tests[i].run(nil)
			}
		}
	})
}
