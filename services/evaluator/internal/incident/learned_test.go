package incident

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
)

const learns = `
- {name: high, when: {metric: m, above: baseline, tolerance: 4 sigma}}
- {name: wide, by: [service], when: {metric: m, outside: baseline, tolerance: 60%, zone: Europe/Berlin, datapoints: {hold: 2, of: 3}}}
- {name: odd, when: {metric: m, anomaly: one in 7 days}, summary: "{{ value }}, expected {{ expected }}: {{ note }}"}
- {name: full, by: [service], when: {metric: disk, forecast: {reaches: 100, within: 36h, confidence: 50%}}}`

// days is a fortnight of ten minutes: a daily wave with noise and a few faults,
// and disks that fill.
func days(s *sim, n int, each func(step int)) {
	r := rand.New(rand.NewPCG(5, 6))
	for i := range n {
		s.advance(10 * time.Minute)
		wave := 100 + 40*math.Sin(2*math.Pi*float64(i)/144)
		for k, h := range []string{"a", "b"} {
			v := wave + 4*r.NormFloat64()
			if i > 600 && (i+k*70)%500 < 5 {
				v *= 2.5
			}
			s.send("m{service=s,host="+h+"}", v, 0)
			s.send("disk{service=s,host="+h+"}", min(100, 20+float64(i)*0.05*float64(1+k)+0.1*r.NormFloat64()), 0)
		}
		each(i)
	}
}

// What was learned is the same after a restart, to the bit, and nothing fires
// while too little is known.
func TestWhatIsLearnedSurvivesARestart(t *testing.T) {
	t.Parallel()
	whole, cut := newSim(t, learns), newSim(t, learns)
	r := rand.New(rand.NewPCG(1, 1))
	days(whole, 1500, func(int) {})
	days(cut, 1500, func(i int) {
		if r.IntN(40) == 0 {
			cut.restart()
		}
	})
	opened := map[string]int{}
	for i, c := range whole.changes {
		if c.State == eventv1.IncidentState_INCIDENT_STATE_OPEN && c.Version == 1 {
			opened[c.Policy]++
		}
		if c.At.AsTime().Sub(time.UnixMilli(1_795_305_600_000)) < 30*time.Hour {
			t.Errorf("fires while learning: %v", c)
		}
		if i >= len(cut.changes) || cut.changes[i].String() != c.String() {
			t.Fatalf("change %d differs after restarts", i)
		}
	}
	for p, st := range whole.states {
		if !bytes.Equal(st.Snapshot(), cut.states[p].Snapshot()) {
			t.Errorf("partition %s differs after restarts", p)
		}
	}
	if opened["high"] < 3 || opened["odd"] < 2 || opened["wide"] < 2 || opened["full"] < 1 || len(opened) != 4 || opened["high"] > 20 || opened["odd"] > 20 {
		t.Errorf("opened %v", opened)
	}
}

// People and charts are told what was expected.
func TestExpectationsAreTold(t *testing.T) {
	t.Parallel()
	s := newSim(t, learns)
	days(s, 100, func(int) {})
	name, labels := series1("m{service=s,host=a}")
	st := s.states[bus.PartitionOf(label.Resource(labels))]
	id := label.Fingerprint(name, labels)
	if c := st.conditionState(&group{rule: st.byName["high"], labels: labels}, 0); !c.Learning || c.HasBand || c.Note != "still learning" {
		t.Errorf("while learning: %v", c)
	}
	days(s, 500, func(int) {})
	h := st.Answer(&eventv1.Query{Query: &eventv1.Query_History{History: &eventv1.HistoryQuery{SeriesId: []uint64{id}}}}).Series[0]
	n := len(h.Values)
	if n < 100 || len(h.Expected) != n || len(h.Lower) != n || len(h.Upper) != n {
		t.Fatalf("%d values, %d expected", n, len(h.Expected))
	}
	inside, known := 0, 0
	for i := range h.Values {
		if !math.IsNaN(h.Lower[i]) {
			known++
			if h.Values[i] >= h.Lower[i] && h.Values[i] <= h.Upper[i] {
				inside++
			}
		}
	}
	if known < 30 || inside*10 < known*9 {
		t.Errorf("%d of %d values are in the band", inside, known)
	}
	s.advance(10 * time.Minute)
	s.send("m{service=s,host=a}", 600, 0)
	found := false
	for _, c := range s.changes[s.told:] {
		k := c.Conditions[0]
		if c.Policy == "odd" && k.Value == 600 {
			found = k.HasBand && k.Lower < k.Expected && k.Expected < k.Upper && k.Upper < 300 && k.HasThreshold && k.Threshold == k.Upper
			if want := fmt.Sprintf("600, expected %.3g", k.Expected); len(c.Summary) < len(want) || c.Summary[:12] != want[:12] {
				t.Errorf("summary %q", c.Summary)
			}
		}
	}
	if !found {
		t.Errorf("%v", s.last())
	}
}
