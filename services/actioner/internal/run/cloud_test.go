package run

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/internal/action/actiontest"
)

const report = "i-0ba7c4e9d1f2a3b40"

// inCloud are actions on instances.
const inCloud = `
actions:
  - {name: stop, kind: aws-ec2, allow: ["@ops"], cool_down: 0s, timeout: 2m, parameters: &p {account: shop, region: eu-west-1, instance_id: {value: "i-0ba7c4e9d1f2a3b40", matches: "i-.*", ask: true}},
     undo: {action: start, within: 1h}, aws-ec2: {operation: stop}}
  - {name: start, kind: aws-ec2, allow: ["@ops", parley], cool_down: 0s, timeout: 2m, parameters: *p, aws-ec2: {operation: start}}
  - {name: monday, kind: aws-ec2, allow: ["@ops"], cool_down: 0s, timeout: 2m, parameters: *p, undo: {action: start, within: 100h}, until: "Mon 08:00", time_zone: Europe/Berlin,
     aws-ec2: {operation: stop}}
  - {name: shared, kind: aws-ec2, allow: ["@ops"], cool_down: 0s, timeout: 2m, parameters: *p, at_most: {percent: 40, of: "tag:service"}, per_hour_account: 3, aws-ec2: {operation: stop}}
`

func newCloud() *actiontest.Cloud {
	c := &actiontest.Cloud{Instances: map[string]*actiontest.Machine{}}
	for _, id := range []string{report, "i-00000001", "i-00000002", "i-00000003", "i-00000004"} {
		c.Instances[id] = &actiontest.Machine{State: "running", Type: "m5.2xlarge", Tags: actiontest.Allowed("Name", "batch-report", "service", "batch")}
	}
	return c
}

func (s *bed) undo(id, of string, change ...func(*eventv1.RunRequested)) {
	s.t.Helper()
	s.request(id, "", append([]func(*eventv1.RunRequested){func(r *eventv1.RunRequested) { r.UndoOf, r.Incident, r.Actor = of, nil, bob }}, change...)...)
}

// A click that is delivered three times, twice clicked, with an executor that
// is killed between the effect and its record: stopped once.
func TestStoppedOnce(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"", pointReserved, pointRecorded, pointMarked, pointEffect, pointResult} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newBed(t)
				s.declare(inCloud)
				var once sync.Once
				s.with(3, func(at string) (die bool) {
					if at == point {
						once.Do(func() { die = true })
					}
					return die
				}, func() {
					for range 6 {
						s.request("run-1", "stop")
					}
					time.Sleep(patiently)
				})
				run := s.want("run-1", done)
				if got := s.cloud.Effects(); len(got) != 1 || got[0] != "StopInstances "+report {
					t.Errorf("effects %v", got)
				}
				if run.GetResource() != "111122223333/eu-west-1/"+report || run.GetSavingUsdPerHour() < 0.3 || run.GetUndoAction() != "start" ||
					run.GetUndoUntil().AsTime().Sub(run.GetFinishedAt().AsTime()) != time.Hour {
					t.Errorf("got %v", run)
				}
				if s.cloud.Session != "slack-U1-name-of-U1" {
					t.Errorf("session %q", s.cloud.Session)
				}
			})
		})
	}
}

