package audit_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/audit"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

func TestMain(m *testing.M) { bustest.Main(m) }

func record(id string) *eventv1.AuditRecord {
	return &eventv1.AuditRecord{Id: id, At: timestamppb.Now(), What: "acknowledged"}
}

// verify walks the stream as parley audit verify does.
func verify(t *testing.T, b *bustest.Bus, n int) *audit.Verifier {
	t.Helper()
	heads, err := audit.Heads(t.Context(), b.Conn("operator"))
	if err != nil {
		t.Fatal(err)
	}
	v := audit.NewVerifier(heads)
	for _, m := range bustest.WantEvents[*eventv1.AuditRecord](t, b, bus.AuditLog, "audit.>", n) {
		if err := v.Add(m.Event, fmt.Sprint("AUDIT #", m.Sequence)); err != nil {
			t.Error(err)
		}
	}
	if err := v.Whole(time.Now()); err != nil {
		t.Error(err)
	}
	if n > v.Before && (len(heads) == 0 || heads[len(heads)-1].GetPosition() != v.Last.GetPosition()) {
		t.Errorf("the newest head is %v, the last record %v", heads, v.Last)
	}
	return v
}

func TestConcurrentWritersAreOneChain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		var wg sync.WaitGroup
		const writers, each = 6, 25
		for w := range writers {
			conn := b.Conn([]string{"notifier", "actioner"}[w%2])
			wg.Go(func() {
				for i := range each {
					id := fmt.Sprintf("w%d/%d", w, i)
					if err := audit.Write(t.Context(), conn, bus.Audit("action", id), record(id)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if v := verify(t, b, writers*each); v.Records != writers*each || v.First.GetPosition() != 1 {
			t.Errorf("%d records from %d", v.Records, v.First.GetPosition())
		}
	})
}

func TestAWriterGoesOnWhereOthersWere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		publish := func(id string) {
			if _, err := bus.Publish(t.Context(), b.Conn("actioner"), bus.Audit("action", id), id, record(id)); err != nil {
				t.Fatal(err)
			}
		}
		write := func(id string) {
			if err := audit.Write(t.Context(), b.Conn("notifier"), bus.Audit("chat", id), record(id)); err != nil {
				t.Fatal(err)
			}
		}
		publish("of an older version")
		write("1")
		write("2") // by another connection: a writer that was started again
		if v := verify(t, b, 3); v.Before != 1 || v.Records != 2 {
			t.Errorf("%d before, %d with a chain", v.Before, v.Records)
		}
		// The same again, within the hour, is the one that is there.
		write("1")
		write("2")
		write("3")
		if v := verify(t, b, 4); v.Last.GetPosition() != 3 {
			t.Errorf("the last position is %d", v.Last.GetPosition())
		}
		// After the hour it is there twice, and the chain holds.
		time.Sleep(2 * time.Hour)
		write("2")
		if v := verify(t, b, 5); v.Last.GetPosition() != 4 {
			t.Errorf("the last position is %d", v.Last.GetPosition())
		}
		// A record of a program without a chain breaks it, and the next goes on.
		publish("from aside")
		write("4")
		last := bustest.WantEvents[*eventv1.AuditRecord](t, b, bus.AuditLog, "audit.>", 7)[6].Event
		if last.GetChain().GetPosition() != 5 {
			t.Errorf("after a record without a chain the next has position %d", last.GetChain().GetPosition())
		}
	})
}

// When all records have grown too old, the noted head is what the next follows.
func TestAnAuditThatGrewOldGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		conn := b.Conn("actioner")
		write := func(id string) {
			if err := audit.Write(t.Context(), conn, bus.Audit("action", id), record(id)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 3 {
			write(fmt.Sprint(i))
		}
		admin := b.Conn("admin").JetStream()
		stream, err := admin.Stream(t.Context(), bus.AuditLog.Name)
		if err != nil {
			t.Fatal(err)
		}
		cfg := stream.CachedInfo().Config
		cfg.MaxAge = time.Hour
		if _, err := admin.UpdateStream(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		write("after")
		m := bustest.WantEvent[*eventv1.AuditRecord](t, b, bus.AuditLog, "audit.>")
		if m.Event.GetChain().GetPosition() != 4 || m.Sequence != 4 {
			t.Errorf("position %d at #%d", m.Event.GetChain().GetPosition(), m.Sequence)
		}
	})
}

func TestWriteGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := audit.Write(ctx, b.Conn("actioner"), bus.Audit("action", "1"), record("1")); err == nil {
			t.Error("written although nobody waited")
		}
		bustest.WantNone(t, b, bus.AuditLog, "audit.>")
	})
}

func BenchmarkWrite(b *testing.B) {
	s := bustest.New(b)
	conn := s.Conn("actioner")
	var n int
	for b.Loop() {
		n++
		id := fmt.Sprint(n)
		if err := audit.Write(b.Context(), conn, bus.Audit("action", id), record(id)); err != nil {
			b.Fatal(err)
		}
	}
}
