package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

const (
	version   = "parley audit 1\n"
	hashField = protoreflect.FullName("parley.event.v1.AuditChain.hash")
)

// Sum returns the hash that the record has to carry.
func Sum(r *eventv1.AuditRecord) []byte {
	sum := sha256.Sum256(canonical([]byte(version), r.ProtoReflect()))
	return sum[:]
}

// canonical appends a message's canonical form.
func canonical(b []byte, m protoreflect.Message) []byte {
	fields := m.Descriptor().Fields()
	set := make([]protoreflect.FieldDescriptor, 0, fields.Len())
	for i := range fields.Len() {
		if f := fields.Get(i); m.Has(f) && f.FullName() != hashField {
			set = append(set, f)
		}
	}
	slices.SortFunc(set, func(a, b protoreflect.FieldDescriptor) int { return int(a.Number() - b.Number()) })
	for _, f := range set {
		if !f.IsList() {
			b = field(b, f, m.Get(f))
			continue
		}
		for list, i := m.Get(f).List(), 0; i < list.Len(); i++ {
			b = field(b, f, list.Get(i))
		}
	}
	return b
}

func field(b []byte, f protoreflect.FieldDescriptor, v protoreflect.Value) []byte {
	var value []byte
	switch f.Kind() {
	case protoreflect.MessageKind:
		value = canonical(nil, v.Message())
	case protoreflect.BytesKind:
		value = v.Bytes()
	default:
		value = []byte(v.String())
	}
	b = strconv.AppendInt(b, int64(f.Number()), 10)
	b = append(b, '=')
	b = strconv.AppendInt(b, int64(len(value)), 10)
	b = append(b, ':')
	return append(append(b, value...), ';')
}

// unknown reports whether a record has fields that this version does not know,
// and whose hash it therefore cannot make.
func unknown(m protoreflect.Message) bool {
	if len(m.GetUnknown()) > 0 {
		return true
	}
	found := false
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Kind() != protoreflect.MessageKind:
		case f.IsList():
			for i := range v.List().Len() {
				found = found || unknown(v.List().Get(i).Message())
			}
		default:
			found = found || unknown(v.Message())
		}
		return !found
	})
	return found
}

// HeadText writes a head as people keep it: "1204:9f86d0…".
func HeadText(h *eventv1.AuditHead) string {
	return fmt.Sprintf("%d:%x", h.GetPosition(), h.GetHash())
}

// ParseHead reads what [HeadText] writes.
func ParseHead(s string) (*eventv1.AuditHead, error) {
	number, digits, ok := strings.Cut(strings.TrimSpace(s), ":")
	position, err := strconv.ParseUint(number, 10, 64)
	hash, err2 := hex.DecodeString(digits)
	if !ok || err != nil || err2 != nil || position == 0 || len(hash) != sha256.Size {
		return nil, fmt.Errorf("%q: want a position and a hash, as `parley audit head` prints: 1204:9f86d0…", s)
	}
	return &eventv1.AuditHead{Position: position, Hash: hash}, nil
}
