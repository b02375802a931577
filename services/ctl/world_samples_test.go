package main

import (
	"errors"
	"path/filepath"
	"strconv"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/archive"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/evidence"
	"github.com/parley-ops/parley/services/internal/label"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// samples stores values of latency.p99 of two services, one of which is slow in
// the end, with the ticks and the order that stand between them.
func (w *world) samples() error {
	c, err := w.conn("collector")
	if err != nil {
		return err
	}
	evaluator, err := w.conn("evaluator")
	if err != nil {
		return err
	}
	now := time.Now()
	for i := range 30 {
		for _, service := range []string{"checkout", "cart"} {
			l := label.New(label.Label{Name: "service", Value: service}, label.Label{Name: "env", Value: "prod"})
			id, p := label.Fingerprint("latency.p99", l), bus.PartitionOf(label.Resource(l))
			b := &eventv1.SampleBatch{BaseUnixMs: now.Add(time.Duration(i-30) * 10 * time.Second).UnixMilli(), SeriesId: []uint64{id}, TimeDeltaMs: []int64{0},
				Value: []float64{word(service == "cart" && i >= 20, 950.0, 120)}}
			if i == 0 {
				b.Defs = []*eventv1.SeriesDef{{Id: id, Name: "latency.p99", Labels: l.Proto(), Unit: "ms"}}
			}
			if _, err := bus.Publish(w.ctx, c, bus.Samples(p), "seed/"+service+strconv.Itoa(i), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: b}}); err != nil {
				return err
			}
		}
		if _, err := bus.Publish(w.ctx, evaluator, bus.Control(3), "seed/tick"+strconv.Itoa(i), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Tick{Tick: &eventv1.Tick{}}}); err != nil {
			return err
		}
	}
	return nil
}

// noise is how incidents of the policy `spiky` ended for host a: four went away
// unheeded, and one was acted on; and all of `checkout-slow` were acted on.
func (w *world) noise() error {
	c, err := w.conn("notifier")
	if err != nil {
		return err
	}
	e := &eventv1.Evidence{Policy: "spiky"}
	day := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	for hour := range 5 {
		in := &eventv1.EndedIncident{Id: "i" + strconv.Itoa(hour), Labels: []*eventv1.Label{{Name: "host", Value: "a"}}, OpenedAt: timestamppb.New(day.Add(time.Duration(hour)*time.Hour + 22*time.Minute)),
			ResolvedAt: timestamppb.New(day.Add(time.Duration(hour)*time.Hour + 24*time.Minute)), Outcome: eventv1.Outcome_OUTCOME_IGNORED}
		if hour == 2 {
			in.ResolvedAt, in.Outcome = timestamppb.New(day.Add(2*time.Hour+50*time.Minute)), eventv1.Outcome_OUTCOME_ACTED
		}
		e.Incidents = append(e.Incidents, in)
	}
	acted := &eventv1.Evidence{Policy: "checkout-slow"}
	for i := range 6 {
		at := timestamppb.New(w.began.Add(-time.Duration(i+1) * 24 * time.Hour))
		acted.Incidents = append(acted.Incidents, &eventv1.EndedIncident{Id: "c" + strconv.Itoa(i), Labels: []*eventv1.Label{{Name: "service", Value: "checkout"}}, OpenedAt: at, ResolvedAt: at, Outcome: eventv1.Outcome_OUTCOME_ACTED})
	}
	for _, one := range []*eventv1.Evidence{e, acted} {
		if _, err := bus.Evidences.Put(w.ctx, c, evidence.Key(one.GetPolicy()), one); err != nil {
			return err
		}
	}
	return nil
}

// archive archives all that is stored but the last 15 batches.
func (w *world) archive() error {
	c, err := w.conn("collector")
	if err != nil {
		return err
	}
	a, err := archive.Make(w.ctx, archive.NewDir(filepath.Join(w.dir, "..", "archive")))
	if err != nil {
		return err
	}
	log, err := bus.SamplesState(w.ctx, c)
	if err != nil {
		return err
	}
	out := a.NewWriter(archive.LogName(log.Created), func(archive.Written) error { return nil })
	enough := errors.New("enough")
	left := 45 // of 60
	err = bus.Stored(w.ctx, c, bus.Position{Sequence: 1}, func(p bus.Partition, m *bus.Message[*eventv1.PartitionEntry]) error {
		if m.Event.GetSamples() != nil {
			if left--; left < 0 {
				return enough
			}
		}
		return out.Add(w.ctx, archive.Entry{Sequence: m.Sequence, Stored: m.Stored, Partition: p, Event: m.Event})
	})
	if !errors.Is(err, enough) {
		return errors.Join(errors.New("there are not so many batches"), err)
	}
	return out.Close(w.ctx)
}
