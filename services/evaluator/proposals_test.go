package evaluator

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// TestProposalsFromTheStoredLog: what was noise live is gone by a change that is
// proposed, proven on the samples as they are stored.
func TestProposalsFromTheStoredLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "policies:\n  - {name: hot, when: {metric: temperature, above: 80, for: 10s}}\n  - {name: calm, when: {metric: temperature, above: 80}}\n")
		w.start("a")
		time.Sleep(5 * time.Second)
		for i := range 6 {
			for m := range 25 {
				v := 60.0
				if m >= 5 && m < 7 || i == 3 && m >= 5 && m < 21 {
					v = 95
				}
				w.send(one{"temperature", map[string]string{"host": "h1"}, v, 0})
				time.Sleep(10 * time.Second)
			}
		}
		seen := map[string]*eventv1.EndedIncident{}
		e := &eventv1.Evidence{Policy: "hot"}
		for _, c := range w.changes() {
			if c.GetPolicy() == "hot" && c.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED {
				in := &eventv1.EndedIncident{Id: c.GetId(), Labels: c.GetLabels(), OpenedAt: c.GetOpenedAt(), ResolvedAt: c.GetResolvedAt(), Outcome: eventv1.Outcome_OUTCOME_IGNORED}
				if in.GetResolvedAt().AsTime().Sub(in.GetOpenedAt().AsTime()) > time.Minute {
					in.Outcome = eventv1.Outcome_OUTCOME_ACTED
				}
				seen[c.GetId()] = in
				e.Incidents = append(e.Incidents, in)
			}
		}
		if len(seen) != 6 {
			t.Fatalf("%d incidents live", len(seen))
		}
		notifier := w.Conn("notifier")
		ask := func(all ...*eventv1.Evidence) *eventv1.ProposeAnswer {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			a, err := bus.Ask(ctx, notifier, bus.ProposeQuestion, &eventv1.ProposeQuery{Evidence: all})
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		a := ask(e)
		if a.GetError() != "" || len(a.GetProposals()) != 1 {
			t.Fatalf("%v", a)
		}
		p := a.GetProposals()[0]
		if p.GetPolicy() != "hot" || p.GetEffect() != "removes all 5 noise incidents, keeps the useful one (up to 110 s later)" || !strings.Contains(p.GetYaml(), "for: 2m") || !strings.HasPrefix(p.GetProof(), "replayed over 25 min") {
			t.Errorf("%v", p)
		}
		if a := ask(); a.GetError() != "" || len(a.GetTried()) != 0 || a.GetFrom() != nil {
			t.Errorf("without evidence: %v", a)
		}
		if a := ask(&eventv1.Evidence{Policy: "gone", Incidents: e.GetIncidents()}, &eventv1.Evidence{Policy: "calm", Incidents: []*eventv1.EndedIncident{{Id: "x", OpenedAt: timestamppb.Now(), Outcome: eventv1.Outcome_OUTCOME_NOISE}}}); a.GetError() != "" || len(a.GetTried()) != 0 {
			t.Errorf("of no policy, and of too little noise: %v", a)
		}
	})
}
