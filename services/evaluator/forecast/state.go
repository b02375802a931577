package forecast

import (
	"errors"

	"github.com/parley-ops/parley/services/evaluator/internal/pack"
)

const version = 1

var errState = errors.New("state that no forecaster can have written")

// MarshalBinary returns all that is known of the series, without the options.
// The error is always nil.
func (f *Forecaster) MarshalBinary() ([]byte, error) { return pack.Write(version, f.s.pack), nil }

// UnmarshalBinary takes over what MarshalBinary of a forecaster with the same
// options returned. On an error nothing is changed.
func (f *Forecaster) UnmarshalBinary(b []byte) error {
	var s state
	if err := pack.Read(b, version, s.pack); err != nil {
		return err
	}
	if s.step < 0 || s.steps < 0 || s.count < 0 {
		return errState
	}
	f.s = s
	return nil
}

func (s *state) pack(p *pack.Pack) {
	p.Int64(&s.start)
	p.Int32(&s.step)
	p.Int32(&s.steps)
	p.Int32(&s.count)
	p.Float64(&s.sum)
	p.Float64(&s.last)
	p.Float32s(&s.least, &s.change)
	for i := range s.origin {
		p.Int32(&s.origin[i])
	}
	for i := range s.model {
		m := &s.model[i]
		m.now.pack(p)
		for j := range m.then {
			m.then[j].pack(p)
		}
		p.Floats(m.miss[:])
	}
	for k := range models {
		first, second := s.season.of(k)
		p.Floats(first)
		p.Floats(second)
	}
	p.Floats(s.miss[:])
	p.Floats(s.known[:])
}

func (s *past) pack(p *pack.Pack) { p.Float32s(&s.level, &s.more) }

// MarshalBinary returns all that is known of the series. The error is always
// nil.
func (f *Filling) MarshalBinary() ([]byte, error) { return pack.Write(version, f.s.pack), nil }

// UnmarshalBinary takes over what MarshalBinary returned. On an error nothing
// is changed.
func (f *Filling) UnmarshalBinary(b []byte) error {
	var s filling
	if err := pack.Read(b, version, s.pack); err != nil {
		return err
	}
	if s.hours < 0 || s.hours > keep || s.count < 0 || s.hour < int64(s.hours) {
		return errState
	}
	f.s = s
	return nil
}

func (s *filling) pack(p *pack.Pack) {
	p.Int64(&s.hour)
	p.Int32(&s.hours)
	p.Int32(&s.count)
	p.Float64(&s.most)
	p.Float64(&s.last)
	p.Floats(s.ring[:])
}
