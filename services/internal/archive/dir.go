package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Dir is a folder of a file system.
type Dir struct{ root string }

var _ Store = (*Dir)(nil)

// NewDir returns the folder as a store. It is made with the first file.
func NewDir(root string) *Dir { return &Dir{root} }

// String returns the folder.
func (d *Dir) String() string { return d.root }

func (d *Dir) path(name string) string { return filepath.Join(d.root, filepath.FromSlash(name)) }

// List implements [Store].
func (d *Dir) List(_ context.Context, folder string) ([]string, error) {
	entries, err := os.ReadDir(d.path(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		name := folder + e.Name()
		if e.IsDir() {
			name += "/"
		}
		if !strings.HasPrefix(e.Name(), ".") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, nil
}

const (
	// unfinished files begin with a dot, so that nobody takes them for whole.
	unfinished = ".unfinished-"
	// abandoned is after how long one was left behind by a process that died.
	abandoned = time.Hour
)

// Create implements [Store]: the file is written and synced under another
// name, and then linked to its own.
func (d *Dir) Create(_ context.Context, name string, data []byte) error {
	path := d.path(name)
	if _, err := os.Lstat(path); err == nil {
		return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	d.tidy()
	f, err := os.CreateTemp(d.root, unfinished)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		return err
	} else if err != nil { // a file system without links: there the last one wins
		if err := os.Rename(f.Name(), path); err != nil {
			return err
		}
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a new name last over a loss of power.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	return nil
}

// tidy removes what processes that died left unfinished.
func (d *Dir) tidy() {
	left, _ := filepath.Glob(filepath.Join(d.root, unfinished+"*"))
	for _, name := range left {
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(name)
		}
	}
}

// Read implements [Store].
func (d *Dir) Read(_ context.Context, name string) ([]byte, error) { return os.ReadFile(d.path(name)) }

// Delete implements [Store]. A folder that is empty then goes too.
func (d *Dir) Delete(_ context.Context, name string) error {
	path := d.path(name)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_ = os.Remove(filepath.Dir(path)) // refused unless it is empty
	return nil
}
