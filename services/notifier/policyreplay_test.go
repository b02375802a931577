package notifier

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

// A policy is replayed over what is stored, and a change of it beside: incidents,
// messages, and a picture.
func TestAPolicyIsReplayedInTheChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.routes = `routes: [{channels: ["#ops", "#cost"], limit: {messages: 2, per: 1h}}]`
		w.policy("slow")
		var asked *eventv1.ReplayQuery
		w.background(func(ctx context.Context) error {
			return bus.Answer(ctx, w.alerts, bus.ReplayQuestion, func(_ context.Context, q *eventv1.ReplayQuery) *eventv1.ReplayAnswer {
				asked = q
				if q.GetChanged()["above"] == "high" {
					return &eventv1.ReplayAnswer{Error: `"high" is no number`}
				}
				if q.GetSince().AsTime().After(time.Now().Add(-2 * time.Minute)) {
					return &eventv1.ReplayAnswer{}
				}
				a := &eventv1.ReplayAnswer{From: timestamppb.New(time.Now().Add(-10 * time.Hour)), To: timestamppb.Now(), Series: 3}
				for n := range 4 {
					c := of(n, 0, warning)
					c.Policy = "slow"
					c.At = timestamppb.New(time.Now().Add(-9*time.Hour + time.Duration(n)*time.Minute))
					c.OpenedAt, c.BeganAt = c.At, c.At
					r := resolved(c, 2)
					r.At = timestamppb.New(c.At.AsTime().Add(time.Hour))
					r.ResolvedAt = r.At
					a.Before = append(a.Before, c)
					if n == 0 {
						a.After = append(a.After, c, r)
					}
				}
				return a
			})
		})
		var drawn *eventv1.DrawQuery
		renderer := w.b.Conn("renderer")
		w.background(func(ctx context.Context) error {
			return bus.Answer(ctx, renderer, bus.DrawQuestion, func(_ context.Context, q *eventv1.DrawQuery) *eventv1.DrawAnswer {
				drawn = q
				return &eventv1.DrawAnswer{Png: []byte("\x89PNG"), Title: q.GetLives().GetTitle(), AltText: "lives"}
			})
		})
		l := w.start()
		time.Sleep(2 * time.Second)
		second := func(text string) string {
			t.Helper()
			before := len(w.slack.Messages("response"))
			w.ask(l, "UOPERATOR", text)
			time.Sleep(10 * time.Second)
			var all []string
			for _, m := range w.slack.Messages("response")[before:] {
				all = append(all, m.Text+" "+fmt.Sprint(m.Blocks))
			}
			return strings.Join(all, "\n")
		}
		f := func(text string, want ...string) {
			t.Helper()
			got := second(text)
			for _, x := range want {
				if !strings.Contains(got, x) {
					t.Errorf("%q: %q, want %q in it", text, got, x)
				}
			}
		}
		f("policy replay slow 3d above=900", "Replaying the policy slow over the last 3 d, and with above=900 …", "In 10 h the policy slow would have opened 4 incidents; with above=900 it would be 1",
			"• #cost: 3 → 1 messages", "• #ops: 3 → 1 messages", "• incidents: 4 → 0 in a digest", "lives")
		if s := time.Since(asked.GetSince().AsTime()); s < 72*time.Hour || s > 72*time.Hour+time.Minute || asked.GetChanged()["above"] != "900" {
			t.Errorf("asked %v", asked)
		}
		if lanes := drawn.GetLives().GetLanes(); len(lanes) != 4 || drawn.GetLives().GetTitle() != "Policy slow with above=900" || lanes[0].GetLives()[0].GetChange() != eventv1.Life_CHANGE_SAME || lanes[1].GetNote() != "1 to 0" {
			t.Errorf("drawn %v", drawn)
		}
		f("policy replay slow", "over the last 7 d …", "would have opened 4 incidents.", "• #ops: 3 messages")
		f("policy replay slow above=high", "cannot be replayed", "is no number")
		f("policy replay slow 1m", "Nothing is stored of that time")
		f("policy replay slow soon", "no length of time")
		f("policy replay slow above=", "changes nothing")
		f("policy replay sloow", `Did you mean "slow"`)
		f("policy replay", "Which policy?")
		for _, m := range append(w.slack.Roots(ops), w.slack.Roots(cost)...) {
			t.Errorf("a rehearsal was told: %s", m.Text)
		}
	})
}
