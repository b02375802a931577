package main

import (
	"context"
	"sync"
	"time"
)

var (
	stormStored  = figure{"storm: all stored after the first breach", "ms", "≤ 2 s", true}
	stormPeople  = figure{"storm: people know of all after the first breach", "ms", "≤ 3.5 s", true}
	stormLost    = figure{"storm: incidents lost", "", "0", false}
	stormUnknown = figure{"storm: incidents that people were not told of", "", "0", false}
	stormTraffic = figure{"storm: messages or requests", "", "few", false}
	stormCPU     = figure{"storm: CPU-s in all", "", "", true}
	stormRSS     = figure{"storm: RSS afterwards", "MiB", "≤ 300 MiB", true}
)

// storm has every series breach at one moment.
func storm(ctx context.Context, o options, t *table) error {
	return each(ctx, o, t, "storm", append(peers(o), ours(durable)), func(ctx context.Context, s *system) error {
		loading, stop := context.WithCancel(ctx)
		var load sync.WaitGroup
		load.Go(func() { s.gen.run(loading, time.Second) })
		defer load.Wait()
		defer stop()
		wait(ctx, o.warm)
		before := s.use(0)
		chosen := s.w.planBreach(s.w.series, time.Now().Add(time.Second), 0)
		heard := s.stored
		if heard == nil {
			heard = s.delivered
		}
		s.await(ctx, o.grace+time.Second, chosen)
		first := firstOf(s.gen.sent, chosen)
		stored, lost := lastOf(heard, chosen)
		t.add(stormStored, s.name, float64(stored-first)/1e6)
		t.add(stormLost, s.name, float64(lost))
		known, unknown := s.people(s.gen.sent, chosen)
		if s.stored == nil { // each alert names its series
			last, _ := lastOf(s.delivered, chosen)
			t.add(stormPeople, s.name, float64(last-first)/1e6)
		} else if len(known) > 0 {
			t.add(stormPeople, s.name, known[len(known)-1]+float64(lastSent(s.gen.sent, chosen)-first)/1e6)
		}
		t.add(stormUnknown, s.name, float64(unknown))
		came := s.traffic()
		t.add(stormTraffic, s.name, float64(came.messages))
		sp := before.until(s.use(0), s.outside)
		t.add(stormCPU, s.name, sp.total)
		by, total := s.rss()
		t.add(stormRSS, s.name, total)
		if s.stored != nil {
			t.note("%s, storm: %d messages, %d edits, %d pictures; CPU-s of %s; MiB of %s", s.name,
				came.messages, came.edits, came.pictures, parts(sp.cpu, 1), parts(by, 1))
		}
		return nil
	})
}
