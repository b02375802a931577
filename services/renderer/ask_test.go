package renderer

import (
	"bytes"
	"context"
	"image/png"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

func TestAPersonGetsAPicture(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, Defaults())
		notifier := b.Conn("notifier")
		q := &eventv1.DrawQuery{Name: "cpu", From: timestamppb.New(time.Now().Add(-time.Hour)), To: timestamppb.Now(), Versus: durationpb.New(24 * time.Hour)}
		ask := func(q *eventv1.DrawQuery) *eventv1.DrawAnswer {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			a, err := bus.Ask(ctx, notifier, bus.DrawQuestion, q)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		time.Sleep(time.Second)
		if a := ask(q); !strings.Contains(a.GetError(), "no evaluator answers") || len(a.GetPng()) > 0 {
			t.Errorf("without evaluators: %v", a)
		}
		b.serve()
		a := ask(q)
		if _, err := png.Decode(bytes.NewReader(a.GetPng())); err != nil || a.GetError() != "" {
			t.Fatalf("%v: %q", err, a.GetError())
		}
		if !strings.Contains(a.GetAltText(), "cpu · web-1: now 97 %") || !strings.Contains(a.GetNote(), "no history of a day before") ||
			!strings.Contains(a.GetNote(), "did not answer") || a.GetWidthPx() == 0 {
			t.Errorf("%q %q", a.GetAltText(), a.GetNote())
		}
		if a := ask(&eventv1.DrawQuery{}); a.GetError() == "" {
			t.Error("drew nothing in particular")
		}
	})
}

func TestTooManyPicturesAreRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, Defaults())
		// An evaluator that takes requests and does not answer.
		if _, err := b.evaluator.NATS().SubscribeSync(bus.Evaluators(partition)); err != nil {
			t.Fatal(err)
		}
		notifier := b.Conn("notifier")
		time.Sleep(time.Second)
		q := &eventv1.DrawQuery{Name: "cpu", From: timestamppb.New(time.Now().Add(-time.Hour)), To: timestamppb.Now()}
		said := make(chan string, 40)
		began := time.Now()
		for range cap(said) {
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				a, err := bus.Ask(ctx, notifier, bus.DrawQuestion, q)
				if err != nil {
					t.Error(err)
				}
				said <- a.GetError()
			}()
		}
		refused := 0
		for range cap(said) {
			if strings.Contains(<-said, "too many") {
				refused++
			}
		}
		if refused < 20 || time.Since(began) > 2*time.Minute {
			t.Errorf("%d refused, after %s", refused, time.Since(began))
		}
	})
}
