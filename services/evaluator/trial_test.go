package evaluator

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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
