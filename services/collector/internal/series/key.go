package series

import (
	"encoding/binary"
	"time"

	"github.com/parley-ops/parley/services/internal/label"
)

// Key is a series as an input names it: parts in the order in which they came,
// each behind its length, so that no two can be cut differently and look alike.
// A Key is filled again and again without allocating.
type Key struct {
	buf    []byte
	labels int
}

// Start begins a key. The team is the server's word; unit may be empty.
func (k *Key) Start(team string, unit, name []byte) {
	k.buf = appendPart(k.buf[:0], team)
	k.buf = appendPart(k.buf, unit)
	k.buf = appendPart(k.buf, name)
	k.labels = 0
}

// Label adds a label.
func (k *Key) Label(name, value []byte) {
	k.buf = appendPart(appendPart(k.buf, name), value)
	k.labels++
}

func appendPart[T []byte | string](b []byte, part T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(part))), part...)
}

// parts returns the parts of the key; all share one string of their own.
func (k *Key) parts() (team, unit, name string, labels []label.Label) {
	text := string(k.buf)
	next := func() string {
		n, w := uvarint(text)
		part := text[w : w+n]
		text = text[w+n:]
		return part
	}
	team, unit, name = next(), next(), next()
	labels = make([]label.Label, 0, k.labels+1)
	for range k.labels {
		labels = append(labels, label.Label{Name: next(), Value: next()})
	}
	return team, unit, name, labels
}

func uvarint(s string) (n, width int) {
	for shift := 0; ; shift += 7 {
		c := s[width]
		width++
		n |= int(c&0x7f) << shift
		if c < 0x80 {
			return n, width
		}
	}
}

// series returns what the key names, or an error that names the wrong field.
func (k *Key) series() (*Series, error) {
	team, unit, name, labels := k.parts()
	set, err := check(team, unit, name, labels)
	if err != nil {
		return nil, err
	}
	return New(name, set, unit, time.Duration(0)), nil
}