func TestUndo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBed(t)
		s.declare(inCloud)
		s.with(2, nil, func() {
			s.request("run-1", "stop")
			time.Sleep(time.Minute)
			s.evaluator.Resolve("inc-1") // what was stopped idles no more
			for range 3 {
				s.undo("run-2", "run-1")
				s.undo("run-3", "run-1", func(r *eventv1.RunRequested) { r.Actor = ann })
			}
			time.Sleep(time.Minute)
			s.undo("run-4", "run-1")
			undoing := "run-2"
			if s.run(undoing).GetState() != done {
				undoing = "run-3"
			}
			s.undo("run-5", undoing)
			s.undo("run-6", "run-9")
			s.undo("run-7", "run-1", func(r *eventv1.RunRequested) { r.Actor = person("U8", "@sales") })
			s.undo("run-8", "run-8")
			time.Sleep(time.Minute)
		})
		first, second := s.run("run-2"), s.run("run-3")
		if first.GetState() != done {
			first, second = second, first
		}
		if first.GetState() != done || second.GetState() != refused || !strings.Contains(second.GetResult(), "undone already") {
			t.Errorf("%v %q, %v %q", first.GetState(), first.GetResult(), second.GetState(), second.GetResult())
		}
		if first.GetAction() != "start" || first.GetUndoOf() != "run-1" || first.GetIncident().GetId() != "inc-1" || first.GetParameters()["instance_id"] != report || first.GetUndoAction() != "" {
			t.Errorf("the undoing is %v", first)
		}
		orig := s.want("run-1", done)
		if orig.GetUndoneBy() != first.GetRunId() {
			t.Errorf("undone by %q", orig.GetUndoneBy())
		}
		for id, said := range map[string]string{"run-4": "stop was undone already", "run-5": "start cannot be undone", "run-6": "there is no such run", "run-7": "undone already", "run-8": "there is no such run"} {
			if r := s.want(id, refused); !strings.Contains(r.GetResult(), said) {
				t.Errorf("%s: %q, want %q", id, r.GetResult(), said)
			}
		}
		if got := s.cloud.Effects(); len(got) != 2 || got[1] != "StartInstances "+report {
			t.Errorf("effects %v", got)
		}
		if a := s.audited("run-1"); a[len(a)-1] != "undone" {
			t.Errorf("audit %v", a)
		}
	})
}

func TestUndoTooLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBed(t)
		s.declare(inCloud)
		s.with(1, nil, func() {
			s.request("run-1", "stop")
			time.Sleep(61 * time.Minute)
			s.undo("run-2", "run-1")
			time.Sleep(time.Minute)
		})
		if r := s.want("run-2", refused); r.GetResult() != "stop could be undone until Sat 1 Jan 01:00 UTC; start can be run by itself" {
			t.Errorf("%q", r.GetResult())
		}
	})
}

// A share of a group and a bound for an account hold over all actioners.
func TestShareOfAGroup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBed(t)
		s.declare(inCloud)
		ids := map[string]string{"run-1": report, "run-2": "i-00000001", "run-3": "i-00000002", "run-4": "i-00000003"}
		s.with(3, nil, func() {
			for run, id := range ids {
				s.request(run, "shared", func(r *eventv1.RunRequested) { r.Parameters = map[string]string{"instance_id": id} })
			}
			time.Sleep(patiently)
		})
		refusals := 0
		for run := range ids {
			if r := s.run(run); r.GetState() == refused {
				refusals++
				if !strings.Contains(r.GetResult(), "of the 5 in tag service=batch, 2 are out of work or about to be; with this one it would be more than 40 %, which is 2") {
					t.Errorf("%q", r.GetResult())
				}
			}
		}
		if n := s.cloud.Count(); n != 2 || refusals != 2 {
			t.Errorf("%d stopped, %d refused; want 2 and 2", n, refusals)
		}
	})
}

func TestBoundOfAnAccount(t *testing.T) {
	t.Parallel()
	use := func(n int) *eventv1.ActionUse {
		return &eventv1.ActionUse{RunId: string(rune('a' + n)), Target: string(rune('a' + n)), Account: "111122223333", At: timestamppb.New(time.Unix(int64(n), 0))}
	}
	var b *eventv1.ActionBound
	for n := range 4 {
		next, no := Reserve(b, use(n), Limits{PerHour: 100, PerHourTarget: 100, PerHourAccount: 3})
		if (no != nil) != (n == 3) {
			t.Fatalf("%d: %v", n, no)
		}
		if no != nil && no.Text != "it ran 3 times in the account 111122223333 within an hour, which is its bound for one account" {
			t.Error(no.Text)
		}
		if no == nil {
			b = next
		}
	}
	other := use(5)
	other.Account = "444455556666"
	if _, no := Reserve(b, other, Limits{PerHour: 100, PerHourTarget: 100, PerHourAccount: 3}); no != nil {
		t.Error(no.Text)
	}
}
