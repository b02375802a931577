package incident

import (
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
)

// explained asks every partition how a policy stands, and joins the answers.
func (s *sim) explained(policy string, matchers ...string) *eventv1.Explanation {
	s.t.Helper()
	var ms label.Matchers
	for _, text := range matchers {
		m, err := label.ParseMatcher(text)
		if err != nil {
			s.t.Fatal(err)
		}
		ms = append(ms, m)
	}
	var all *eventv1.Explanation
	for _, st := range s.states {
		a := st.Answer(&eventv1.Query{Query: &eventv1.Query_Explain{Explain: &eventv1.ExplainQuery{Policy: policy, Matchers: ms.Proto()}}})
		e := a.GetExplanation()
		if a.GetError() != "" || e == nil {
			s.t.Fatal(a)
		}
		if all == nil {
			all = e
			continue
		}
		all.Incidents, all.Dismissed = append(all.Incidents, e.Incidents...), append(all.Dismissed, e.Dismissed...)
		for i, c := range e.Conditions {
			all.Conditions[i].Series = append(all.Conditions[i].Series, c.Series...)
			all.Conditions[i].InScope += c.InScope
			all.Conditions[i].OutOfScope += c.OutOfScope
			if c.Outsider != nil {
				all.Conditions[i].Outsider, all.Conditions[i].KeptOutBy = c.Outsider, c.KeptOutBy
			}
		}
	}
	return all
}

func TestExplain(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, scope: {env: prod}, when: {all: [{metric: m, above: 5, for: 10m}, {metric: n, below: 3}]}},
  {name: off, enabled: false, when: {metric: m, above: 5}}, {name: than, when: {metric: m, above: {metric: n}}},
  {name: labelled, labels: {tier: service}, when: {metric: m, above: 50}}]`)
	for range 3 {
		s.send("m{host=a,env=prod}", 9, 0)
		s.send("n{host=a,env=prod}", 7, 0)
		s.send("m{host=b,env=prod}", 1, 0)
		s.send("m{host=c,env=dev}", 9, 0)
		s.advance(time.Minute)
	}
	e := s.explained("p")
	m, n := e.Conditions[0], e.Conditions[1]
	if !e.Known || !e.Enabled || e.Scope != "env=prod" || e.Combination != "all" || m.InScope != 2 || m.OutOfScope != 1 || n.InScope != 1 {
		t.Errorf("%v", e)
	}
	if m.KeptOutBy != "env=prod" || label.FromProto(m.Outsider.GetLabels()).Get("host") != "c" {
		t.Errorf("kept out: %v", m)
	}
	for _, x := range m.Series {
		host := label.FromProto(x.Series.GetLabels()).Get("host")
		if x.Holds != (host == "a") || !x.HasThreshold || x.Threshold != 5 || x.SilentAfter.AsDuration() != 5*time.Minute || s.now.Sub(x.SeenAt.AsTime()) != time.Minute || x.Holds && s.now.Sub(x.Since.AsTime()) != 3*time.Minute {
			t.Errorf("%s: %v", host, x)
		}
	}
	if n.Series[0].Holds || n.Series[0].Value != 7 {
		t.Errorf("%v", n)
	}
	if one := s.explained("p", "host=b").Conditions[0]; one.InScope != 1 || one.OutOfScope != 0 || one.Series[0].Value != 1 {
		t.Errorf("%v", one)
	}
	if e := s.explained("off"); !e.Known || e.Enabled || len(e.Conditions) > 0 {
		t.Errorf("%v", e)
	}
	if e := s.explained("nosuch"); e.Known {
		t.Errorf("%v", e)
	}
	for _, x := range s.explained("than").Conditions[0].Series {
		switch host := label.FromProto(x.Series.GetLabels()).Get("host"); {
		case host == "a" && (x.Threshold != 7 || !x.HasThreshold || x.Lacks != ""), host != "a" && (x.Lacks != "n" || x.HasThreshold):
			t.Errorf("%v", x)
		}
	}

	if l := s.explained("labelled").PolicyLabels; len(l) != 1 || l[0].GetValue() != "service" {
		t.Errorf("policy's labels %v", l)
	}

	// The incident pends, and then is open.
	s.send("n{host=a,env=prod}", 1, 0)
	if e := s.explained("p", "host=a"); len(e.Incidents) != 1 || e.Incidents[0].State != eventv1.IncidentState_INCIDENT_STATE_PENDING {
		t.Errorf("%v", e.Incidents)
	}
	if e := s.explained("p", "host=b"); len(e.Incidents) != 0 {
		t.Errorf("%v", e.Incidents)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[]`)
	s.send("m{host=a}", 1, 0)
	s.send("m{host=b}", 1, 0)
	s.send("cpu_percent{host=b}", 1, 0)
	count := map[string]uint32{}
	for _, st := range s.states {
		for _, n := range st.Answer(&eventv1.Query{Query: &eventv1.Query_Metrics{Metrics: &eventv1.MetricsQuery{}}}).GetMetrics() {
			count[n.Name] += n.Series
		}
	}
	if len(count) != 2 || count["m"] != 2 || count["cpu_percent"] != 1 {
		t.Errorf("%v", count)
	}
}
