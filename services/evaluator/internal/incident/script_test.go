package incident

import (
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
)

const sec = time.Second

func TestOpensAtOnceWithoutFor(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {metric: m, above: 80, until: 70}}]`)
	s.load("m{host=a}", 10*sec, 50, 60, 55, 90, 75, 95, 71)
	s.expect("p{host=a} OPEN BREACHED")
	c := s.changes[0].Conditions[0]
	if c.Value != 90 || c.Threshold != 80 || c.Until != 70 || !c.HasBefore || c.Before != 55 || c.SeriesCount != 1 || !c.Holds {
		t.Errorf("%v", c)
	}
	s.load("m{host=a}", 10*sec, 70)
	s.expect("p{host=a} RESOLVED RECOVERED")
	if c := s.last().Conditions[0]; c.Peak != 95 || c.Value != 70 || c.Holds || c.Since == nil {
		t.Errorf("%v", c)
	}
	s.load("m{host=a}", 10*sec, 99)
	s.expect("p{host=a} OPEN BREACHED")
	if s.last().PreviousId != s.changes[0].Id || s.last().Id == s.changes[0].Id || s.last().Version != 1 {
		t.Errorf("%v", s.last())
	}
}

func TestExcursionsWithinOneEntryAreNotLost(t *testing.T) {
	t.Parallel()
	s := newSim(t, `
- {name: near, when: {metric: m, above: 80}}
- {name: wide, by: [host], when: {metric: m, above: 80}}`)
	s.together("m{host=a}", 50, 90, 50, 95, 96, 40)
	s.advance(10 * sec)
	s.expect("near{host=a} OPEN BREACHED", "near{host=a} RESOLVED RECOVERED", "near{host=a} OPEN BREACHED", "near{host=a} RESOLVED RECOVERED",
		"wide{host=a} OPEN BREACHED", "wide{host=a} RESOLVED RECOVERED", "wide{host=a} OPEN BREACHED", "wide{host=a} RESOLVED RECOVERED")
	s.together("m{host=a}", 90, 50, 90)
	s.advance(10 * sec)
	s.expect("near{host=a} OPEN BREACHED", "near{host=a} RESOLVED RECOVERED", "near{host=a} OPEN BREACHED",
		"wide{host=a} OPEN BREACHED", "wide{host=a} RESOLVED RECOVERED", "wide{host=a} OPEN BREACHED")
	s.together("m{host=a}", 50, 90)
	s.advance(10 * sec)
	s.expect("near{host=a} RESOLVED RECOVERED", "near{host=a} OPEN BREACHED", "wide{host=a} RESOLVED RECOVERED", "wide{host=a} OPEN BREACHED")
}

func TestForIsWithoutInterruption(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {metric: m, above: 80, for: 60s}}]`)
	s.load("m{host=a}", 10*sec, 90, 90, 90, 80, 90, 90, 90)
	s.expect("p{host=a} PENDING BREACHED", "p{host=a} RESOLVED WITHDRAWN", "p{host=a} PENDING BREACHED")
	s.load("m{host=a}", 10*sec, 90, 90)
	s.expect()
	s.advance(19999 * time.Millisecond)
	s.expect()
	s.advance(time.Millisecond)
	s.expect("p{host=a} OPEN HELD") // by a tick, to the millisecond
}

func TestRecoverAfter(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {metric: m, above: 80}, recover: {after: 60s}}]`)
	s.load("m{host=a}", 10*sec, 90, 70, 70, 70, 90, 70)
	s.expect("p{host=a} OPEN BREACHED")
	s.load("m{host=a}", 10*sec, times(5, 70)...)
	s.expect()
	s.advance(10 * sec)
	s.expect("p{host=a} RESOLVED RECOVERED")
}

func TestUpdatesEveryFiveMinutesAndWhenConditionsChange(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {any: [{metric: m, above: 80}, {metric: n, above: 5}]}}]`)
	s.load("m{host=a}", 10*sec, 90)
	s.load("n{host=a}", 30*sec, 9)
	s.expect("p{host=a} OPEN BREACHED", "p{host=a} OPEN UPDATED")
	if c := s.last(); !c.Conditions[0].Holds || !c.Conditions[1].Holds || c.Combination != "any" {
		t.Errorf("%v", c)
	}
	s.load("m{host=a}", 10*sec, times(60, 95)...)
	s.expect("p{host=a} OPEN UPDATED", "p{host=a} OPEN UPDATED")
	if c := s.last(); c.Conditions[0].Value != 95 || c.Version != 4 {
		t.Errorf("%v", c)
	}
}

