package series

import (
	"encoding/binary"
	"time"

	"github.com/parley-ops/parley/services/internal/label"
)

// Key is a series as an input names it: parts in the order in which they came,
// each behind its length, so that no two can be cut differently and look alike.
// A Key is filled again and again without allocating: Start, then the labels,
// then the name, which may be set again for another metric with the same ones.
type Key struct {
	buf    []byte
	labels int
	// named is where the name begins.
	named int
}

// Start begins a key. The team is the server's word; unit may be empty.
func (k *Key) Start(team string, unit []byte) {
	k.buf = appendPart(appendPart(k.buf[:0], team), unit)
	k.labels, k.named = 0, len(k.buf)
}

// Label adds a label.
func (k *Key) Label(name, value []byte) {
	k.buf = appendPart(appendPart(k.buf, name), value)
	k.labels++
	k.named = len(k.buf)
}

// Name sets the metric's name.
func (k *Key) Name(name []byte) { k.buf = appendPart(k.buf[:k.named], name) }

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
	team, unit = next(), next()
	labels = make([]label.Label, 0, k.labels+1)
	for range k.labels {
		labels = append(labels, label.Label{Name: next(), Value: next()})
	}
	return team, unit, next(), labels
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
