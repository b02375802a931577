package evaluator

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

const hot = `
policies:
  - name: hot
    severity: critical
    when: {metric: temperature, above: 80, until: 70, for: 30s}
    recover: {after: 1m}
    channels: ["#ops"]
    actions: [cool]
    summary: "{{ metric }} is {{ value }} on {{ labels.host }}, over {{ threshold }}"
`

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestPendingOpenResolved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot)
		w.start("a")
		time.Sleep(5 * time.Second)
		host := map[string]string{"host": "h1"}
		for i := range 40 {
			v := 60.0
			if i >= 10 && i < 20 {
				v = 90 + float64(i)
			}
			w.send(one{"temperature", host, v, 0})
			time.Sleep(10 * time.Second)
		}
		time.Sleep(time.Minute)
		want(t, w.story(),
			`hot{host="h1", team="demo"} PENDING BREACHED`,
			`hot{host="h1", team="demo"} OPEN HELD`,
			`hot{host="h1", team="demo"} RESOLVED RECOVERED`)
		cs := w.changes()
		opened := cs[1]
		if d := opened.At.AsTime().Sub(opened.BeganAt.AsTime()); d < 30*time.Second || d > 31500*time.Millisecond {
			t.Errorf("opened after %s", d)
		}
		if opened.Summary != "temperature is 102 on h1, over 80" && opened.Summary != "temperature is 103 on h1, over 80" {
			t.Errorf("summary %q", opened.Summary)
		}
		c := opened.Conditions[0]
		if !c.HasBefore || c.Before != 60 || c.Threshold != 80 || c.Until != 70 || c.Text != "above 80 for 30 s" || c.SeriesCount != 1 {
			t.Errorf("condition %v", c)
		}
		if cs[2].Conditions[0].Peak != 109 || cs[2].Id != cs[0].Id || cs[2].Version != 3 {
			t.Errorf("resolved %v", cs[2])
		}
	})
}
