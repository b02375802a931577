package bus_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

func TestLanded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		c := b.Conn("collector")
		ctx := context.Background()
		send := func(p bus.Partition, id string) {
			t.Helper()
			if _, err := bus.Publish(ctx, c, bus.Samples(p), id, &eventv1.PartitionEntry{}); err != nil {
				t.Fatal(err)
			}
		}
		all := []bus.Partition{1, 2, 3}
		if got, err := bus.Landed(ctx, c, 0, all, "cw/"); err != nil || len(got) != 0 {
			t.Fatalf("of an empty log: %v %v", got, err)
		}
		send(1, "cw/t/1-1/01/0")
		from, err := bus.SamplesEnd(ctx, c)
		if err != nil || from != 1 {
			t.Fatalf("end %d %v", from, err)
		}
		if got, err := bus.Landed(ctx, c, from, all, "cw/"); err != nil || len(got) != 0 {
			t.Fatalf("behind the end: %v %v", got, err)
		}
		for i := range 700 { // more than one pull
			send(bus.Partition(1+i%3), fmt.Sprintf("other/%d", i))
		}
		send(2, "cw/t/1-2/02/0")
		send(4, "cw/t/1-2/04/0")
		send(3, "cw/t/1-2/03/0")
		got, err := bus.Landed(ctx, c, from, all, "cw/t/1-2/")
		if err != nil || len(got) != 2 || !got["cw/t/1-2/02/0"] || !got["cw/t/1-2/03/0"] {
			t.Fatalf("got %v %v", got, err)
		}
		// Nothing of these partitions, though the log goes on.
		if got, err := bus.Landed(ctx, c, from, []bus.Partition{9}, "cw/"); err != nil || len(got) != 0 {
			t.Fatalf("got %v %v", got, err)
		}
		stream, err := b.Conn("admin").JetStream().Stream(ctx, bus.SamplesLog.Name)
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.Purge(ctx); err != nil {
			t.Fatal(err)
		}
		send(2, "later")
		if _, err := bus.Landed(ctx, c, from, all, "cw/"); !errors.Is(err, bus.ErrTrimmed) {
			t.Errorf("the log does not reach back: %v", err)
		}
	})
}
