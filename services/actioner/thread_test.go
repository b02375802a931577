package actioner

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/actiontest"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/service"
)

func TestMain(m *testing.M) { bustest.Main(m) }

// The shipped collect-garbage, from the request to "recovered".
func TestFromTheClickToRecovered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		jvm := actiontest.NewJVM(97)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		cfg := Defaults()
		cfg.Actions = "../../deploy/actions"
		env := service.Env{Name: "actioner", Instance: "one", Bus: b.Conn("actioner"), Log: bustest.Log(t)}
		go func() {
			ended <- serve(ctx, cfg, env, action.Deps{Transport: func(action.Guard) http.RoundTripper { return jvm }, Secrets: action.NewVault(nil)})
		}()
		evaluator := actiontest.NewEvaluator(t, b.Conn("evaluator"), 7)

		began := time.Now()
		incident := evaluator.Open("inc-1", 97)
		evaluator.Sample(97)
		notifier := b.Conn("notifier")
		go func() {
			_ = bus.Answer(ctx, notifier, bus.MemberQuestion, func(_ context.Context, q *eventv1.MemberQuery) *eventv1.MemberAnswer {
				return &eventv1.MemberAnswer{Groups: q.GetGroups()}
			})
		}()
		request := &eventv1.ActionMessage{Message: &eventv1.ActionMessage_Request{Request: &eventv1.RunRequested{
			RunId: "run-1", Action: "collect-garbage", Incident: incident, At: timestamppb.Now(),
			Actor: &eventv1.Actor{Person: &eventv1.Person{Id: "U1", Name: "ann"}, Backend: "slack", Groups: []string{"@ops"}}}}}
		if _, err := bus.Publish(ctx, notifier, bus.ActionRequests("run-1"), "req/1", request); err != nil {
			t.Fatal(err)
		}
		runs := bustest.WantEvents[*eventv1.RunChanged](t, b, bus.RunsLog, "runs.v1.run-1", 2)
		if s := runs[0].Event.GetState(); s != eventv1.RunState_RUN_STATE_STARTED {
			t.Errorf("first state %v", s)
		}
		if got := runs[1].Event; got.GetState() != eventv1.RunState_RUN_STATE_DONE || got.GetResult() != "heap 97 % → 35 %, 1 collection" {
			t.Errorf("then %v: %q", got.GetState(), got.GetResult())
		}
		time.Sleep(time.Until(began.Add(90 * time.Second)))
		evaluator.Sample(35)
		time.Sleep(time.Until(began.Add(3 * time.Minute)))
		evaluator.Resolve("inc-1")
		last := bustest.WantEvents[*eventv1.RunChanged](t, b, bus.RunsLog, "runs.v1.run-1", 3)[2].Event
		if v := last.GetVerification(); v.GetEffect() != eventv1.Effect_EFFECT_RECOVERED || v.GetText() != "recovered in 3 min: 97 % → 35 %" {
			t.Errorf("verification %v %q", v.GetEffect(), v.GetText())
		}
		if jvm.Collections() != 1 {
			t.Errorf("%d collections, want 1", jvm.Collections())
		}
		var said []string
		for _, a := range bustest.WantEvents[*eventv1.AuditRecord](t, b, bus.AuditLog, "audit.action.run-1", 3) {
			said = append(said, a.Event.GetWhat())
		}
		if got := len(said); got != 3 || said[0] != "started" || said[1] != "done" || said[2] != "verified" {
			t.Errorf("audit %v", said)
		}
		offered, err := bus.ActionsOffered.List(ctx, notifier)
		if err != nil || len(offered) < 16 {
			t.Errorf("offered %d actions, %v; want 16 or more", len(offered), err)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
