package incident

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/occurrence"
)

// say stores an event of the series event.level{labels}, which happened ago.
func (s *sim) say(labels, kind, level, message, id string, ago time.Duration) {
	_, set := series1(occurrence.Metric + "{" + labels + "}")
	key := label.Fingerprint(occurrence.Metric, set)
	l, _ := occurrence.Level(level)
	b := &eventv1.SampleBatch{Events: []*eventv1.Occurrence{{SeriesId: key, At: timestamppb.New(s.now.Add(-ago)), Type: kind, Level: l, Message: message, Id: id}}}
	if !s.defined[key] {
		s.defined[key] = true
		b.Defs = []*eventv1.SeriesDef{{Id: key, Name: occurrence.Metric, Labels: set.Proto()}}
	}
	s.entry(bus.PartitionOf(label.Resource(set)), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: b}}, nil)
}

func TestAnEventHoldsForAWhile(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {event: "deploy.*", level: ">=error", lasts: 5m}}]`)
	s.say("service=a", "deploy.finished", "info", "", "", 0)
	s.expect()
	s.advance(sec)
	s.say("service=a", "deploy.failed", "error", "exit 1\non  <web-1>", "", 0)
	s.expect("p{service=a} OPEN BREACHED")
	if c := s.last(); c.Summary != "deploy.failed, error: exit 1 on <web-1>" || c.Conditions[0].Value != 4 {
		t.Errorf("%v", c)
	}
	s.advance(4 * time.Minute)
	s.say("service=a", "deploy.failed", "critical", "exit 2", "", 0)
	s.advance(4 * time.Minute)
	s.expect()
	s.advance(time.Minute)
	s.expect("p{service=a} RESOLVED RECOVERED")
	if c := s.last(); c.Conditions[0].Peak != 5 || c.Conditions[0].Note != "deploy.failed, critical: exit 2 (2 such events)" {
		t.Errorf("%v", c.Conditions[0])
	}
}

// Late events and repeats make no difference: an end stays one, and what is too
// old opens nothing.
func TestEventsThatComeLateOrAgain(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {event: job.started, until: job.done}}, {name: q, when: {event: job.started, lasts: 5m}}]`)
	s.say("job=a", "job.started", "info", "", "1", 0)
	s.expect("p{job=a} OPEN BREACHED", "q{job=a} OPEN BREACHED")
	s.advance(10 * time.Minute)
	s.say("job=a", "job.done", "info", "", "2", 0)
	s.expect("q{job=a} RESOLVED RECOVERED", "p{job=a} RESOLVED RECOVERED")
	if n := s.last().Conditions[0].Note; n != "job.done, info" {
		t.Errorf("ended with %q", n)
	}
	s.say("job=a", "job.started", "info", "", "1", 10*time.Minute)  // again
	s.say("job=a", "job.started", "info", "", "1b", 10*time.Minute) // late, and over
	s.advance(time.Minute)
	s.expect()
	s.say("job=a", "job.started", "info", "", "3", 30*sec) // late, and not over
	s.expect("p{job=a} OPEN BREACHED", "q{job=a} OPEN BREACHED")
	_, labels := series1("x{job=a}")
	if c := s.states[bus.PartitionOf(label.Resource(labels))].Counts(); c.Duplicates != 1 {
		t.Errorf("%d duplicates", c.Duplicates)
	}
}

// A condition on events that is new knows of none that came before, and one that
// stays goes on.
func TestEventsOverChangesOfPolicies(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {event: x, lasts: 1h}}]`)
	s.say("a=b", "x", "info", "", "", 0)
	s.expect("p{a=b} OPEN BREACHED")
	s.advance(time.Minute)
	s.policies(`[{name: new, when: {event: x, lasts: 2h}}, {name: p, when: {event: x, lasts: 1h}}]`)
	s.expect()
	s.advance(59 * time.Minute)
	s.expect("p{a=b} RESOLVED RECOVERED")
}

// What holds at any time is what a look over all events that came until then says,
// whatever their order.
func TestEventsByBruteForce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		policy := rapid.SampledFrom([]string{"{event: b, lasts: 60s}", "{event: b, until: e}", "{event: b, until: e, lasts: 60s}"}).Draw(rt, "policy")
		s := newSim(t, "[{name: p, when: "+policy+"}]")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		type seen struct {
			at    time.Time
			begin bool
		}
		var all []seen
		for n := range 60 {
			s.advance(time.Duration(1+r.IntN(40)) * sec)
			ago := time.Duration(r.IntN(2)*r.IntN(80)) * sec
			begin := r.IntN(2) == 0
			kind := map[bool]string{true: "b", false: "e"}[begin]
			id := fmt.Sprint(n)
			s.say("a=b", kind, "info", "", id, ago)
			if r.IntN(4) == 0 {
				s.say("a=b", kind, "info", "", id, ago)
			}
			all = append(all, seen{s.now.Add(-ago), begin})
			// An end counts for what began before it, even if that comes later; of
			// two at one time the one that came last.
			began, ended := time.Time{}, time.Time{}
			for _, e := range all {
				switch {
				case e.begin && !e.at.Before(ended) && !e.at.Before(began):
					began = e.at
				case !e.begin && e.at.After(ended):
					ended = e.at
				}
			}
			ends := policy != "{event: b, lasts: 60s}"
			want := !began.IsZero() && (!ends || !began.Before(ended)) && (policy == "{event: b, until: e}" || s.now.Before(began.Add(time.Minute)))
			if !ends {
				newest := slices.MaxFunc(all, func(a, b seen) int {
					if a.begin != b.begin {
						return map[bool]int{true: 1, false: -1}[a.begin]
					}
					return a.at.Compare(b.at)
				})
				want = newest.begin && s.now.Before(newest.at.Add(time.Minute))
			}
			open := false
			for _, st := range s.states {
				open = open || st.open > 0
			}
			if open != want {
				rt.Fatalf("%s after %v: open %v, want %v", policy, all, open, want)
			}
		}
	})
}
