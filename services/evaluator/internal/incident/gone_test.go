package incident

import (
	"bytes"
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
)

// leave says that a series was stopped or removed on purpose.
func (s *sim) leave(text, reason string) {
	name, labels := series1(text)
	s.entry(bus.PartitionOf(label.Resource(labels)), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: &eventv1.SampleBatch{
		Gone: []*eventv1.SeriesGone{{Id: label.Fingerprint(name, labels), Reason: reason}}}}}, nil)
}

// restart restores every partition from its snapshot.
func (s *sim) restart() {
	s.t.Helper()
	for p, st := range s.states {
		snap := st.Snapshot()
		again, err := Restore(p, s.opt, snap, s.set)
		if err != nil || !bytes.Equal(again.Snapshot(), snap) {
			s.t.Fatalf("partition %s cannot be restored: %v", p, err)
		}
		s.states[p] = again
	}
}

// What is stopped on purpose has not recovered, and raises nothing.
func TestStoppedIsGoneAndNotResolved(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"", "by: [name], "} {
		s := newSim(t, `
- {name: high, `+by+`when: {metric: m, above: 80, for: 1m}, recover: {after: 10m}}
- {name: missing, `+by+`no_data: alert, when: {metric: m, above: 200}}
- {name: absent, `+by+`when: {metric: m, absent: 5m}}`)
		s.load("m{name=web}", 30*sec, 90, 90, 90, 90)
		s.expect("high{name=web} PENDING BREACHED", "high{name=web} OPEN HELD")
		s.advance(sec)
		s.leave("m{name=web}", "was stopped")
		s.expect("high{name=web} RESOLVED GONE")
		if d := s.last().Detail; d != "web was stopped" {
			t.Errorf("%q", d)
		}
		s.restart()
		s.advance(30 * sec)
		s.send("m{name=web}", 95, 40*sec) // came late, and is no sign of life
		s.expect()
		s.advance(3 * time.Hour)
		s.leave("m{name=web}", "was stopped")
		s.advance(3 * time.Hour)
		s.expect()
		// It is started again, and is as it was.
		s.restart()
		s.defined = map[uint64]bool{}
		s.load("m{name=web}", 30*sec, 90, 90, 90, 90)
		s.expect("high{name=web} PENDING BREACHED", "high{name=web} OPEN HELD")
		s.advance(4 * time.Minute)
		s.leave("m{name=web}", "was terminated")
		s.expect("high{name=web} RESOLVED GONE")
		s.load("m{name=web}", 30*sec, 50)
		s.advance(20 * time.Minute)
		s.expect("missing{name=web} OPEN NO_DATA", "absent{name=web} OPEN BREACHED")
		s.leave("m{name=web}", "was stopped") // which is what it was all the time
		s.expect("missing{name=web} RESOLVED GONE", "absent{name=web} RESOLVED GONE")
	}
}

// Of several, the rest decides; one that went while it was pending opens nothing.
func TestOneOfManyIsGone(t *testing.T) {
	t.Parallel()
	s := newSim(t, `
- {name: high, by: [service], when: {metric: m, above: 80, for: 1m}}
- {name: half, by: [service], when: {metric: m, above: 80, share: {above: 50%}}}`)
	a, b, c := "m{service=s,name=a}", "m{service=s,name=b}", "m{service=s,name=c}"
	s.send(c, 10, 0)
	s.load(a, 10*sec, 90)
	s.load(b, 10*sec, 10)
	s.expect("high{service=s} PENDING BREACHED")
	s.leave(a, "was stopped")
	s.expect("high{service=s} RESOLVED WITHDRAWN")
	s.load(a, 10*sec, 90)
	s.load(b, 10*sec, 90)
	s.expect("high{service=s} PENDING BREACHED", "half{service=s} OPEN BREACHED")
	s.leave(a, "was stopped")
	s.expect("half{service=s} RESOLVED GONE")
	s.load(b, 60*sec, 90)
	s.expect("high{service=s} OPEN HELD")
	s.leave(c, "was stopped")
	s.expect("half{service=s} OPEN BREACHED") // b is all that is left
	s.load(b, 10*sec, 10)
	s.expect("half{service=s} RESOLVED RECOVERED", "high{service=s} RESOLVED GONE")
}
