package bus_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

func TestPublishTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		collector := b.Conn("collector")
		var events []bus.Event[*eventv1.PartitionEntry]
		for i := range 100 {
			events = append(events, bus.Event[*eventv1.PartitionEntry]{Subject: bus.Samples(bus.Partition(i % bus.Partitions)), ID: fmt.Sprint(i),
				Event: &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: &eventv1.SampleBatch{BaseUnixMs: int64(i)}}}})
		}
		if err := bus.PublishTogether(context.Background(), collector, bus.SamplesLog, events); err != nil {
			t.Fatal(err)
		}
		for i, m := range bustest.WantEvents[*eventv1.PartitionEntry](t, b, bus.SamplesLog, "samples.v1.*.batch", 100) {
			if m.Event.GetSamples().GetBaseUnixMs() != int64(i) || m.Subject != string(events[i].Subject) {
				t.Fatalf("message %d: %v on %s", i, m.Event, m.Subject)
			}
		}
		// Again, with one that is new: refused as a whole; one by one it is one more.
		events[50].ID = "new"
		if err := bus.PublishTogether(context.Background(), collector, bus.SamplesLog, events); err == nil {
			t.Fatal("want an error for ids that the stream has")
		}
		for _, e := range events {
			if _, err := bus.Publish(context.Background(), collector, e.Subject, e.ID, e.Event); err != nil {
				t.Fatal(err)
			}
		}
		if all := bustest.WantEvents[*eventv1.PartitionEntry](t, b, bus.SamplesLog, "samples.v1.*.batch", 101); all[100].Header.Get("Nats-Msg-Id") != "new" {
			t.Errorf("the 101st message is %v", all[100].Header)
		}
		// A stream that does not allow it, and one that is not ours.
		letters := []bus.Event[[]byte]{{Subject: bus.DeadIngest("demo"), ID: "x", Event: []byte("x")}, {Subject: bus.DeadIngest("demo"), ID: "y", Event: []byte("y")}}
		if err := bus.PublishTogether(context.Background(), collector, bus.DeadLetters, letters); err == nil {
			t.Error("want an error: DLQ does not allow it")
		}
	})
}
