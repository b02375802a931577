package incident

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
)

const explains = `
- {name: unusual, when: {metric: cpu, above: baseline}}
- {name: unexplained, when: {metric: cpu, outside: baseline, given: requests, tolerance: 4 sigma}, summary: "{{ value }}: {{ note }}"}
- {name: both, by: [service], when: {metric: cpu, above: baseline, given: [requests, bytes], tolerance: 20}}`

// traffic is days of minutes: requests, in waves, and the CPU that they take; the
// order in which the three come changes from minute to minute.
func traffic(s *sim, from, n int, requests func(i int) float64, extra func(i int) float64, each func(i int)) {
	r := rand.New(rand.NewPCG(5, uint64(from)))
	for i := from; i < from+n; i++ {
		s.advance(time.Minute)
		load := requests(i) + 5*r.NormFloat64()
		sent := []func(){
			func() { s.send("requests{service=s,host=a}", load, 0) },
			func() { s.send("bytes{service=s,host=a}", 10*load+r.NormFloat64(), 0) },
			func() { s.send("cpu{service=s,host=a}", 5+load/10+r.NormFloat64()+extra(i), 0) },
		}
		r.Shuffle(3, func(a, b int) { sent[a], sent[b] = sent[b], sent[a] })
		for _, send := range sent {
			send()
		}
		each(i)
	}
}

func wave(i int) float64 { return 300 + 200*math.Sin(2*math.Pi*float64(i)/1440) }
func none(int) float64   { return 0 }
func opened(s *sim) string {
	var names []string
	for _, c := range s.changes[s.told:] {
		if c.Version == 1 {
			names = append(names, c.Policy)
		}
	}
	s.told = len(s.changes)
	return strings.Join(names, " ")
}

// High CPU that traffic explains is unusual, and no news; CPU alone is both.
func TestWhatOthersExplainIsNoNews(t *testing.T) {
	t.Parallel()
	s := newSim(t, explains)
	traffic(s, 1, 300, wave, none, func(int) {})
	name, labels := series1("cpu{service=s,host=a}")
	st := s.states[bus.PartitionOf(label.Resource(labels))]
	if c := st.conditionState(&group{rule: st.byName["unexplained"], labels: labels}, 0); !c.Learning || c.HasBand || c.Note != "still learning" {
		t.Errorf("while learning: %v", c)
	}
	traffic(s, 301, 3*1440, wave, none, func(int) {})
	opened(s)
	traffic(s, 301+3*1440, 30, func(i int) float64 { return 2.5 * wave(i) }, none, func(int) {})
	if got := opened(s); got != "unusual" {
		t.Errorf("CPU as high as traffic makes it: opened %q, want unusual alone", got)
	}
	traffic(s, 400+3*1440, 90, wave, none, func(int) {})
	opened(s)
	traffic(s, 500+3*1440, 20, wave, func(int) float64 { return 40 }, func(int) {})
	if got := opened(s); !strings.Contains(got, "unusual") || !strings.Contains(got, "unexplained") || !strings.Contains(got, "both") {
		t.Errorf("CPU that nothing explains: opened %q, want all three", got)
	}
	c := st.conditionState(&group{rule: st.byName["unexplained"], labels: labels}, 0)
	if !c.HasBand || c.Upper > c.Expected+10 || !strings.Contains(c.Note, "expected given requests, ") {
		t.Errorf("told %v", c)
	}
	h := st.Answer(&eventv1.Query{Query: &eventv1.Query_History{History: &eventv1.HistoryQuery{SeriesId: []uint64{label.Fingerprint(name, labels)}}}}).Series[0]
	if len(h.Given) != 2 || len(h.Given[1].Expected) != len(h.Values) || strings.Join(h.Given[0].Given, " ") != "bytes requests" {
		t.Errorf("history has %d explanations", len(h.Given))
	}
}

// A metric that does not come explains nothing: neither opens nor recovers.
func TestWithoutTheOthersNothingIsExpected(t *testing.T) {
	t.Parallel()
	s := newSim(t, explains)
	traffic(s, 1, 3*1440, wave, none, func(int) {})
	opened(s)
	for range 30 {
		s.advance(time.Minute)
		s.send("cpu{service=s,host=a}", 99, 0)
	}
	if got := opened(s); got != "unusual" {
		t.Errorf("opened %q, want unusual alone", got)
	}
	_, labels := series1("cpu{service=s,host=a}")
	st := s.states[bus.PartitionOf(label.Resource(labels))]
	if c := st.conditionState(&group{rule: st.byName["unexplained"], labels: labels}, 0); c.Holds || !strings.Contains(c.Note, "nothing is expected given requests") {
		t.Errorf("told %v", c)
	}
	for range 5 {
		s.advance(time.Minute)
		s.send("requests{service=s,host=a}", 300, 0) // and no bytes
		s.send("cpu{service=s,host=a}", 99, 0)
	}
	if got := opened(s); got != "unexplained" {
		t.Errorf("opened %q, want what needs requests alone", got)
	}
}

func TestWhatOthersExplainSurvivesARestart(t *testing.T) {
	t.Parallel()
	whole, cut := newSim(t, explains), newSim(t, explains)
	r := rand.New(rand.NewPCG(1, 1))
	spikes := func(i int) float64 {
		if i > 700 && i%200 < 5 {
			return 40
		}
		return 0
	}
	traffic(whole, 1, 1500, wave, spikes, func(int) {})
	traffic(cut, 1, 1500, wave, spikes, func(int) {
		if r.IntN(40) == 0 {
			cut.restart()
		}
	})
	if len(whole.changes) == 0 || len(whole.changes) != len(cut.changes) {
		t.Fatalf("%d changes, %d after restarts", len(whole.changes), len(cut.changes))
	}
	for i, c := range whole.changes {
		if cut.changes[i].String() != c.String() {
			t.Fatalf("change %d differs after restarts", i)
		}
	}
	for p, st := range whole.states {
		if !bytes.Equal(st.Snapshot(), cut.states[p].Snapshot()) {
			t.Errorf("partition %s differs after restarts", p)
		}
	}
}
