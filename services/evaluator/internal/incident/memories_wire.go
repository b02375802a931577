package incident

import (
	"slices"

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
}

// readMemories reads what writeMemories wrote, as recall takes it.
func (x *series) readMemories(r *parser, version uint64) (*memories, func(*slot) int) {
	if version < 3 || r.num() == 0 {
		return nil, nil
	}
	type owner struct {
		policy string
		index  int
	}
	m, owners := &memories{}, []owner{}
	for range r.count(4) {
		p, rest, err := memory.ReadPast(r.buf)
		if err != nil {
			r.fail()
			break
		}
		m.pasts, r.buf = append(m.pasts, p), rest
	}
	for range r.count(6) {
		owners = append(owners, owner{r.text(), int(r.num())})
		d, rest, err := memory.ReadDatapoints(r.buf)
		if err != nil {
			r.fail()
			break
		}
		m.counts, r.buf = append(m.counts, d), rest
	}
	return m, func(sl *slot) int { return slices.Index(owners, owner{sl.rule.p.Name, sl.index}) }
}
