package bus_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

// What is kept in memory answers as the bus does.
func TestKeys(t *testing.T) {
	t.Parallel()
	m := bus.NewMemory()
	c := bustest.New(t).Conn("notifier")
	f := func(where string, groups, all bus.Keys[[]byte]) {
		t.Helper()
		ctx := t.Context()
		if _, err := groups.Get(ctx, "ops.1"); !errors.Is(err, bus.ErrNotFound) {
			t.Errorf("%s: what is not there: %v", where, err)
		}
		if _, err := groups.Update(ctx, "ops.1", []byte("a"), 7); !errors.Is(err, bus.ErrConflict) {
			t.Errorf("%s: updated what is not there: %v", where, err)
		}
		first, err := groups.Create(ctx, "ops.1", []byte("a"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := groups.Create(ctx, "ops.1", []byte("b")); !errors.Is(err, bus.ErrConflict) {
			t.Errorf("%s: created twice: %v", where, err)
		}
		if _, err := all.Create(ctx, "incident", []byte("c")); err != nil {
			t.Fatal(err)
		}
		second, err := groups.Update(ctx, "ops.1", []byte("d"), first)
		if err != nil || second <= first {
			t.Errorf("%s: revisions %d, %d: %v", where, first, second, err)
		}
		if _, err := groups.Update(ctx, "ops.1", []byte("e"), first); !errors.Is(err, bus.ErrConflict) {
			t.Errorf("%s: updated an old revision: %v", where, err)
		}
		if e, err := all.Get(ctx, "g.ops.1"); err != nil || string(e.Value) != "d" || e.Revision != second || e.Key != "g.ops.1" {
			t.Errorf("%s: got %+v %v", where, e, err)
		}
		list := func(k bus.Keys[[]byte]) (keys []string) {
			entries, err := k.List(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				keys = append(keys, e.Key)
			}
			return keys
		}
		if got := list(groups); !slices.Equal(got, []string{"ops.1"}) {
			t.Errorf("%s: groups %q", where, got)
		}
		if got := list(all); !slices.Equal(got, []string{"incident", "g.ops.1"}) { // as last written
			t.Errorf("%s: all %q", where, got)
		}
		if err := groups.Delete(ctx, "ops.1", first); !errors.Is(err, bus.ErrConflict) {
			t.Errorf("%s: deleted an old revision: %v", where, err)
		}
		if err := errors.Join(groups.Delete(ctx, "ops.1", second), groups.Delete(ctx, "ops.1", 0)); err != nil {
			t.Errorf("%s: deleted: %v", where, err)
		}
		if got := list(all); !slices.Equal(got, []string{"incident"}) {
			t.Errorf("%s: left %q", where, got)
		}
	}
	f("on the bus", bus.IncidentGroups.On(c), bus.Incidents.On(c))
	f("in memory", bus.IncidentGroups.In(m), bus.Incidents.In(m))
}
