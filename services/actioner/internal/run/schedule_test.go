package run

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/internal/bus"
)

// friday is before the weekend on which summer time begins in Berlin.
var friday = time.Date(2000, 3, 24, 17, 0, 0, 0, time.UTC)

// Stopped on Friday until Monday 08:00: an actioner that was down over the
// weekend finds it due, at the right hour, in the right thread.
func TestUntilMonday(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		back time.Time
		late bool
	}{
		"in time": {time.Date(2000, 3, 27, 5, 58, 0, 0, time.UTC), false},
		"late":    {time.Date(2000, 3, 27, 9, 0, 0, 0, time.UTC), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(friday))
				s := newBed(t)
				s.schedules = true
				s.declare(inCloud)
				s.with(2, nil, func() {
					s.request("run-1", "monday", func(r *eventv1.RunRequested) { r.ChannelId, r.ThreadTs = "C1", "1.2" })
					time.Sleep(5 * time.Minute)
				})
				run := s.want("run-1", done)
				if !strings.HasSuffix(run.GetResult(), "; start follows Mon 27 Mar 08:00 CEST, unless somebody undoes it before") || s.cloud.Count() != 1 {
					t.Errorf("%q, %v", run.GetResult(), s.cloud.Effects())
				}
				list, err := bus.Schedules.List(t.Context(), s.reader)
				if err != nil || len(list) != 1 || list[0].Value.GetText() != "start after monday on 111122223333/eu-west-1/"+report+", asked for by name of U1" {
					t.Errorf("scheduled %v, %v", list, err)
				}
				time.Sleep(time.Until(c.back))
				s.with(2, nil, func() { time.Sleep(5 * time.Minute) })
				again := s.want("run-1-until", done)
				if s.cloud.Count() != 2 || again.GetThreadTs() != "1.2" || again.GetRequestedBy().GetPerson().GetName() != "parley, for name of U1" ||
					strings.Contains(again.GetResult(), "(late: it was due Mon 27 Mar 06:00 UTC, and began 3h0m0s after that)") != c.late {
					t.Errorf("%v by %v: %q", s.cloud.Effects(), again.GetRequestedBy(), again.GetResult())
				}
				if began := again.GetStartedAt().AsTime(); !c.late && (began.Before(time.Date(2000, 3, 27, 6, 0, 0, 0, time.UTC)) || began.After(time.Date(2000, 3, 27, 6, 1, 0, 0, time.UTC))) {
					t.Errorf("began at %s", began)
				}
				if list, err := bus.Schedules.List(t.Context(), s.reader); err != nil || len(list) != 0 {
					t.Errorf("still scheduled: %v, %v", list, err)
				}
				if a := strings.Join(s.audited("run-1"), " "); !strings.Contains(a, "scheduled") || !strings.HasSuffix(a, "undone") {
					t.Errorf("audit %s", a)
				}
			})
		})
	}
}

// What a person undid before its time is not done again then.
func TestUntilIsCancelledByUndo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(friday))
		s := newBed(t)
		s.schedules = true
		s.declare(inCloud)
		s.with(1, nil, func() {
			s.request("run-1", "monday")
			time.Sleep(2 * time.Minute)
			s.undo("run-2", "run-1")
			time.Sleep(2 * time.Minute)
			s.request("run-1", "monday") // once more delivered
			time.Sleep(time.Minute)
		})
		s.want("run-2", done)
		if list, err := bus.Schedules.List(t.Context(), s.reader); err != nil || len(list) != 0 || s.run("run-1").GetUndoAt() != nil {
			t.Errorf("still scheduled: %v, %v", list, err)
		}
	})
}

// Nobody becomes parley by calling themselves so.
func TestNobodyIsParley(t *testing.T) {
	t.Parallel()
	who := &eventv1.Actor{Person: &eventv1.Person{Id: "parley", Name: "parley"}, Backend: "slack"}
	if allows([]string{"@ops", "parley"}, who) || !allows([]string{"parley"}, Acting(ann)) || allows([]string{"@ops"}, Acting(ann)) {
		t.Error("somebody is who they are not")
	}
}

// One account has one bound, by whichever of its names it is asked for.
func TestAnAccountHasOneName(t *testing.T) {
	t.Parallel()
	r := &Runner{Account: func(name string) (string, bool) {
		if name == "shop" {
			return "111122223333", true
		}
		return name, name == "111122223333"
	}}
	f := func(kind string, asked, want string) {
		t.Helper()
		in := map[string]string{"account": asked, "region": "eu-west-1"}
		if got := r.canonical(declare.Action{Kind: kind}, in); got["account"] != want || got["region"] != "eu-west-1" || in["account"] != asked {
			t.Errorf("%s: got %v", kind, got)
		}
	}
	f("aws-ec2", "shop", "111122223333")
	f("aws-ec2", "111122223333", "111122223333")
	f("webhook", "shop", "shop") // an account of something else
}

// The audit tells all that became of a run, who did it and what it was.
func TestTheAuditTellsTheStory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(friday))
		s := newBed(t)
		s.declare(inCloud)
		s.with(2, nil, func() {
			s.request("run-1", "monday")
			time.Sleep(time.Minute)
			s.undo("run-2", "run-1")
			time.Sleep(time.Minute)
		})
		var said []string
		for _, id := range []string{"run-1", "run-2"} {
			for _, m := range s.messages(bus.AuditLog, "audit.action."+id) {
				a, err := bus.Decode[*eventv1.AuditRecord](m)
				if err != nil {
					t.Fatal(err)
				}
				said = append(said, strings.Join([]string{a.Event.GetActor().GetPerson().GetId(), a.Event.GetWhat(), a.Event.GetTarget(), a.Event.GetReason(), a.Event.GetResult()}, " | "))
			}
		}
		want := `U1 | started | monday on shop i-0ba7c4e9d1f2a3b40 eu-west-1 | incident of heap-leak: heap is full | Stop the EC2 instance i-0ba7c4e9d1f2a3b40 of account shop in eu-west-1
U1 | done | monday on shop i-0ba7c4e9d1f2a3b40 eu-west-1 | incident of heap-leak: heap is full | i-0ba7c4e9d1f2a3b40 batch-report is stopped (m5.2xlarge, $0.43 an hour at list price); start follows Mon 27 Mar 08:00 CEST, unless somebody undoes it before
U1 | scheduled | start on 111122223333/eu-west-1/i-0ba7c4e9d1f2a3b40 | stated by monday | start after monday on 111122223333/eu-west-1/i-0ba7c4e9d1f2a3b40, asked for by name of U1, due 2000-03-27T06:00:00Z
 | undone | monday on shop i-0ba7c4e9d1f2a3b40 eu-west-1 | incident of heap-leak: heap is full | by the run run-2
U2 | started | start on shop i-0ba7c4e9d1f2a3b40 eu-west-1 | undoes the run run-1 | Start the EC2 instance i-0ba7c4e9d1f2a3b40 of account shop in eu-west-1
U2 | done | start on shop i-0ba7c4e9d1f2a3b40 eu-west-1 | undoes the run run-1 | i-0ba7c4e9d1f2a3b40 batch-report is running (m5.2xlarge, $0.43 an hour at list price)`
		if got := strings.Join(said, "\n"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}
