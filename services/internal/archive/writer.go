package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// Written is a file that was stored.
type Written struct {
	File    File
	Bytes   int
	Samples int
}

// Writer puts the entries of one log into files, one after another. What is in
// a file that is not stored yet is in memory: whoever dies reads it again from
// the log, behind [Archive.End].
type Writer struct {
	archive *Archive
	log     string
	stored  func(Written) error
	open    *draft
}

// NewWriter returns a writer for a log. stored hears of each file that is
// stored; its error ends the writing.
func (a *Archive) NewWriter(log string, stored func(Written) error) *Writer {
	return &Writer{archive: a, log: log, stored: stored}
}

// Add takes in the next entry. When it does not go into the file that is open,
// that is stored first. A gap before the entry is recorded: by the names of the
// files on both sides.
func (w *Writer) Add(ctx context.Context, e Entry) error {
	if w.open != nil && !w.open.takes(e) {
		if err := w.Close(ctx); err != nil {
			return err
		}
	}
	if w.open == nil {
		w.open = newDraft(w.log, e, w.archive.codec)
	}
	return w.open.add(e)
}

// Close stores the file that is open, if there is one. After an error of the
// store, Close tries again.
func (w *Writer) Close(ctx context.Context) error {
	if w.open == nil {
		return nil
	}
	file, data, err := w.open.finish()
	if err != nil {
		return err
	}
	// That it is there already is as good: the name says that it is the same.
	if err := w.archive.store.Create(ctx, file.Name(), data); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("store %s in %s: %w", file.Name(), w.archive, err)
	}
	done := Written{file, len(data), w.open.samples}
	w.open = nil
	return w.stored(done)
}
