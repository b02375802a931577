package run

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// freeze says a person's word three times over, as a redelivery would.
func (s *bed) freeze(id, account string, thaw bool, who *eventv1.Actor) {
	s.t.Helper()
	f := &eventv1.FreezeRequested{Id: id, Account: account, Thaw: thaw, Reason: "moving house", Actor: who, At: timestamppb.Now(), ChannelId: "C1"}
	for range 3 {
		s.publish(id, &eventv1.ActionMessage{Message: &eventv1.ActionMessage_Freeze{Freeze: f}})
	}
	time.Sleep(time.Minute)
}

func (s *bed) said(id string, state eventv1.RunState, text string) {
	s.t.Helper()
	if r := s.want(id, state); r.GetResult() != text {
		s.t.Errorf("%s: people are told %q, want %q", id, r.GetResult(), text)
	}
}

func TestFreezeAndThaw(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBed(t)
		s.declare(inCloud)
		s.with(2, nil, func() {
			s.freeze("f-1", "111122223333", false, person("U8", "@sales"))
			s.said("f-1", refused, "name of U8 may not run freeze; @ops may")
			s.freeze("f-2", "111122223333", false, ann)
			s.said("f-2", done, "no action begins in the account 111122223333 until two people thaw it; what runs now goes on")
			s.freeze("f-3", "111122223333", false, bob)
			s.said("f-3", refused, "actions in the account 111122223333 have been frozen by name of U1 since Sat 1 Jan 00:01 UTC: moving house; nothing was changed")

			s.request("run-1", "stop", func(r *eventv1.RunRequested) { r.Parameters = map[string]string{"account": "111122223333"} })
			time.Sleep(time.Minute)
			s.said("run-1", refused, `the parameter account is "shop" for this incident`)
			s.request("run-2", "stop", func(r *eventv1.RunRequested) {
				r.Incident, r.Parameters = nil, map[string]string{"account": "111122223333"}
			})
			s.request("run-3", "token") // of no account
			time.Sleep(time.Minute)
			s.said("run-2", refused, "actions in the account 111122223333 have been frozen by name of U1 since Sat 1 Jan 00:01 UTC: moving house; two people together can end that (thaw)")

			s.freeze("f-4", "111122223333", true, ann)
			s.said("f-4", done, "noted; actions in the account 111122223333 have been frozen by name of U1 since Sat 1 Jan 00:01 UTC: moving house until a second person says so too, within 1h0m0s")
			s.freeze("f-5", "111122223333", true, ann)
			s.said("f-5", refused, "name of U1 said so already: a second person has to")
			s.freeze("f-6", "111122223333", true, bob)
			s.said("f-6", done, "actions may begin again in the account 111122223333, by the word of name of U1 and name of U2")
			s.freeze("f-7", "111122223333", true, bob)
			s.said("f-7", refused, "actions in the account 111122223333 are not frozen; nothing was changed")
			s.request("run-4", "stop", func(r *eventv1.RunRequested) {
				r.Incident, r.Parameters = nil, map[string]string{"account": "111122223333"}
			})
			time.Sleep(time.Minute)
			s.want("run-4", done)
		})
		s.with(1, nil, func() {
			s.freeze("f-8", "999999999999", false, ann)
			s.said("f-8", done, "no action begins in the account 999999999999 until two people thaw it; what runs now goes on. "+
				"No account 999999999999 is configured here: see that it is the one that was meant")
		})
		if a := strings.Join(s.audited("f-2"), " "); a != "started done" {
			t.Errorf("audit %s", a)
		}
	})
}

// A freeze of everything stops every action, and what waits for a second
// person too; the first word for its end is forgotten after an hour.
func TestFreezeEverything(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBed(t)
		s.with(2, nil, func() {
			s.request("run-1", "two")
			time.Sleep(time.Minute)
			s.freeze("f-1", "", false, ann)
			s.decide("run-1", s.run("run-1").GetPlanHash(), true, bob)
			s.request("run-2", "token")
			s.request("run-3", "token", func(r *eventv1.RunRequested) { r.DryRun = true })
			time.Sleep(time.Minute)
			for _, id := range []string{"run-1", "run-2"} {
				if r := s.want(id, refused); !strings.HasPrefix(r.GetResult(), "actions in all accounts have been frozen by name of U1") {
					t.Errorf("%s: %q", id, r.GetResult())
				}
			}
			s.want("run-3", done)
			s.freeze("f-2", "", true, ann)
			time.Sleep(time.Hour)
			s.freeze("f-3", "", true, bob)
			if _, err := bus.Freezes.Get(t.Context(), s.reader, "all"); err != nil {
				t.Errorf("a word of an hour ago still counted: %v", err)
			}
			s.freeze("f-4", "", true, ann)
			if list, err := bus.Freezes.List(t.Context(), s.reader); err != nil || len(list) != 0 {
				t.Errorf("still frozen: %v, %v", list, err)
			}
		})
		if s.fleet.Calls() != 0 {
			t.Errorf("%d calls", s.fleet.Calls())
		}
	})
}

// An actioner that dies in the middle of a thaw: another one tells how it went.
func TestThawKilled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBed(t)
		killed := 0
		s.with(2, func(at string) bool {
			if at == pointEffect {
				killed++
			}
			return at == pointEffect && killed == 3
		}, func() {
			s.freeze("f-1", "", false, ann)
			s.freeze("f-2", "", true, ann)
			s.freeze("f-3", "", true, bob)
			time.Sleep(time.Minute)
		})
		s.said("f-3", done, "actions may begin again in all accounts")
	})
}

// What is due while actions are frozen is done after the thaw.
func TestAScheduleWaitsForTheThaw(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2000, 3, 27, 5, 0, 0, 0, time.UTC)))
		s := newBed(t)
		s.schedules = true
		s.declare(inCloud)
		s.with(1, nil, func() {
			s.request("run-1", "monday")
			time.Sleep(time.Minute)
			s.freeze("f-1", "", false, ann)
			time.Sleep(70 * time.Minute)
			if s.cloud.Count() != 1 {
				t.Errorf("while frozen: %v", s.cloud.Effects())
			}
			s.freeze("f-2", "", true, ann)
			s.freeze("f-3", "", true, bob)
			time.Sleep(2 * time.Minute)
		})
		if r := s.want("run-1-until", done); s.cloud.Count() != 2 || !strings.Contains(r.GetResult(), "(late: it was due") {
			t.Errorf("%v, %q", s.cloud.Effects(), r.GetResult())
		}
	})
}
