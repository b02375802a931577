package archive

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

// Behind the archive's end the bus goes on, without a gap and without a double,
// wherever the archive ends and wherever one begins to read.
func TestHistoryGoesOnWithTheBus(t *testing.T) {
	t.Parallel()
	c := bustest.New(t).Conn("collector")
	for i := range 40 {
		p := bus.Partition(i % bus.Partitions)
		if _, err := bus.Publish(t.Context(), c, bus.Samples(p), fmt.Sprint(i), at(uint64(i), begun).Event); err != nil {
			t.Fatal(err)
		}
	}
	state, err := bus.SamplesState(t.Context(), c)
	if err != nil || state.First != 1 || state.Last != 40 {
		t.Fatal(state, err)
	}
	var all []Entry
	err = bus.Stored(t.Context(), c, bus.Position{Sequence: 1}, func(p bus.Partition, m *bus.Message[*eventv1.PartitionEntry]) error {
		all = append(all, Entry{m.Sequence, m.Stored, p, m.Event})
		return nil
	})
	if err != nil || len(all) != 40 {
		t.Fatal(len(all), err)
	}
	for _, end := range []int{0, 1, 25, 39, 40} {
		a, _ := newArchive(t)
		w := a.NewWriter(LogName(state.Created), func(Written) error { return nil })
		for _, e := range all[:end] {
			if err := w.Add(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, since := range []time.Time{{}, all[10].Stored, all[39].Stored, all[39].Stored.Add(time.Second)} {
			var got []Entry
			gaps, err := a.History(t.Context(), c, since, func(e Entry, left uint64) error {
				if want := 40 - e.Sequence; end == 40 && left != want {
					t.Errorf("%d are left at %d, want %d", left, e.Sequence, want)
				}
				got = append(got, e)
				return nil
			})
			if err != nil || len(gaps) > 0 {
				t.Fatal(gaps, err)
			}
			wantSame(t, got, slices.DeleteFunc(slices.Clone(all), func(e Entry) bool { return e.Stored.Before(since) }))
		}
	}
	a, _ := newArchive(t)
	w := a.NewWriter(LogName(state.Created.Add(time.Hour)), func(Written) error { return nil })
	if err := errors.Join(w.Add(t.Context(), all[0]), w.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := a.History(t.Context(), c, time.Time{}, func(Entry, uint64) error { return nil }); !errors.Is(err, ErrOther) {
		t.Error(err)
	}
}
