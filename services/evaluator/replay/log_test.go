package replay

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
)

const logRules = `policies:
  - name: hot
    when: {metric: cpu, above: 90, for: 5m}
  - name: fleet
    by: [env]
    when: {metric: cpu, above: 80, for: 2m}
  - name: quiet
    when: {metric: cpu, absent: 30m}
`

func rulesOf(t *testing.T, text string) []policy.Policy {
	t.Helper()
	f := policy.Parse("rules.yaml", []byte(text))
	for _, p := range f.Problems {
		t.Fatal(p)
	}
	return f.Policies
}

// csvOf writes hosts' minutes of a day, host by host or minute by minute.
func csvOf(t *testing.T, byHost bool) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("time,metric,host,env,value\n")
	value := func(h, m int) float64 {
		r := rand.New(rand.NewPCG(uint64(h), uint64(m/20)))
		return float64(60 + r.IntN(40))
	}
	row := func(h, m int) {
		if h == 2 && m > 400 && m < 500 {
			return
		}
		fmt.Fprintf(&b, "%s,cpu,h%d,prod,%g\n", start.Add(time.Duration(m)*time.Minute).Format(time.RFC3339), h, value(h, m))
	}
	for i := range 4 * 1440 {
		if byHost {
			row(i/1440, i%1440)
		} else {
			row(i%4, i/4)
		}
	}
	name := filepath.Join(t.TempDir(), "cpu.csv")
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func replayed(t *testing.T, policies []policy.Policy, name string) (incidents []Incident, changes int) {
	t.Helper()
	last := time.Time{}
	l := NewLog(policies, func(c *eventv1.IncidentChanged) {
		changes++
		if at := c.GetAt().AsTime(); at.Before(last) {
			t.Errorf("a change at %s comes after one at %s", at, last)
		} else {
			last = at
		}
	})
	if err := CSV(context.Background(), []string{name}, func(e Entry) error { return l.Apply(e.Partition, e.Stored, e.Event) }); err != nil {
		t.Fatal(err)
	}
	incidents, err := l.End(start.Add(25 * time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return incidents, changes
}

// A log gives what the same series give at once, whatever the order of the file,
// and the same each time.
func TestALogGivesWhatItsSeriesGive(t *testing.T) {
	t.Parallel()
	policies := rulesOf(t, logRules)
	a, n := replayed(t, policies, csvOf(t, true))
	b, m := replayed(t, policies, csvOf(t, false))
	if len(a) == 0 || len(a) != len(b) || n != m {
		t.Fatalf("%d and %d incidents, %d and %d changes", len(a), len(b), n, m)
	}
	kinds := map[string]int{}
	for i := range a {
		kinds[a[i].Policy]++
		if a[i].ID != b[i].ID || a[i].Opened != b[i].Opened || a[i].Resolved != b[i].Resolved || a[i].Summary != b[i].Summary {
			t.Errorf("%+v\n%+v", a[i], b[i])
		}
	}
	if len(kinds) != 3 {
		t.Errorf("%v", kinds)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	name := csvOf(t, false)
	before, _ := replayed(t, rulesOf(t, logRules), name)
	end := start.Add(25 * time.Hour)
	for _, d := range Diff(before, before, end) {
		if d.Change != Same {
			t.Errorf("%+v", d)
		}
	}
	after, _ := replayed(t, rulesOf(t, strings.Replace(logRules, "above: 90, for: 5m", "above: 90, for: 15m", 1)), name)
	counts := map[Change]int{}
	for _, d := range Diff(before, after, end) {
		counts[d.Change]++
		of := d.Before
		if of == nil {
			of = d.After
		}
		if of.Policy != "hot" && d.Change != Same {
			t.Errorf("%s changed: %+v", of.Policy, d)
		}
		if d.Change == Other && !d.After.Opened.After(d.Before.Opened) {
			t.Errorf("opened %s, then %s", d.Before.Opened, d.After.Opened)
		}
	}
	if counts[Other] == 0 || counts[Appeared] != 0 || counts[Same] == 0 {
		t.Errorf("%v", counts)
	}
	if got := Diff(nil, after, end); len(got) != len(after) || got[0].Change != Appeared {
		t.Errorf("%d of %d", len(got), len(after))
	}
	if got := Diff(before, nil, end); len(got) != len(before) || got[0].Change != Vanished {
		t.Errorf("%d of %d", len(got), len(before))
	}
}

func TestWrongCSV(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "x.csv")
	if err := os.WriteFile(name, []byte("a,b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	none := func(Entry) error { return nil }
	if err := CSV(context.Background(), []string{name}, none); err == nil || !strings.Contains(err.Error(), "x.csv: line 1: the columns are a, b") {
		t.Error(err)
	}
	if err := CSV(context.Background(), make([]string, mostFiles+1), none); err == nil {
		t.Error("too many files are taken")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := CSV(ctx, []string{csvOf(t, false)}, none); err != context.Canceled {
		t.Error(err)
	}
}
