package incident

import (
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

func TestWideGroupIsOneIncident(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, by: [service], when: {metric: m, above: 80, for: 30s}, recover: {after: 10s}}]`)
	for i := range 12 {
		s.advance(10 * sec)
		for _, h := range []string{"a", "b", "c"} {
			v := 50.0
			if i >= 3 && (h == "a" || h == "b" && i >= 5) {
				v = 85
			}
			if i == 8 && h == "b" {
				v = 97
			}
			s.send("m{service=s,host="+h+"}", v, 0)
		}
		s.send("m{service=other,host=x}", 1, 0)
	}
	s.expect("p{service=s} PENDING BREACHED", "p{service=s} OPEN HELD")
	c := s.last()
	if c.Team != "demo" || c.Conditions[0].SeriesCount != 2 || !c.Conditions[0].HasBefore || c.Conditions[0].Before != 50 || c.Conditions[0].Threshold != 80 {
		t.Errorf("%v", c)
	}
	s.advance(10 * sec)
	s.send("m{service=s,host=a}", 1, 0)
	s.advance(30 * sec)
	s.expect()
	s.send("m{service=s,host=b}", 1, 0)
	s.advance(9 * sec)
	s.expect()
	s.advance(sec)
	s.expect("p{service=s} RESOLVED RECOVERED")
	if p := s.last().Conditions[0].Peak; p != 97 {
		t.Errorf("peak %v", p)
	}
}

// Metrics with different labels meet by the group's.
func TestWideConditionsOnDifferentLabels(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, by: [host], when: {all: [{metric: cpu, above: 80}, {metric: disk, above: 90}]}}]`)
	s.send("cpu{host=a}", 99, 0)
	s.send("disk{host=b,path=/}", 99, 0)
	s.expect()
	s.send("disk{host=a,path=/var,device=sda}", 95, 0)
	s.expect("p{host=a} OPEN BREACHED")
}

func TestOneGroupOfEverything(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, by: [], when: {metric: m, above: 80}}]`)
	s.send("m{host=a}", 99, 0)
	s.send("m{host=b}", 99, 0)
	s.expect("p{} OPEN BREACHED")
}

func TestNoDataKeep(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"", "by: [host], "} {
		s := newSim(t, `[{name: p, `+by+`when: {metric: m, above: 80, for: 10m}, recover: {after: 10m}}]`)
		s.load("m{host=a}", 60*sec, times(3, 90)...)
		s.expect("p{host=a} PENDING BREACHED")
		s.advance(time.Hour)
		s.expect() // silent: it does not open
		s.load("m{host=a}", 60*sec, 90)
		s.expect("p{host=a} OPEN HELD")
		s.load("m{host=a}", 60*sec, 10)
		s.advance(time.Hour)
		s.expect() // nor recover
		s.load("m{host=a}", 60*sec, 10)
		s.expect("p{host=a} RESOLVED RECOVERED")
	}
}

func TestNoDataOK(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"", "by: [host], "} {
		s := newSim(t, `[{name: p, `+by+`no_data: ok, when: {metric: m, above: 80, no_data_after: 3m}}]`)
		s.load("m{host=a}", 60*sec, times(3, 90)...)
		s.expect("p{host=a} OPEN BREACHED")
		s.advance(179 * sec)
		s.expect()
		s.advance(sec)
		s.expect("p{host=a} RESOLVED NO_DATA_OK")
		s.load("m{host=a}", 60*sec, 90)
		s.expect("p{host=a} OPEN BREACHED")
	}
}

func TestNoDataAlert(t *testing.T) {
	t.Parallel()
	s := newSim(t, `
