package notifier

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/evidence"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

// TestProposalsAreToldOnceAWeek: by whichever instance, again when nobody answered,
// and to those who ask; and a week without any is quiet.
func TestProposalsAreToldOnceAWeek(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.proposals = "sat 00:02" // the bubble begins on a Saturday, at midnight
		noisy := &eventv1.Evidence{Policy: "cpu-high", Incidents: []*eventv1.EndedIncident{{Id: "i1", OpenedAt: timestamppb.Now(), ResolvedAt: timestamppb.Now(), Outcome: eventv1.Outcome_OUTCOME_IGNORED}}}
		if _, err := bus.Evidences.Put(t.Context(), w.b.Conn("notifier"), evidence.Key("cpu-high"), noisy); err != nil {
			t.Fatal(err)
		}
		var answer atomic.Pointer[eventv1.ProposeAnswer]
		answer.Store(&eventv1.ProposeAnswer{Tried: []string{"cpu-high"}, From: timestamppb.New(time.Now().Add(-20 * 24 * time.Hour)), To: timestamppb.Now(), Proposals: []*eventv1.Proposal{
			{Policy: "cpu-high", Change: "hold for 10 min instead of 2 min", Effect: "removes 18 of 21 noise incidents, keeps all 6 useful ones", Proof: "replayed over 20 d of history"}}})
		var asked atomic.Int32
		serve := func() context.CancelFunc {
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				_ = bus.Answer(ctx, w.alerts, bus.ProposeQuestion, func(_ context.Context, q *eventv1.ProposeQuery) *eventv1.ProposeAnswer {
					asked.Add(1)
					if len(q.GetEvidence()) != 1 || q.GetEvidence()[0].GetPolicy() != "cpu-high" {
						t.Errorf("asked about %v", q)
					}
					return answer.Load()
				})
			}()
			return cancel
		}
		told := func() (out []chattest.Message) {
			for _, m := range w.slack.Roots(ops) {
				if strings.Contains(m.Text, "kept noise away") {
					out = append(out, m)
				}
			}
			return out
		}
		a, b := w.start(), w.start()
		time.Sleep(4 * time.Minute) // nobody answers yet
		if n := len(told()); n != 0 {
			t.Fatalf("%d told without an evaluator", n)
		}
		defer serve()()
		time.Sleep(5 * time.Minute)
		if n := len(told()); n != 1 {
			t.Fatalf("%d messages of two instances", n)
		}
		for _, want := range []string{"1 change of policies would have kept noise away in the 20 d that are stored", "cpu-high: hold for 10 min instead of 2 min — removes 18 of 21 noise incidents, keeps all 6 useful ones", "parley policy propose"} {
			if !shows(told()[0], want) {
				t.Errorf("no %q in %v", want, told()[0].Blocks)
			}
		}
		a.kill()
		l := w.start()
		l.command("UOPERATOR", "proposals")
		time.Sleep(time.Minute)
		if n := len(told()); n != 1 {
			t.Errorf("%d messages after a restart", n)
		}
		if said := w.slack.Messages("response"); !shows(said[len(said)-1], "*cpu-high*: hold for 10 min instead of 2 min") || !shows(said[len(said)-1], "replayed over 20 d of history") {
			t.Errorf("asked for: %v", said[len(said)-1].Blocks)
		}
		answer.Store(&eventv1.ProposeAnswer{Tried: []string{"cpu-high"}})
		b.kill()
		l.kill()
		before := asked.Load()
		w.proposals = "sun 00:02"
		time.Sleep(24 * time.Hour) // nobody is there, until a little late
		w.start()
		time.Sleep(10 * time.Minute)
		if n := len(told()); n != 1 || asked.Load() != before+1 {
			t.Errorf("%d messages, asked %d times in a week without proposals", n, asked.Load()-before)
		}
	})
}

func TestWhenProposalsAreTold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"Mon 09:00": "Mon 9 Nov 09:00", "friday 23:59": "Fri 6 Nov 23:59", "wed 00:00": "Wed 4 Nov 00:00", "": "", "09:00": "error", "Someday 09:00": "error", "Mon": "error", "M 09:00": "error", "Mon 25:00": "error"} {
		c := Defaults()
		c.Proposals = text
		clock, err := c.proposals()
		got := ""
		switch now := time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC); {
		case err != nil:
			got = "error"
		case clock.zone != nil:
			got = clock.next(now.Add(-time.Nanosecond)).Format("Mon 2 Jan 15:04")
			if last := clock.last(clock.next(now)); !last.Equal(clock.next(now)) || clock.next(last).Sub(last) != 7*24*time.Hour {
				t.Errorf("%q: last %s, next %s", text, last, clock.next(last))
			}
		}
		if got != want {
			t.Errorf("%q: %s, want %s (%v)", text, got, want, err)
		}
	}
}
