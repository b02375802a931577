package poll

import (
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/internal/bus"
)

// version is the first byte of a position; another one is read as none.
const version = 1

// maxPosition bounds what a position may be once unpacked: some two million
// buckets.
const maxPosition = 64 << 20

var errPosition = errors.New("the position cannot be read")

// encode packs a state and what is to be published with it.
func encode(s *state, outbox []batch.Packed) ([]byte, error) {
	var b []byte
	num := func(n int64) { b = binary.AppendVarint(b, n) }
	num(int64(len(s.tracks)))
	for _, key := range slices.Sorted(maps.Keys(s.tracks)) {
		t := s.tracks[key]
		b = binary.LittleEndian.AppendUint64(b, key)
		num(t.asked)
		num(t.through)
		num(int64(len(t.points)))
		last := t.through
		for _, p := range t.points {
			num(p.at - last)
			last = p.at
			num(int64(p.revision))
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p.value))
		}
	}
	num(int64(len(s.settles)))
	for _, key := range slices.Sorted(maps.Keys(s.settles)) {
		num(int64(len(key)))
		b = append(b, key...)
		num(int64(s.settles[key].wait / time.Second))
	}
	num(int64(len(outbox)))
	for _, m := range outbox {
		num(int64(len(m.ID)))
		b = append(b, m.ID...)
		num(int64(m.Partition))
		entry, err := proto.Marshal(m.Entry)
		if err != nil {
			return nil, fmt.Errorf("encode the outbox: %w", err)
		}
		num(int64(len(entry)))
		b = append(b, entry...)
	}
	packed := bytes.NewBuffer([]byte{version})
	w, err := flate.NewWriter(packed, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// decode unpacks what encode packed.
func decode(data []byte) (*state, []batch.Packed, error) {
	if len(data) == 0 || data[0] != version {
		return nil, nil, errPosition
	}
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data[1:])), maxPosition+1))
	if err != nil || len(raw) > maxPosition {
		return nil, nil, errPosition
	}
	r := &reader{rest: raw}
	s := newState()
	for n := r.count(11); n > 0 && !r.bad; n-- {
		key, t := r.fixed(), &track{}
		t.asked, t.through = r.num(), r.num()
		points := r.count(10)
		t.points = make([]point, 0, points)
		last := t.through
		for ; points > 0 && !r.bad; points-- {
			last += r.num()
			t.points = append(t.points, point{at: last, revision: uint32(r.num()), value: math.Float64frombits(r.fixed())})
		}
		if !slices.IsSortedFunc(t.points, func(a, b point) int { return cmp.Compare(a.at, b.at) }) {
			r.bad = true
		}
		s.tracks[key] = t
	}
	for n := r.count(2); n > 0 && !r.bad; n-- {
		key := string(r.bytes(r.count(1)))
		wait := time.Duration(min(max(r.num(), 0), int64(settleMost/time.Second))) * time.Second
		s.settles[key] = &settle{wait: wait}
	}
	var outbox []batch.Packed
	for n := r.count(4); n > 0 && !r.bad; n-- {
		m := batch.Packed{ID: string(r.bytes(r.count(1))), Partition: bus.Partition(r.num()), Entry: &eventv1.PartitionEntry{}}
		if err := proto.Unmarshal(r.bytes(r.count(1)), m.Entry); err != nil || m.Partition < 0 || m.Partition >= bus.Partitions {
			r.bad = true
		}
		outbox = append(outbox, m)
	}
	if r.bad || len(r.rest) > 0 {
		return nil, nil, errPosition
	}
	return s, outbox, nil
}

// reader takes a position apart; bad stays once something was wrong.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) num() int64 {
	n, w := binary.Varint(r.rest)
	if w <= 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[w:]
	return n
}

// count reads how many things of at least size bytes come; never more than
// there is room for.
func (r *reader) count(size int) int {
	n := r.num()
	if n < 0 || n > int64(len(r.rest)/size) {
		r.bad = true
		return 0
	}
	return int(n)
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.rest) {
		r.bad = true
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) fixed() uint64 {
	b := r.bytes(8)
	if len(b) < 8 {
		r.bad = true
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}
