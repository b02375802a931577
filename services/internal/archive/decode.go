package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/cespare/xxhash/v2"
	"github.com/parquet-go/parquet-go"
)

// decode calls each with the entries of a file. Every error but each's names the file.
func decode(f File, data []byte, each func(Entry) error) error {
	if sum := xxhash.Sum64(data); sum != f.Sum {
		return fmt.Errorf("%s: %w: its %d bytes are not those that were written (checksum %016x)", f.Name(), ErrBroken, len(data), sum)
	}
	var stop stopped
	err := rows(data, func(r *row) error {
		e, err := r.entry()
		if err != nil {
			return err
		}
		if e.Sequence < f.First || e.Sequence > f.Last {
			return fmt.Errorf("entry %d is not one of %d to %d", e.Sequence, f.First, f.Last)
		}
		if err := each(e); err != nil {
			return stopped{err}
		}
		return nil
	})
	if errors.As(err, &stop) {
		return stop.err
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %w", f.Name(), ErrBroken, err)
	}
	return nil
}

// stopped carries each's error past the file's name.
type stopped struct{ err error }

func (s stopped) Error() string { return s.err.Error() }

// rowsAtOnce is how many rows are read together.
const rowsAtOnce = 32

// rows calls each with the rows of a file in order.
func rows(data []byte, each func(*row) error) (err error) {
	defer func() {
		if p := recover(); p != nil { // the library trusts its input in places
			err = fmt.Errorf("not a parquet file that can be read: %v", p)
		}
	}()
	file, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)), parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true))
	if err != nil {
		return err
	}
	if v, _ := file.Lookup(versionKey); v != version {
		return fmt.Errorf("it is of version %q of the archive's format; this version of parley reads %s", v, version)
	}
	r := parquet.NewGenericReader[row](file)
	defer r.Close()
	buffer := make([]row, rowsAtOnce)
	last := uint64(0)
	for {
		n, err := r.Read(buffer)
		for i := range buffer[:n] {
			if buffer[i].Sequence <= last {
				return fmt.Errorf("entry %d comes after %d", buffer[i].Sequence, last)
			}
			last = buffer[i].Sequence
			if err := each(&buffer[i]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n == 0 {
			return io.ErrNoProgress
		}
	}
}
