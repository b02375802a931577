package notifier

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// takes has one instance, and no other, take what a person did.
func (l *life) takes(t *testing.T, in *eventv1.Inbound) {
	t.Helper()
	in.Id, in.Backend, in.At = fmt.Sprint("test/", triggers.Add(1)), "slack", timestamppb.Now()
	if err := l.n.people.Handle(t.Context(), &bus.Message[*eventv1.Inbound]{Event: in, Attempt: 1}); err != nil {
		t.Fatal(err)
	}
}

// What waits for somebody is what is stored, whichever instance is asked and
// whatever that has heard of.
func TestApprovalsAreTheSameEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		all := []*life{w.start(), w.start()}
		time.Sleep(2 * time.Second)
		loose := func(id string, version uint32, state eventv1.RunState) {
			w.run(t, &eventv1.RunRequested{RunId: id, Action: "collect-garbage", At: timestamppb.Now(), Actor: &eventv1.Actor{Backend: "slack",
				Person: &eventv1.Person{Id: "UOPERATOR", Name: "operator"}}}, version, state)
			time.Sleep(10 * time.Second)
		}
		second := &eventv1.Person{Id: "USECOND", Name: "second"}
		same := func(when string, n int) {
			t.Helper()
			for i, l := range all {
				l.takes(t, &eventv1.Inbound{Person: second, What: &eventv1.Inbound_Opened{Opened: &eventv1.Opened{}}})
				if got := strings.Count(w.home("USECOND"), `"action_id":"`+message.ApproveButton+`"`); got != n {
					t.Errorf("%s: the home of instance %d offers %d of %d: %s", when, i, got, n, w.home("USECOND"))
				}
				l.takes(t, &eventv1.Inbound{Person: second, What: &eventv1.Inbound_Command{Command: &eventv1.Command{Text: "approvals", ChannelId: ops, ResponseUrl: "http://slack.test/response/USECOND"}}})
				want := fmt.Sprintf("%d wait for an approval, %d of them for yours", n, n)
				if n == 0 {
					want = "Nothing waits for an approval"
				}
				if got := last(w.answers()); !strings.Contains(got, want) {
					t.Errorf("%s: instance %d answers %q, want %q", when, i, got, want)
				}
			}
		}
		loose("aaaa1", 1, eventv1.RunState_RUN_STATE_AWAITING_APPROVAL)
		loose("bbbb2", 1, eventv1.RunState_RUN_STATE_AWAITING_APPROVAL)
		same("at first", 2)
		all = append(all, w.start()) // which has heard of none
		time.Sleep(2 * time.Second)
		same("after a start", 2)
		if w.says(t, "USECOND", "Collect garbage", "Ask the JVM"); w.atHomeButton("USECOND", message.ApproveButton) == "" {
			t.Error("no button to approve with")
		}

		// It can be decided on by any of them too.
		before := asked(t, w)
		all[2].takes(t, &eventv1.Inbound{Person: second, What: &eventv1.Inbound_Command{Command: &eventv1.Command{Text: "reject aaaa not now", ChannelId: ops, ResponseUrl: "http://slack.test/response/USECOND"}}})
		if n := asked(t, w) - before; n != 1 {
			t.Errorf("%d decisions, the answer was %q", n, last(w.answers()))
		}
		loose("aaaa1", 2, eventv1.RunState_RUN_STATE_REJECTED)
		same("after a no", 1)
		loose("bbbb2", 2, eventv1.RunState_RUN_STATE_DONE)
		same("at last", 0)
	})
}
