// Package pack writes fixed-size state as bytes and reads it back, exactly: one
// function names the fields for both directions.
//
//	func (s *state) pack(p *pack.Pack) {
//		p.Int64(&s.last)
//		p.Floats(s.ring[:])
//	}
//
//	b := pack.Write(version, s.pack)
//	err := pack.Read(b, version, s.pack)
//
// Numbers are little-endian; the first byte is the version. What was written by
// another version, is too short or too long is refused. A Pack is not safe for
// concurrent use.
package pack
