package detect

import (
	"errors"

	"github.com/parley-ops/parley/services/evaluator/internal/pack"
)

const version = 1

var errState = errors.New("state that no detector can have written")

// MarshalBinary returns all that is known of the series, without the options.
// The error is always nil.
func (d *Detector) MarshalBinary() ([]byte, error) { return pack.Write(version, d.s.pack), nil }

// UnmarshalBinary takes over what MarshalBinary of a detector with the same
// options returned. On an error nothing is changed.
func (d *Detector) UnmarshalBinary(b []byte) error {
	var s state
	if err := pack.Read(b, version, s.pack); err != nil {
		return err
	}
	if s.gate.slot < -1 || s.gate.slot >= slots || s.active < 0 || s.active > int32(Critical) {
		return errState
	}
	d.s = s
	return nil
}

func (s *state) pack(p *pack.Pack) {
	p.Int64(&s.first)
	p.Int64(&s.last)
	p.Float64(&s.base)
	p.Float64(&s.prev)
	p.Float32s(&s.rows, &s.interval, &s.near, &s.low, &s.high)
	p.Int32(&s.active)
	p.Int32(&s.inside)
	for i := range s.channel {
		c := &s.channel[i]
		p.Float32s(&c.smooth, &c.mean, &c.deviation, &c.rows)
		c.up.pack(p)
		c.down.pack(p)
	}
	s.rise.pack(p)
	s.fall.pack(p)
	s.season.pack(p)
	p.Float32s(&s.normal.days, &s.normal.n, &s.normal.mean)
	p.Int32(&s.normal.side)
	s.gate.pack(p)
}

func (t *tail) pack(p *pack.Pack) {
	p.Float32s(&t.usual, &t.limit, &t.slope, &t.n, &t.seen, &t.scale)
}

func (s *season) pack(p *pack.Pack) {
	p.Float32(&s.level)
	p.Floats(s.day[:])
	p.Floats(s.fast[:])
	p.Floats(s.wide[:])
	p.Floats(s.week[:])
	p.Uint16s(s.daySeen[:])
	p.Uint16s(s.weekSeen[:])
	p.Floats(s.miss[:])
}

func (g *gate) pack(p *pack.Pack) {
	p.Float32(&g.hold)
	p.Floats(g.counts[:])
	p.Float32(&g.days)
	p.Floats(g.hot[:])
	p.Float32(&g.peak)
	p.Int32(&g.slot)
}