func TestCombinations(t *testing.T) {
	t.Parallel()
	s := newSim(t, `
- {name: all, when: {all: [{metric: a, above: 1}, {metric: b, above: 1, for: 20s}]}}
- {name: two, when: {at_least: {count: 2, of: [{metric: a, above: 1}, {metric: b, above: 1}, {metric: c, below: 1}]}}}`)
	s.send("a{h=x}", 2, 0)
	s.send("c{h=x}", 2, 0)
	s.expect()
	s.send("b{h=x}", 2, 0)
	s.expect("two{h=x} OPEN BREACHED", "all{h=x} PENDING BREACHED")
	s.advance(20 * sec)
	s.expect("all{h=x} OPEN HELD")
	s.advance(sec)
	s.send("a{h=x}", 0, 0)
	s.expect("two{h=x} RESOLVED RECOVERED", "all{h=x} RESOLVED RECOVERED")
	s.send("c{h=y}", 0, 0)
	s.send("a{h=y}", 9, 0)
	s.expect("two{h=y} OPEN BREACHED")
}

func TestAnotherMetricIsTheThreshold(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {metric: now, above: {metric: usual, times: 2, plus: 1}}}]`)
	s.send("now{h=x}", 30, 0)
	s.expect() // nothing to compare with
	s.send("usual{h=x}", 10, 0)
	s.expect("p{h=x} OPEN BREACHED")
	if c := s.last().Conditions[0]; c.Threshold != 21 || c.Text != "above 2 × usual +1" {
		t.Errorf("%v", c)
	}
	s.advance(sec)
	s.send("usual{h=x}", 15, 0)
	s.expect("p{h=x} RESOLVED RECOVERED")
	s.send("usual{h=y}", 1, 0)
	s.send("now{h=z}", 100, 0)
	s.expect() // other resources
}

func TestUnits(t *testing.T) {
	t.Parallel()
	s := newSim(t, `
- {name: slow, when: {metric: duration_seconds, above: 500ms}, summary: "{{ value }} over {{ threshold }} on {{ labels.h }}"}
- {name: big, when: {metric: heap_bytes, above: 2GiB}, summary: "{{ value }}"}`)
	s.send("duration_seconds{h=x}", 0.4, 0)
	s.expect()
	s.advance(sec)
	s.send("duration_seconds{h=x}", 0.75, 0)
	s.send("heap_bytes{h=x}", 3<<30, 0)
	s.expect("slow{h=x} OPEN BREACHED", "big{h=x} OPEN BREACHED")
	if got := s.changes[0].Summary + "; " + s.changes[1].Summary; got != "750 ms over 500 ms on x; 3 GiB" {
		t.Error(got)
	}
}

func TestWordsNameOtherMetricsAndTheOwner(t *testing.T) {
	t.Parallel()
	s := newSim(t, `
- name: idle
  when: {metric: idle_hours, above: 24}
  summary: "{{ labels.name }}: {{ values.heap_bytes }}, {{ values.idle_hours }}, {{ values.price_usd or price unknown }}"
  ask: {owner: owner, question: "is {{ labels.name }} of {{ labels.nobody or somebody }} needed?", within: 24h, otherwise: keep}`)
	s.send("heap_bytes{name=x,owner=ann}", 3<<30, 0)
	s.send("price_usd{name=y,owner=ann}", 280, 0) // another resource
	s.advance(sec)
	s.send("idle_hours{name=x,owner=ann}", 30, 0)
	s.expect("idle{name=x,owner=ann} OPEN BREACHED")
	c := s.last()
	if c.Summary != "x: 3 GiB, 30, price unknown" {
		t.Errorf("summary %q", c.Summary)
	}
	if a := c.Ask; a.GetOwner() != "ann" || a.GetQuestion() != "is x of somebody needed?" || a.GetWithin().AsDuration() != 24*time.Hour || a.GetOtherwise() != "" {
		t.Errorf("asks %v", a)
	}
	s.advance(sec)
	s.send("idle_hours{name=x,owner=ann}", 0, 0)
	s.expect("idle{name=x,owner=ann} RESOLVED RECOVERED")
	if got := s.last().Summary; got != "x: 3 GiB, 30, price unknown" { // what it was about
		t.Errorf("summary at the end %q", got)
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, scope: {env: prod, host: "!~test.*"}, when: {metric: m, above: 1}}]`)
	for _, l := range []string{"env=prod,host=a", "env=dev,host=a", "host=a", "env=prod,host=test1"} {
		s.send("m{"+l+"}", 2, 0)
	}
	s.expect("p{env=prod,host=a} OPEN BREACHED")
}

