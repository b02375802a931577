package partition

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
)

// manifest is the value of a partition's key in bus.Snapshots: where the
// owner was, and its state, or in which object that is.
type manifest struct {
	epoch  uint64
	seq    uint64
	stored time.Time // of the entry seq
	object string
	state  []byte
}

const (
	manifestVersion = 1
	// maxInline is how large a state may be to be kept in the key.
	maxInline = 512<<10 - 128
)

var errManifest = errors.New("snapshot's manifest is not readable")

func (m manifest) encode() []byte {
	b := []byte{manifestVersion}
	b = binary.AppendUvarint(b, m.epoch)
	b = binary.AppendUvarint(b, m.seq)
	b = binary.AppendVarint(b, m.nanos())
	b = binary.LittleEndian.AppendUint64(b, xxhash.Sum64(m.state))
	b = binary.AppendUvarint(b, uint64(len(m.object)))
	b = append(b, m.object...)
	if m.object == "" {
		b = append(b, m.state...)
	}
	return b
}

func (m manifest) nanos() int64 {
	if m.stored.IsZero() {
		return 0
	}
	return m.stored.UnixNano()
}

// decodeManifest reads a manifest; sum is the state's checksum.
func decodeManifest(b []byte) (m manifest, sum uint64, err error) {
	if len(b) == 0 || b[0] != manifestVersion {
		return m, 0, errManifest
	}
	b = b[1:]
	take := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			err, b = errManifest, nil
			return 0
		}
		b = b[n:]
		return v
	}
	m.epoch, m.seq = take(), take()
	nanos, n := binary.Varint(b)
	if n <= 0 || len(b) < n+8 {
		return manifest{}, 0, errManifest
	}
	if nanos != 0 {
		m.stored = time.Unix(0, nanos)
	}
	sum = binary.LittleEndian.Uint64(b[n:])
	b = b[n+8:]
	size := take()
	if err != nil || size > uint64(len(b)) {
		return manifest{}, 0, errManifest
	}
	m.object, m.state = string(b[:size]), b[size:]
	if m.object != "" && len(m.state) > 0 {
		return manifest{}, 0, errManifest
	}
	return m, sum, nil
}

// load returns the partition's snapshot and its revision; zero if there is
// none. One that cannot be read counts as none, but for its epoch.
func (o *owner) load(ctx context.Context) (manifest, uint64, error) {
	e, err := bus.Snapshots.Get(ctx, o.conn, o.p.String())
	if errors.Is(err, bus.ErrNotFound) {
		return manifest{}, 0, nil
	}
	if err != nil {
		return manifest{}, 0, err
	}
	m, sum, err := decodeManifest(e.Value)
	if err == nil && m.object != "" {
		m.state, err = bus.GetObject(ctx, o.conn, bus.EvaluatorSnapshots, m.object)
		if err != nil && !errors.Is(err, bus.ErrNotFound) {
			return manifest{}, 0, err
		}
	}
	if err == nil && xxhash.Sum64(m.state) != sum {
		err = errManifest
	}
	if err != nil {
		o.log.Error("snapshot cannot be read; the log is read from its beginning", "partition", o.p.String(), "err", err)
		return manifest{epoch: m.epoch}, e.Revision, nil
	}
	return m, e.Revision, nil
}

// commit writes a manifest over the one at o.revision; errFenced if another
// owner was there.
func (o *owner) commit(ctx context.Context, m manifest) error {
	value := m.encode()
	write := func() (uint64, error) {
		if o.revision == 0 {
			return bus.Snapshots.Create(ctx, o.conn, o.p.String(), value)
		}
		return bus.Snapshots.Update(ctx, o.conn, o.p.String(), value, o.revision)
	}
	for attempt := 0; ; attempt++ {
		revision, err := write()
		if err == nil {
			o.revision = revision
			return nil
		}
		// Refused or unknown: what is there now?
		now, lookErr := bus.Snapshots.Get(ctx, o.conn, o.p.String())
		switch {
		case lookErr == nil && string(now.Value) == string(value):
			o.revision = now.Revision
			return nil
		case lookErr == nil && now.Revision != o.revision:
			return fmt.Errorf("snapshot: %w", errFenced)
		case attempt >= 2 || ctx.Err() != nil:
			return fmt.Errorf("snapshot: %w", err)
		}
		if wait.For(ctx, 200*time.Millisecond<<attempt) != nil {
			return fmt.Errorf("snapshot: %w", err)
		}
	}
}
