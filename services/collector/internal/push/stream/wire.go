package stream

import "google.golang.org/protobuf/encoding/protowire"

// value is a field's value as it is on the wire.
type value struct {
	kind  protowire.Type
	bits  uint64 // of a number
	bytes []byte
}

// message returns the bytes of a field that is a message or a text.
func (v value) message() ([]byte, error) { return v.bytes, v.want(protowire.BytesType) }

func (v value) want(kind protowire.Type) error {
	if v.kind != kind {
		return errWire
	}
	return nil
}

// fields calls visit with each field of a message, in order.
func fields(b []byte, visit func(protowire.Number, value) error) error {
	for len(b) > 0 {
		num, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return errWire
		}
		b = b[n:]
		v := value{kind: kind}
		switch kind {
		case protowire.VarintType:
			v.bits, n = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			v.bits, n = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			v.bytes, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(num, kind, b)
		}
		if n < 0 {
			return errWire
		}
		b = b[n:]
		if err := visit(num, v); err != nil {
			return err
		}
	}
	return nil
}
