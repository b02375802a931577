package evaluator

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

func TestAPolicyIsTriedOnWhatIsInMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot+"\n  - {name: never, when: {metric: temperature, above: 500}}\n  - {name: elsewhere, when: {metric: pressure, above: 5}}\n")
		w.start("a")
		time.Sleep(5 * time.Second)
		for i := range 40 {
			v := 60.0
			if i >= 10 && i < 20 {
				v = 90 + float64(i)
			}
			w.send(one{"temperature", map[string]string{"host": "h1"}, v, 0})
			time.Sleep(10 * time.Second)
		}
		notifier := w.Conn("notifier")
		try := func(policy string) *eventv1.ReplayAnswer {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			a, err := bus.Ask(ctx, notifier, bus.ReplayQuestion, &eventv1.ReplayQuery{Policy: policy})
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		a := try("hot")
		if a.GetError() != "" || a.GetSeries() != 1 || len(a.GetIncidents()) != 1 || a.GetIncidents()[0].GetResolvedAt() == nil ||
			!strings.Contains(a.GetIncidents()[0].GetSummary(), "on h1, over 80") {
			t.Fatalf("%v", a)
		}
		live := w.changes()[1]
		if d := a.GetIncidents()[0].GetOpenedAt().AsTime().Sub(live.GetOpenedAt().AsTime()).Abs(); d > 2*time.Second {
			t.Errorf("tried, it opens %s from when it did", d)
		}
		if a := try("never"); a.GetError() != "" || a.GetSeries() != 1 || len(a.GetIncidents()) != 0 {
			t.Errorf("%v", a)
		}
		if a := try("elsewhere"); a.GetError() != "" || a.GetSeries() != 0 {
			t.Errorf("%v", a)
		}
		if a := try("nosuch"); !strings.Contains(a.GetError(), "no policy") {
			t.Errorf("%v", a)
		}
	})
}

func TestAPolicyIsReplayedOverWhatIsStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot+"\n  - {name: twice, when: {any: [{metric: temperature, above: 80}, {metric: temperature, above: 95}]}}\n")
		w.start("a")
		time.Sleep(5 * time.Second)
		began := time.Now()
		for i := range 60 {
			v := 60.0
			if i%20 >= 10 {
				v = 70 + float64(i)
			}
			w.send(one{"temperature", map[string]string{"host": "h1"}, v, 0})
			time.Sleep(10 * time.Second)
		}
		notifier := w.Conn("notifier")
		try := func(policy string, since time.Duration, changed map[string]string) *eventv1.ReplayAnswer {
			t.Helper()
			a, err := bus.Ask(t.Context(), notifier, bus.ReplayQuestion, &eventv1.ReplayQuery{Policy: policy, Since: timestamppb.New(began.Add(since)), Changed: changed})
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		opened := func(changes []*eventv1.IncidentChanged) (n int) {
			for _, c := range changes {
				if c.GetVersion() == 1 || c.GetReason() == eventv1.IncidentReason_INCIDENT_REASON_BREACHED || c.GetReason() == eventv1.IncidentReason_INCIDENT_REASON_HELD {
					n++
				}
			}
			return n
		}
		a := try("hot", 0, map[string]string{"above": "115"})
		if a.GetError() != "" || a.GetSeries() != 1 || opened(a.GetBefore()) != 3 || opened(a.GetAfter()) != 1 || a.GetTo().AsTime().Sub(a.GetFrom().AsTime()) < 9*time.Minute {
			t.Fatalf("%d and %d opened: %v", opened(a.GetBefore()), opened(a.GetAfter()), a)
		}
		if a := try("hot", 0, nil); opened(a.GetBefore()) != 3 || len(a.GetAfter()) != 0 {
			t.Errorf("unchanged: %v", a)
		}
		if a := try("hot", time.Hour, nil); a.GetError() != "" || a.GetSeries() != 0 {
			t.Errorf("nothing stored: %v", a)
		}
		for _, f := range []struct {
			policy, key, value, want string
		}{{"hot", "below", "5", `the policy's conditions have no "below"; they have`}, {"twice", "above", "5", `"above" stands 2 times`}, {"hot", "above", "high", "above"}} {
			if a := try(f.policy, 0, map[string]string{f.key: f.value}); !strings.Contains(a.GetError(), f.want) {
				t.Errorf("%s %s=%s: %v, want %q", f.policy, f.key, f.value, a, f.want)
			}
		}
	})
}

// The newest incidents that have room are told, whole.
func TestOfVeryManyTheNewestAreTold(t *testing.T) {
	t.Parallel()
	s := &judged{}
	for i := range 1000 {
		for v := range 3 {
			s.take(&eventv1.IncidentChanged{Id: fmt.Sprint("i", i), Version: uint32(v + 1), OpenedAt: timestamppb.New(time.Unix(int64(i), 0)), Summary: strings.Repeat("x", 100)})
		}
	}
	kept, left := s.newest(20_000)
	if len(kept)%3 != 0 || len(kept)/3+left != 1000 || len(kept) < 100 || kept[len(kept)-1].GetId() != "i999" || kept[0].GetVersion() != 1 {
		t.Errorf("%d kept, %d left", len(kept), left)
	}
}
