package ingest

import (
	"bytes"

	"github.com/cespare/xxhash/v2"
)

// memo knows the series parts of messages that come again: a sender of columns
// repeats all its series in every message, and most often in the same bytes.
// What comes the second time is remembered, so that a sender that never writes
// the same twice costs a hash and no memory.
type memo struct {
	seen  map[uint64]bool
	parts map[uint64]*part
	size  int
	hash  uint64 // of the last get
}

type part struct {
	team  string
	defs  [][]byte
	known []column
}

const (
	maxSeen = 4096
	maxMemo = 16 << 20 // bytes of series parts
)

// get returns the series of defs if they are remembered, else nil, and whether
// they should be.
func (m *memo) get(team string, defs [][]byte) (known []column, memorize bool) {
	var d xxhash.Digest
	d.Reset()
	_, _ = d.WriteString(team)
	for _, def := range defs {
		_, _ = d.Write(def)
	}
	m.hash = d.Sum64()
	if p := m.parts[m.hash]; p != nil {
		if p.team == team && len(p.defs) == len(defs) {
			same := true
			for i := range defs {
				if !bytes.Equal(p.defs[i], defs[i]) {
					same = false
					break
				}
			}
			if same {
				return p.known, false
			}
		}
		return nil, false
	}
	if m.seen[m.hash] {
		return nil, true
	}
	if m.seen == nil || len(m.seen) >= maxSeen {
		m.seen = map[uint64]bool{}
	}
	m.seen[m.hash] = true
	return nil, false
}

// put remembers what the last get did not know, unless a series was wrong or
// is still unknown.
func (m *memo) put(team string, defs [][]byte, known []column) {
	size := 0
	for i, def := range defs {
		if known[i].series == nil {
			return
		}
		size += len(def) + 64
	}
	if size > maxMemo/4 {
		return
	}
	if m.parts == nil || m.size+size > maxMemo {
		m.parts, m.size = map[uint64]*part{}, 0
	}
	p := &part{team: team, known: append([]column(nil), known...)}
	text := bytes.Join(defs, nil) // one copy of its own
	for _, def := range defs {
		p.defs = append(p.defs, text[:len(def):len(def)])
		text = text[len(def):]
	}
	m.parts[m.hash] = p
	m.size += size
}
