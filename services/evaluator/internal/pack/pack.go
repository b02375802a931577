package pack

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Pack is one pass over the fields of a state: writing, or reading.
type Pack struct {
	b       []byte
	reading bool
	short   bool
}

// Write returns the fields that fields names, after the version.
func Write(version byte, fields func(*Pack)) []byte {
	p := &Pack{b: []byte{version}}
	fields(p)
	return p.b
}

// Read sets the fields that fields names from what Write returned. On an error
// some of them may have been set.
func Read(b []byte, version byte, fields func(*Pack)) error {
	if len(b) == 0 || b[0] != version {
		return fmt.Errorf("state of another version: want version %d", version)
	}
	p := &Pack{b: b[1:], reading: true}
	fields(p)
	if p.short || len(p.b) > 0 {
		return fmt.Errorf("state of a wrong length: %d bytes", len(b))
	}
	return nil
}

func (p *Pack) word32(v uint32) uint32 {
	if !p.reading {
		p.b = binary.LittleEndian.AppendUint32(p.b, v)
		return v
	}
	if len(p.b) < 4 {
		p.b, p.short = nil, true
		return 0
	}
	v = binary.LittleEndian.Uint32(p.b)
	p.b = p.b[4:]
	return v
}

func (p *Pack) word64(v uint64) uint64 {
	low := p.word32(uint32(v))
	return uint64(low) | uint64(p.word32(uint32(v>>32)))<<32
}

// Float32 passes one number.
func (p *Pack) Float32(v *float32) { *v = math.Float32frombits(p.word32(math.Float32bits(*v))) }

// Float64 passes one number.
func (p *Pack) Float64(v *float64) { *v = math.Float64frombits(p.word64(math.Float64bits(*v))) }

// Int32 passes one number.
func (p *Pack) Int32(v *int32) { *v = int32(p.word32(uint32(*v))) }

// Int64 passes one number.
func (p *Pack) Int64(v *int64) { *v = int64(p.word64(uint64(*v))) }

// Floats passes all of v.
func (p *Pack) Floats(v []float32) {
	for i := range v {
		p.Float32(&v[i])
	}
}

// Uint16s passes all of v; their number has to be even.
func (p *Pack) Uint16s(v []uint16) {
	for i := 0; i+1 < len(v); i += 2 {
		w := p.word32(uint32(v[i]) | uint32(v[i+1])<<16)
		v[i], v[i+1] = uint16(w), uint16(w>>16)
	}
}

// Float32s passes the numbers that it is given the addresses of.
func (p *Pack) Float32s(v ...*float32) {
	for _, f := range v {
		p.Float32(f)
	}
}
