package batch

import (
	"slices"
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/internal/label"
)

func TestPack(t *testing.T) {
	t.Parallel()
	var all []*series.Series
	for _, n := range []string{"a", "b", "c", "d", "e"} {
		all = append(all, series.New("m", label.New(label.Label{Name: "n", Value: n}, label.Label{Name: label.Team, Value: "x"}), "", 0))
	}
	now := time.UnixMilli(1_000_000)
	var samples []Sample
	for i := range 5000 {
		s := Sample{Series: all[i%len(all)], UnixMS: int64(i), Value: float64(i)}
		if i == 7 {
			s.Revision = 3
		}
		samples = append(samples, s)
	}
	got := Pack("cw/t/1-1", samples, now)
	n, defs := 0, 0
	next := map[string]bool{}
	last := map[uint64]int64{}
	for _, m := range got {
		if next[m.ID] {
			t.Errorf("the id %s is used twice", m.ID)
		}
		next[m.ID] = true
		b := m.Entry.GetSamples()
		if len(b.SeriesId) > maxSamples || len(b.SeriesId) != len(b.Value) || len(b.SeriesId) != len(b.TimeDeltaMs) {
			t.Fatalf("%s: columns of %d %d %d", m.ID, len(b.SeriesId), len(b.Value), len(b.TimeDeltaMs))
		}
		n, defs = n+len(b.SeriesId), defs+len(b.Defs)
		for i, id := range b.SeriesId {
			at := b.BaseUnixMs + b.TimeDeltaMs[i]
			if at < last[id] {
				t.Errorf("%d after %d", at, last[id])
			}
			last[id] = at
			if float64(at) != b.Value[i] {
				t.Fatalf("the value at %d is %v", at, b.Value[i])
			}
			want := uint32(0)
			if at == 7 {
				want = 3
			}
			if len(b.Revision) > 0 && b.Revision[i] != want || len(b.Revision) == 0 && want > 0 {
				t.Errorf("at %d: revision of %v, want %d", at, b.Revision, want)
			}
			if p := slices.IndexFunc(all, func(s *series.Series) bool { return s.ID == id }); all[p].Partition != m.Partition {
				t.Errorf("series %s in partition %s", all[p].Labels, m.Partition)
			}
		}
	}
	if n != 5000 || defs != len(all) {
		t.Errorf("%d samples and %d definitions, want 5000 and %d", n, defs, len(all))
	}
	// An event is not in the columns, and in its place among the messages.
	said := samples[7]
	said.Event = &eventv1.Occurrence{Type: "deploy.failed", Level: eventv1.EventLevel_EVENT_LEVEL_ERROR, Message: "exit 1", Id: "x"}
	both := Pack("y", []Sample{said, samples[8], said}, now)
	var events []*eventv1.Occurrence
	values := 0
	for _, m := range both {
		b := m.Entry.GetSamples()
		values += len(b.Value)
		events = append(events, b.Events...)
	}
	if len(events) != 2 || values != 1 || events[0].SeriesId != said.Series.ID || events[0].At.AsTime().UnixMilli() != said.UnixMS ||
		events[0].Type != "deploy.failed" || events[0].Message != "exit 1" || events[0].Id != "x" || events[0].Level != said.Event.Level {
		t.Errorf("%d values and the events %v", values, events)
	}
	introduced := func() (n int) {
		for _, m := range Pack("x", samples[:5], now) {
			n += len(m.Entry.GetSamples().Defs)
		}
		return n
	}
	if n := introduced(); n != 0 {
		t.Errorf("%d series are introduced again at once", n)
	}
	all[0].Forget()
	if n := introduced(); n != 1 {
		t.Errorf("%d series are introduced, want the one that was forgotten", n)
	}
}
