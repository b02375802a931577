package ingest

import "google.golang.org/protobuf/encoding/protowire"

// wire is the value of one field: bytes, or a number.
type wire struct {
	bytes  []byte
	number uint64
}

// fields calls each with every field of a message, and reports whether b is
// one. each returns false when the field's own content is none.
func fields(b []byte, each func(protowire.Number, protowire.Type, wire) bool) bool {
	for len(b) > 0 {
		n, w, size := protowire.ConsumeTag(b)
		if size < 0 {
			return false
		}
		b = b[size:]
		var v wire
		switch w {
		case protowire.BytesType:
			v.bytes, size = protowire.ConsumeBytes(b)
		case protowire.VarintType:
			v.number, size = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			v.number, size = protowire.ConsumeFixed64(b)
		default:
			size = protowire.ConsumeFieldValue(n, w, b)
		}
		if size < 0 {
			return false
		}
		b = b[size:]
		if !each(n, w, v) {
			return false
		}
	}
	return true
}

// varints calls each with every number of a packed field.
func varints(b []byte, each func(uint64)) bool {
	for len(b) > 0 {
		x, size := protowire.ConsumeVarint(b)
		if size < 0 {
			return false
		}
		each(x)
		b = b[size:]
	}
	return true
}
