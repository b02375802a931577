package evaluator

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/replay"
	"github.com/parley-ops/parley/services/internal/archive"
	"github.com/parley-ops/parley/services/internal/bus"
)

// TestThePastIsTheArchiveAndThenTheBus: each stored sample once, with an archive that
// ends before the bus does, with one that is not made yet, and with none.
func TestThePastIsTheArchiveAndThenTheBus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "policies: []\n")
		began := time.Now()
		for i := range 20 {
			w.send(one{"temperature", map[string]string{"host": "h1"}, float64(i), 0})
			time.Sleep(time.Minute)
		}
		conn := w.Conn("evaluator")
		values := func(p past, since time.Time) (out []float64) {
			t.Helper()
			if err := p.read(t.Context(), since, func(e replay.Entry) error {
				out = append(out, e.Event.GetSamples().GetValue()...)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			return out
		}
		all := values(past{conn: conn}, began)
		if len(all) != 20 {
			t.Fatalf("the bus has %v", all)
		}
		place := filepath.Join(t.TempDir(), "archive")
		if got := values(past{conn, place}, began); !slices.Equal(got, all) {
			t.Errorf("with an archive that is not made yet: %v", got)
		}
		a, err := archive.Make(t.Context(), archive.NewDir(place))
		if err != nil {
			t.Fatal(err)
		}
		log, err := bus.SamplesState(t.Context(), conn)
		if err != nil {
			t.Fatal(err)
		}
		out, enough := a.NewWriter(archive.LogName(log.Created), func(archive.Written) error { return nil }), errors.New("enough")
		err = bus.Stored(t.Context(), conn, bus.Position{Sequence: 1}, func(p bus.Partition, m *bus.Message[*eventv1.PartitionEntry]) error {
			if m.Sequence > 12 {
				return enough
			}
			return out.Add(t.Context(), archive.Entry{Sequence: m.Sequence, Stored: m.Stored, Partition: p, Event: m.Event})
		})
		if !errors.Is(err, enough) || out.Close(t.Context()) != nil {
			t.Fatal(err)
		}
		if got := values(past{conn, place}, began); !slices.Equal(got, all) {
			t.Errorf("with an archive: %v", got)
		}
		if got := values(past{conn, place}, began.Add(5*time.Minute)); !slices.Equal(got, all[5:]) {
			t.Errorf("since 5 min later: %v", got)
		}
	})
}
