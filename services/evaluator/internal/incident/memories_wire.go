package incident

import (
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/evaluator/forecast"
	"github.com/parley-ops/parley/services/evaluator/internal/memory"
)

// writeMemories writes them, datapoints with the condition that they are of.
func (x *series) writeMemories(w *writer) {
	if x.mem == nil {
		w.num(0)
		return
	}
	w.num(1)
	w.num(uint64(len(x.mem.pasts)))
	for k := range x.mem.pasts {
		w.buf = x.mem.pasts[k].Append(w.buf)
	}
	w.num(uint64(len(x.mem.counts)))
	for k := range x.list.slots {
		if sl := &x.list.slots[k]; sl.count >= 0 {
			w.text(sl.rule.p.Name)
			w.num(uint64(sl.index))
			w.buf = x.mem.counts[sl.count].Append(w.buf)
		}
	}
	w.num(uint64(len(x.mem.bases)))
	for k := range x.mem.bases {
		w.text(x.mem.bases[k].zone)
		w.buf = x.mem.bases[k].append(w.buf)
	}
	w.num(uint64(len(x.mem.given)))
	for k := range x.mem.given {
		w.text(strings.Join(x.mem.given[k].names, sep))
		w.buf = x.mem.given[k].append(w.buf)
	}
	x.writeHappenings(w)
	w.flags(x.mem.fill != nil)
	if x.mem.fill == nil {
		return
	}
	data, _ := x.mem.fill.MarshalBinary() // it has no error
	w.bytes(data)
	w.num(uint64(len(x.mem.reach)))
	for k := range x.list.slots {
		if sl := &x.list.slots[k]; sl.reach >= 0 {
			a := &x.mem.reach[sl.reach]
			w.text(sl.rule.p.Name)
			w.num(uint64(sl.index))
			w.signed(a.hour)
			w.float(a.full.Hours)
			w.float(a.full.Confidence)
			w.flags(a.ok)
		}
	}
}

// writeHappenings writes what is known of events, with the conditions.
func (x *series) writeHappenings(w *writer) {
	e := x.mem.events
	w.flags(e != nil)
	if e == nil {
		return
	}
	for _, hash := range e.recent {
		w.id(hash)
	}
	w.num(uint64(e.next))
	w.num(uint64(len(e.of)))
	for k := range x.list.slots {
		sl := &x.list.slots[k]
		if sl.event < 0 {
			continue
		}
		h := &e.of[sl.event]
		w.text(sl.rule.p.Name)
		w.num(uint64(sl.index))
		w.signed(h.begun)
		w.signed(h.ended)
		w.num(uint64(h.count))
		w.text(h.what)
	}
}

func readHappenings(r *parser) (e *happenings, of []owner) {
	there := false
	if r.flags(&there); !there {
		return nil, nil
	}
	e = &happenings{}
	for k := range e.recent {
		e.recent[k] = r.id()
	}
	e.next = uint8(r.num() % uint64(len(e.recent)))
	for range r.count(6) {
		of = append(of, owner{r.text(), int(r.num())})
		e.of = append(e.of, happening{r.time(), r.time(), uint32(r.num()), r.text()})
	}
	return e, of
}

// owner is whose of several memories of one kind one is.
type owner struct {
	policy string
	index  int
}

// readMemories reads what writeMemories wrote, as recall takes it.
func (x *series) readMemories(r *parser, version uint64) (*memories, kept) {
	if version < 4 || r.num() == 0 {
		return nil, kept{}
	}
	m := &memories{}
	var counts, reach, events []owner
	for range r.count(4) {
		p, rest, err := memory.ReadPast(r.buf)
		if err != nil {
			r.fail()
			break
		}
		m.pasts, r.buf = append(m.pasts, p), rest
	}
	for range r.count(6) {
		counts = append(counts, owner{r.text(), int(r.num())})
		d, rest, err := memory.ReadDatapoints(r.buf)
		if err != nil {
			r.fail()
			break
		}
		m.counts, r.buf = append(m.counts, d), rest
	}
	for range r.count(40) {
		m.bases = append(m.bases, readBaseline(r, r.text()))
	}
	if version > 4 {
		for range r.count(40) {
			m.given = append(m.given, readExplained(r, r.text()))
		}
	}
	if version > 6 {
		m.events, events = readHappenings(r)
	}
	fills := false
	if r.flags(&fills); fills {
		m.fill = forecast.NewFilling()
		if err := m.fill.UnmarshalBinary(r.bytes()); err != nil {
			r.fail()
		}
		for range r.count(19) {
			reach = append(reach, owner{r.text(), int(r.num())})
			a := reaching{hour: r.signed(), full: forecast.Full{Hours: r.float(), Confidence: r.float()}}
			r.flags(&a.ok)
			m.reach = append(m.reach, a)
		}
	}
	at := func(of []owner) func(*slot) int {
		return func(sl *slot) int { return slices.Index(of, owner{sl.rule.p.Name, sl.index}) }
	}
	return m, kept{at(counts), at(reach), at(events)}
}