- {name: near, no_data: alert, when: {metric: m, above: 80}}
- {name: wide, by: [service], no_data: alert, when: {metric: m, above: 80}}`)
	a, b := "m{service=s,host=a}", "m{service=s,host=b}"
	for range 10 {
		s.advance(60 * sec)
		s.send(a, 1, 0)
		s.send(b, 1, 0)
	}
	s.expect()
	for range 10 { // b goes on
		s.advance(60 * sec)
		s.send(b, 1, 0)
	}
	s.expect("near{host=a,service=s} OPEN NO_DATA")
	if s.last().Detail != "no data from m" {
		t.Error(s.last().Detail)
	}
	s.advance(299 * sec)
	s.expect()
	s.advance(2 * sec)
	s.expect("near{host=b,service=s} OPEN NO_DATA", "wide{service=s} OPEN NO_DATA")
	s.send(a, 1, 0)
	s.expect("near{host=a,service=s} RESOLVED RECOVERED", "wide{service=s} RESOLVED RECOVERED")
	s.advance(20 * sec)
	s.send(b, 99, 0)
	s.expect("near{host=b,service=s} OPEN UPDATED", "wide{service=s} OPEN BREACHED")
}

// A slow series is silent only after five of its intervals.
func TestSilenceIsMeasuredByTheInterval(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, no_data: alert, when: {metric: m, above: 80}}]`)
	s.load("m{host=a}", 10*time.Minute, times(20, 1)...)
	s.advance(49 * time.Minute)
	s.expect()
	s.advance(time.Minute)
	s.expect("p{host=a} OPEN NO_DATA")
}

func TestPolicyChanges(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"", "by: [host], "} {
		pol := func(rest string) string { return `[{name: p, ` + by + rest + `}]` }
		s := newSim(t, pol(`when: {metric: m, above: 80}`))
		s.load("m{host=a}", 10*sec, 90)
		s.expect("p{host=a} OPEN BREACHED")
		id := s.last().Id

		s.policies(pol(`summary: "other words", when: {metric: m, above: 80}`))
		s.advance(20 * sec)
		s.expect()
		s.policies(pol(`when: {metric: m, above: 85}`)) // tests something else, holds still
		s.advance(20 * sec)
		s.expect()
		s.load("m{host=a}", 10*sec, 86)
		s.expect()
		s.policies(pol(`when: {metric: m, above: 95}`)) // does not hold any more
		s.advance(20 * sec)
		s.expect("p{host=a} RESOLVED POLICY_CHANGED")
		if s.last().Id != id {
			t.Errorf("another incident")
		}
		s.load("m{host=a}", 10*sec, 99)
		s.expect("p{host=a} OPEN BREACHED")
		s.policies(`[]`)
		s.expect("p{host=a} RESOLVED POLICY_REMOVED")
		s.load("m{host=a}", 10*sec, 99)
		s.policies(pol(`when: {metric: m, above: 80}`)) // holds at once
		s.expect("p{host=a} OPEN BREACHED")
		s.policies(`[{name: p, by: [team, host], when: {metric: m, above: 80}}]`)
		s.expect("p{host=a} RESOLVED POLICY_CHANGED", "p{host=a} OPEN BREACHED")
		s.policies(`[{name: p, enabled: false, by: [team, host], when: {metric: m, above: 80}}]`)
		s.expect("p{host=a} RESOLVED POLICY_REMOVED")
	}
}

// A partial of a policy that this partition does not have yet waits.
func TestPartialsOfNewerPoliciesWait(t *testing.T) {
	t.Parallel()
	old, next := parse(t, `[{name: q, when: {metric: z, above: 1}}]`), parse(t, `[{name: p, by: [host], when: {metric: m, above: 80}}]`)
	source := newSim(t, `[]`)
	source.set, source.rev = next, 7
	var batch *eventv1.PartialBatch
	source.send("m{host=a}", 90, 0)
	for _, log := range source.logs {
		for _, e := range log {
			if p := e.Event.GetPartials(); p != nil {
				batch = p
			}
		}
	}
	target := New(5, Options{})
	apply := func(seq uint64, e *eventv1.PartitionEntry, en Entry) int {
		en.Sequence, en.Stored, en.Event = seq, source.now, e
		return len(target.Apply(en).Changes)
	}
	set := func(rev uint64) *eventv1.PartitionEntry {
		return &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Policies{Policies: &eventv1.PolicySetChanged{Revision: rev}}}
	}
	partials := &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Partials{Partials: batch}}
	apply(1, set(3), Entry{Set: old})
	if n := apply(2, partials, Entry{}); n != 0 {
		t.Errorf("%d changes too early", n)
	}
	if n := apply(3, set(7), Entry{Set: next}); n != 1 {
		t.Errorf("%d changes, want it opened", n)
	}
	if n := apply(4, partials, Entry{}); n != 0 || target.Counts().Partials != 1 {
		t.Errorf("counted twice")
	}
}
