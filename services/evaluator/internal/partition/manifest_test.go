package partition

import (
	"bytes"
	"testing"
	"time"
)

func FuzzManifest(f *testing.F) {
	f.Add(manifest{epoch: 3, seq: 900, stored: time.Unix(1, 2), state: []byte("state")}.encode())
	f.Add(manifest{epoch: 3, seq: 900, stored: time.Unix(1, 2), object: "07-3-900", state: []byte("state")}.encode())
	f.Add(manifest{}.encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		m, _, err := decodeManifest(data)
		if err != nil {
			return
		}
		if m.object != "" {
			return // the checksum is of what is elsewhere
		}
		again, _, err := decodeManifest(m.encode())
		if err != nil || again.epoch != m.epoch || again.seq != m.seq || !again.stored.Equal(m.stored) || !bytes.Equal(again.state, m.state) {
			t.Fatalf("%+v became %+v, %v", m, again, err)
		}
	})
}