func TestLateAndDoubleSamplesMoveNothing(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {metric: m, above: 80}}]`)
	s.load("m{host=a}", 10*sec, 50, 90)
	s.expect("p{host=a} OPEN BREACHED")
	s.send("m{host=a}", 10, 0)     // the same time again
	s.send("m{host=a}", 10, 5*sec) // late
	s.expect()
	_, labels := series1("m{host=a}")
	st := s.states[bus.PartitionOf(label.Resource(labels))]
	if c := st.Counts(); c.Duplicates != 1 || c.Late != 1 || c.Samples != 4 {
		t.Errorf("%+v", c)
	}
	a := st.Answer(&eventv1.Query{Query: &eventv1.Query_History{History: &eventv1.HistoryQuery{Name: "m"}}})
	if got := a.Series[0].Values; len(got) != 3 || got[1] != 10 || got[2] != 90 {
		t.Errorf("history %v", got)
	}
}

func TestUnknownSeriesAreHeldBack(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {metric: m, above: 80}}]`)
	name, labels := series1("m{host=a}")
	id, p := label.Fingerprint(name, labels), bus.PartitionOf(label.Resource(labels))
	s.defined[id] = true
	s.load("m{host=a}", 10*sec, 50, 95)
	s.expect()
	if c := s.states[p].Counts(); c.Unknown != 2 {
		t.Errorf("%+v", c)
	}
	s.entry(p, &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: &eventv1.SampleBatch{
		Defs: []*eventv1.SeriesDef{{Id: id, Name: name, Labels: labels.Proto()}}}}}, nil)
	s.expect("p{host=a} OPEN BREACHED")
}

func TestAClashIsRefused(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {metric: m, above: 80}}]`)
	s.send("m{host=a}", 1, 0)
	name, labels := series1("m{host=a}")
	_, other := series1("m{host=b}")
	p := bus.PartitionOf(label.Resource(labels))
	s.entry(p, &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: &eventv1.SampleBatch{
		Defs: []*eventv1.SeriesDef{{Id: label.Fingerprint(name, labels), Name: name, Labels: other.Proto()}}}}}, nil)
	if s.states[p].Counts().Clashes != 1 || len(s.notes) != 1 {
		t.Errorf("notes %q", s.notes)
	}
}

func TestAPersonResolves(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {metric: m, above: 80}}]`)
	s.load("m{host=a}", 10*sec, 90)
	s.expect("p{host=a} OPEN BREACHED")
	c := s.last()
	s.entry(bus.Partition(c.Partition), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Resolve{
		Resolve: &eventv1.IncidentResolveRequested{IncidentId: c.Id, By: "ann", Comment: "known"}}}, nil)
	s.expect("p{host=a} RESOLVED RESOLVED_BY_PERSON")
	if s.last().Detail != "by ann: known" {
		t.Error(s.last().Detail)
	}
	s.load("m{host=a}", 10*sec, 95, 99)
	s.expect() // it holds still, and the person knows
	s.load("m{host=a}", 10*sec, 10, 95)
	s.expect("p{host=a} OPEN BREACHED")
}

func TestQueries(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {metric: m, above: 80, for: 30s}}]`)
	s.load("m{host=a}", 10*sec, 90)
	id := s.last().Id
	st := s.states[bus.Partition(s.last().Partition)]
	ask := func(q *eventv1.IncidentQuery) []*eventv1.IncidentChanged {
		return st.Answer(&eventv1.Query{Query: &eventv1.Query_Incidents{Incidents: q}}).Incidents
	}
	if len(ask(&eventv1.IncidentQuery{})) != 0 || len(ask(&eventv1.IncidentQuery{IncludePending: true})) != 1 || len(ask(&eventv1.IncidentQuery{Id: id})) != 1 {
		t.Error("pending")
	}
	s.load("m{host=a}", 10*sec, 90, 91, 92, 93)
	if got := ask(&eventv1.IncidentQuery{Policy: "p"}); len(got) != 1 || got[0].State != eventv1.IncidentState_INCIDENT_STATE_OPEN || got[0].Conditions[0].Value != 93 {
		t.Errorf("open %v", got)
	}
	s.load("m{host=a}", 10*sec, 1)
	if got := ask(&eventv1.IncidentQuery{Id: id}); len(got) != 1 || got[0].State != eventv1.IncidentState_INCIDENT_STATE_RESOLVED {
		t.Errorf("resolved %v", got)
	}
}
