package incident

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/parley-ops/parley/services/internal/label"
)

// ErrSnapshot: bytes that are no snapshot of a version that we know.
var ErrSnapshot = errors.New("snapshot is not readable")

// writer writes a snapshot: numbers as varints, floats as they are, a string
// whole the first time and as a number after that.
type writer struct {
	buf  []byte
	seen map[string]uint64
}

func (w *writer) num(v uint64)    { w.buf = binary.AppendUvarint(w.buf, v) }
func (w *writer) signed(v int64)  { w.buf = binary.AppendVarint(w.buf, v) }
func (w *writer) id(v uint64)     { w.buf = binary.LittleEndian.AppendUint64(w.buf, v) }
func (w *writer) float(v float64) { w.id(math.Float64bits(v)) }

func (w *writer) flags(fs ...bool) {
	var b uint64
	for i, f := range fs {
		if f {
			b |= 1 << i
		}
	}
	w.num(b)
}

func (w *writer) bytes(b []byte) {
	w.num(uint64(len(b)))
	w.buf = append(w.buf, b...)
}

func (w *writer) text(s string) {
	if n, ok := w.seen[s]; ok {
		w.num(n)
		return
	}
	w.seen[s] = uint64(len(w.seen) + 1)
	w.num(0)
	w.num(uint64(len(s)))
	w.buf = append(w.buf, s...)
}

func (w *writer) labels(s label.Set) {
	w.num(uint64(len(s)))
	for _, l := range s {
		w.text(l.Name)
		w.text(l.Value)
	}
}

// parser reads what writer wrote; after the first error everything is zero.
type parser struct {
	buf  []byte
	seen []string
	err  error
}

func (p *parser) fail() {
	p.err, p.buf = ErrSnapshot, nil
}

func (p *parser) num() uint64 {
	v, n := binary.Uvarint(p.buf)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.buf = p.buf[n:]
	return v
}

func (p *parser) signed() int64 {
	v, n := binary.Varint(p.buf)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.buf = p.buf[n:]
	return v
}

func (p *parser) id() uint64 {
	if len(p.buf) < 8 {
		p.fail()
		return 0
	}
	v := binary.LittleEndian.Uint64(p.buf)
	p.buf = p.buf[8:]
	return v
}

func (p *parser) float() float64 { return math.Float64frombits(p.id()) }

func (p *parser) flags(fs ...*bool) {
	b := p.num()
	for i, f := range fs {
		*f = b>>i&1 == 1
	}
}

// count reads how many things follow, each of at least least bytes.
func (p *parser) count(least int) int {
	n := p.num()
	if n > uint64(len(p.buf)/least) {
		p.fail()
		return 0
	}
	return int(n)
}

func (p *parser) bytes() []byte {
	n := p.count(1)
	b := p.buf[:n]
	p.buf = p.buf[n:]
	return b
}

func (p *parser) text() string {
	n := p.num()
	if n == 0 && p.err == nil {
		s := string(p.bytes())
		p.seen = append(p.seen, s)
		return s
	}
	if n == 0 || n > uint64(len(p.seen)) {
		p.fail()
		return ""
	}
	return p.seen[n-1]
}

func (p *parser) labels() label.Set {
	n := p.count(2)
	s := make(label.Set, 0, n)
	for range n {
		s = append(s, label.Label{Name: p.text(), Value: p.text()})
		if k := len(s); k > 1 && s[k-1].Name <= s[k-2].Name {
			p.fail()
		}
	}
	return s
}
