package archive

import (
	"bytes"
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

const (
	// version of the format. A reader refuses another.
	version = "1"
	// versionKey is where it stands in a file.
	versionKey = "parley.archive"
	// groupSamples is how many samples are compressed together: what a writer
	// holds uncompressed, some 10 MB.
	groupSamples = 250_000
	// fullBytes is from what size on a file takes no more.
	fullBytes = 16 << 20
)

// draft is a file that is being written, in memory.
type draft struct {
	file    File
	data    bytes.Buffer
	w       *parquet.GenericWriter[row]
	rows    [1]row
	open    int // samples and other things not compressed yet
	samples int
}

// newDraft returns a file that begins with this entry. The codec keeps its
// encoders, of some MB each, for one file after another.
func newDraft(log string, first Entry, codec *zstd.Codec) *draft {
	d := &draft{file: File{Log: log, Hour: first.Stored.UTC().Truncate(time.Hour), First: first.Sequence, Last: first.Sequence - 1}}
	d.w = parquet.NewGenericWriter[row](&d.data,
		parquet.Compression(codec),
		parquet.CreatedBy("parley", version, ""),
		parquet.KeyValueMetadata(versionKey, version))
	return d
}

// takes reports whether an entry goes into this file: it is the next one, of the
// same hour, and there is room.
func (d *draft) takes(e Entry) bool {
	return e.Sequence == d.file.Last+1 && e.Stored.UTC().Truncate(time.Hour).Equal(d.file.Hour) && d.data.Len() < fullBytes
}

// add takes an entry in.
func (d *draft) add(e Entry) error {
	d.file.Last = e.Sequence
	if !kept(e.Event) {
		return nil
	}
	r := &d.rows[0]
	if err := r.set(e); err != nil {
		return err
	}
	if _, err := d.w.Write(d.rows[:]); err != nil {
		return fmt.Errorf("entry %d: %w", e.Sequence, err)
	}
	d.samples += len(e.Event.GetSamples().GetSeriesId())
	if d.open += 1 + len(r.Samples) + 4*len(r.Defs); d.open >= groupSamples {
		d.open = 0
		return d.w.Flush()
	}
	return nil
}

// finish returns the file's name and content.
func (d *draft) finish() (File, []byte, error) {
	if err := d.w.Close(); err != nil { // once more is no error
		return File{}, nil, err
	}
	d.file.Sum = xxhash.Sum64(d.data.Bytes())
	return d.file, d.data.Bytes(), nil
}
