package bus_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

func TestMain(m *testing.M) { bustest.Main(m) }

// consume runs a consumer until stop is called.
func consume[M any](t *testing.T, conn *bus.Conn, c bus.Consumer[M], handle func(context.Context, *bus.Message[M]) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- bus.Consume(ctx, conn, c, handle) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("consume: %v", err)
		}
	}
}

func inbound(id string) *eventv1.Inbound { return &eventv1.Inbound{Id: id, Backend: "slack"} }

func TestPublishedTwiceIsDeliveredOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		notifier := b.Conn("notifier")
		for range 3 {
			if _, err := bus.Publish(t.Context(), notifier, bus.InboundFrom("slack", "click"), "click/1", inbound("1")); err != nil {
				t.Fatal(err)
			}
		}
		var n atomic.Int32
		stop := consume(t, notifier, bus.NotifierInbound, func(_ context.Context, m *bus.Message[*eventv1.Inbound]) error {
			n.Add(1)
			if m.Event.GetId() != "1" || m.Attempt != 1 {
				t.Errorf("got %v, attempt %d", m.Event, m.Attempt)
			}
			return nil
		})
		time.Sleep(10 * time.Minute)
		stop()
		if n.Load() != 1 {
			t.Errorf("delivered %d times, want 1", n.Load())
		}
	})
}

func TestAnErrorIsDeliveredAgainWithBackoffThenADeadLetter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		notifier := b.Conn("notifier")
		begin := time.Now()
		var at []time.Duration
		stop := consume(t, notifier, bus.NotifierInbound, func(_ context.Context, m *bus.Message[*eventv1.Inbound]) error {
			at = append(at, time.Since(begin).Round(100*time.Millisecond))
			return errors.New("the chat is on fire\nreally")
		})
		if _, err := bus.Publish(t.Context(), notifier, bus.InboundFrom("slack", "click"), "1", inbound("1")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		stop()
		if len(at) != bus.NotifierInbound.Attempts {
			t.Fatalf("delivered at %v: %d times, want %d", at, len(at), bus.NotifierInbound.Attempts)
		}
		if gap := at[3] - at[2]; gap < 5*time.Second || gap > 6*time.Second {
			t.Errorf("third redelivery after %v, want 5 s", gap)
		}
		dead := bustest.WantEvent[*eventv1.Inbound](t, b, bus.DeadLetters, "dlq.notifier.inbound")
		if got := dead.Header.Get(bus.HeaderReason); got != "the chat is on fire really" {
			t.Errorf("reason %q", got)
		}
		if dead.Event.GetId() != "1" || dead.Header.Get(bus.HeaderSubject) != "inbound.slack.click" || dead.Header.Get(bus.HeaderAttempts) != "10" {
			t.Errorf("dead letter %v %v", dead.Event, dead.Header)
		}
	})
}

func TestPermanentAndPanicAreDeadAtOnceAndStopNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		notifier := b.Conn("notifier")
		var good atomic.Int32
		stop := consume(t, notifier, bus.NotifierInbound, func(_ context.Context, m *bus.Message[*eventv1.Inbound]) error {
			switch m.Event.GetId() {
			case "bad":
				return bus.Permanent(errors.New("no such button"))
			case "poison":
				panic("poison")
			}
			good.Add(1)
			return nil
		})
		for _, id := range []string{"bad", "poison", "a", "b"} {
			if _, err := bus.Publish(t.Context(), notifier, bus.InboundFrom("slack", "click"), id, inbound(id)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		stop()
		if good.Load() != 2 {
			t.Errorf("%d good ones handled, want 2", good.Load())
		}
		bustest.WantEvents[*eventv1.Inbound](t, b, bus.DeadLetters, "dlq.notifier.inbound", 2)
	})
}

func TestRetryAfterWaitsAsToldAndNeverGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		actioner := b.Conn("actioner")
		due := time.Now().Add(3 * time.Hour)
		var deliveries int
		var done time.Time
		stop := consume(t, actioner, bus.ActionerVerifications, func(_ context.Context, m *bus.Message[*eventv1.ActionMessage]) error {
			deliveries++
			if time.Now().Before(due) {
				return bus.RetryAfter(time.Minute, nil)
			}
			done = time.Now()
			return nil
		})
		_, err := bus.Publish(t.Context(), actioner, bus.ActionVerifications("r1"), "v", &eventv1.ActionMessage{})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Hour)
		stop()
		if deliveries < 150 || done.IsZero() || done.Sub(due) > 2*time.Minute {
			t.Errorf("%d deliveries, done %v after it was due", deliveries, done.Sub(due))
		}
		bustest.WantNone(t, b, bus.DeadLetters, "dlq.>")
	})
}

func TestALongHandlerIsNotDeliveredTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		actioner := b.Conn("actioner")
		var n atomic.Int32
		stop := consume(t, actioner, bus.ActionerVerifications, func(context.Context, *bus.Message[*eventv1.ActionMessage]) error {
			n.Add(1)
			time.Sleep(10 * bus.ActionerVerifications.AckWait)
			return nil
		})
		if _, err := bus.Publish(t.Context(), actioner, bus.ActionVerifications("r1"), "v", &eventv1.ActionMessage{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		stop()
		if n.Load() != 1 {
			t.Errorf("handled %d times, want 1", n.Load())
		}
	})
}

func TestFencedPublishRefusesTheStaleOwner(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		old, young := b.Conn("evaluator"), b.Conn("evaluator")
		ctx := t.Context()
		first, err := bus.PublishFenced(ctx, old, bus.Alerts(7), "07/1/0", &eventv1.IncidentBatch{Partition: 7, SourceSequence: 1}, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bus.PublishFenced(ctx, young, bus.Alerts(7), "07/2/0", &eventv1.IncidentBatch{Partition: 7, SourceSequence: 2}, first, map[string]string{bus.HeaderSource: "2"}); err != nil {
			t.Fatal(err)
		}
		if _, err := bus.PublishFenced(ctx, old, bus.Alerts(7), "07/3/0", &eventv1.IncidentBatch{Partition: 7, SourceSequence: 3}, first, nil); !errors.Is(err, bus.ErrConflict) {
			t.Errorf("stale owner got %v, want ErrConflict", err)
		}
		last, err := bus.LastMessage(ctx, old, bus.AlertsLog, bus.Alerts(7))
		if err != nil || last.Event.GetSourceSequence() != 2 || last.Header.Get(bus.HeaderSource) != "2" {
			t.Errorf("last output %v, %v", last, err)
		}
		if _, err := bus.LastMessage(ctx, old, bus.AlertsLog, bus.Alerts(8)); !errors.Is(err, bus.ErrNotFound) {
			t.Errorf("empty partition: %v, want ErrNotFound", err)
		}
	})
}

func TestViewsCompareAndSet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		c := b.Conn("evaluator")
		ctx := t.Context()
		rev, err := bus.Leases.Create(ctx, c, "07", []byte("me"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bus.Leases.Create(ctx, c, "07", []byte("you")); !errors.Is(err, bus.ErrConflict) {
			t.Errorf("second create: %v, want ErrConflict", err)
		}
		if _, err := bus.Leases.Update(ctx, c, "07", []byte("you"), rev+9); !errors.Is(err, bus.ErrConflict) {
			t.Errorf("update at a wrong revision: %v, want ErrConflict", err)
		}
		if _, err := bus.Leases.Update(ctx, c, "07", []byte("still me"), rev); err != nil {
			t.Error(err)
		}
		all, err := bus.Leases.List(ctx, c)
		if err != nil || len(all) != 1 || all[0].Key != "07" || string(all[0].Value) != "still me" {
			t.Errorf("list: %v, %v", all, err)
		}
		if err := bus.Leases.Delete(ctx, c, "07", 0); err != nil {
			t.Error(err)
		}
		if _, err := bus.Leases.Get(ctx, c, "07"); !errors.Is(err, bus.ErrNotFound) {
			t.Errorf("after delete: %v, want ErrNotFound", err)
		}
	})
}

// What is written while a list is read is in the list all the same.
func TestAListMissesNothingThatIsBeingWritten(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	writer, reader := b.Conn("notifier"), b.Conn("notifier")
	put := func(key string) {
		if _, err := bus.IncidentGroups.Put(context.Background(), writer, key, []byte(key)); err != nil {
			t.Error(err)
		}
	}
	keys := []string{"ops.1", "ops.1.0", "ops.2", "ops.3"}
	for _, key := range keys {
		put(key)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				put(keys[i%len(keys)])
			}
		}
	}()
	for range 300 {
		entries, err := bus.IncidentGroups.List(t.Context(), reader)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, e := range entries {
			got[e.Key]++
		}
		if len(got) != len(keys) || len(entries) != len(keys) {
			t.Fatalf("listed %v, want each of %v once", got, keys)
		}
	}
	close(stop)
	<-stopped
}

func TestWatchSeesChangesAndKeysThatExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		c := b.Conn("evaluator")
		ctx, cancel := context.WithCancel(t.Context())
		var counts []int
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = bus.Members.Watch(ctx, c, 3*time.Second, func(es []bus.Entry[[]byte]) {
				if len(counts) == 0 || counts[len(counts)-1] != len(es) {
					counts = append(counts, len(es))
				}
			})
		}()
		time.Sleep(time.Second)
		for _, k := range []string{"a", "b"} {
			if _, err := bus.Members.Put(ctx, c, k, []byte("x")); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		time.Sleep(30 * time.Second)
		cancel()
		<-ended
		want := []int{0, 1, 2, 1, 0}
		if len(counts) != len(want) {
			t.Fatalf("saw %v members, want %v", counts, want)
		}
		for i := range want {
			if counts[i] != want[i] {
				t.Fatalf("saw %v members, want %v", counts, want)
			}
		}
	})
}

func TestPartitionIsReadInOrderFromItsPosition(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		collector, evaluator := b.Conn("collector"), b.Conn("evaluator")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var seqs []uint64
		for i := range 10 {
			entry := &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: &eventv1.SampleBatch{BaseUnixMs: int64(i)}}}
			seq, err := bus.Publish(ctx, collector, bus.Samples(bus.Partition(i%2)), "", entry)
			if err != nil {
				t.Fatal(err)
			}
			seqs = append(seqs, seq)
		}
		if _, err := bus.Publish(ctx, evaluator, bus.Control(1), "tick", &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Tick{Tick: &eventv1.Tick{}}}); err != nil {
			t.Fatal(err)
		}
		var got []int64
		errStop := errors.New("seen enough")
		err := bus.ReadPartition(ctx, evaluator, 1, bus.Position{Sequence: seqs[3]}, func(m *bus.Message[*eventv1.PartitionEntry]) error {
			if m.Event.GetTick() != nil {
				return errStop
			}
			got = append(got, m.Event.GetSamples().GetBaseUnixMs())
			return nil
		})
		if !errors.Is(err, errStop) || len(got) != 4 || got[0] != 3 || got[3] != 9 {
			t.Errorf("read %v, %v; want 3 5 7 9, then the tick", got, err)
		}
		end, err := bus.PartitionEnd(ctx, evaluator, 1)
		if err != nil || end != seqs[9]+1 {
			t.Errorf("end %d, %v; want %d", end, err, seqs[9]+1)
		}
	})
}

func TestQueriesReachTheOwner(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		owner, renderer := b.Conn("evaluator"), b.Conn("renderer")
		if _, err := bus.QueryPartition(t.Context(), renderer, 3, &eventv1.Query{}); !errors.Is(err, bus.ErrNoAnswer) {
			t.Errorf("without owner: %v, want ErrNoAnswer", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- bus.ServeQueries(ctx, owner, 3, func(context.Context, *eventv1.Query) *eventv1.QueryAnswer {
				return &eventv1.QueryAnswer{Truncated: true}
			})
		}()
		synctest.Wait()
		a, err := bus.QueryPartition(t.Context(), renderer, 3, &eventv1.Query{})
		if err != nil || !a.GetTruncated() || a.GetPartition() != 3 {
			t.Errorf("answer %v, %v", a, err)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestObjects(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		renderer, notifier := b.Conn("renderer"), b.Conn("notifier")
		big := make([]byte, 700_000)
		if err := bus.PutObject(t.Context(), renderer, bus.ChartPictures, "x", big); err != nil {
			t.Fatal(err)
		}
		got, err := bus.GetObject(t.Context(), notifier, bus.ChartPictures, "x")
		if err != nil || len(got) != len(big) {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
		if err := bus.PutObject(t.Context(), renderer, bus.ChartPictures, "x", []byte("new")); err != nil {
			t.Errorf("replace: %v", err)
		}
		if err := bus.DeleteObject(t.Context(), renderer, bus.ChartPictures, "x"); err != nil {
			t.Error(err)
		}
		if _, err := bus.GetObject(t.Context(), notifier, bus.ChartPictures, "x"); !errors.Is(err, bus.ErrNotFound) {
			t.Errorf("after delete: %v, want ErrNotFound", err)
		}
	})
}

func TestATeamsMetricsAreItsOwnAndAcknowledged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		team := b.Team()
		ack, err := team.RequestWithContext(t.Context(), "metrics.custom.other.cpu", []byte(`{"name":"x","value":1}`))
		if err != nil {
			t.Fatal(err)
		}
		if string(ack.Data[:11]) != `{"stream":"` {
			t.Errorf("ack %s", ack.Data)
		}
		m := bustest.WantEvent[[]byte](t, b, bus.Ingest, "metrics.custom.>")
		if bus.TeamOf(m.Subject) != "demo" {
			t.Errorf("stored under %s, want team demo", m.Subject)
		}
		if _, err := team.RequestWithContext(t.Context(), "metrics.big", make([]byte, 300_000)); !errors.Is(err, nats.ErrMaxPayload) {
			t.Errorf("oversize: %v, want %v", err, nats.ErrMaxPayload)
		}
	})
}
