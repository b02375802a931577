package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/parley-ops/parley/services/internal/wait"
)

// snapshot is the state file: everything but the bytes of the files, which lie
// beside it in <state>.files/<id>, each written once.
type snapshot struct {
	Version  int        `json:"version"`
	LastTS   int64      `json:"last_ts"`
	Channels []*channel `json:"channels"`
	Files    []*file    `json:"files"`
	People   []*user    `json:"people,omitempty"`
	Groups   []*group   `json:"groups,omitempty"`
	Later    []*later   `json:"scheduled,omitempty"`
}

// settle is how long changes are collected at least before they are written; a
// large workspace is written less often, so that this costs a tenth of a core at most.
const settle = time.Second

func (w *Workspace) load() error {
	data, err := os.ReadFile(w.opt.State)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var s snapshot
	if err := decode(data, &s); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	if s.Version != 1 {
		return fmt.Errorf("version %d is not known; remove the file to start anew", s.Version)
	}
	w.lastTS, w.channels = s.LastTS, s.Channels
	for _, ch := range w.channels {
		ch.index()
	}
	if len(s.People) > 0 {
		w.people, w.groups = s.People, s.Groups
	}
	w.scheduled, w.loaded = s.Later, s.Later
	for _, f := range s.Files {
		if f.data, err = os.ReadFile(w.fileOnDisk(f)); err != nil {
			w.log.Warn("an uploaded file is gone", "file", f.ID, "err", err)
			continue
		}
		w.files[f.ID] = f
		w.fileOrder = append(w.fileOrder, f.ID)
	}
	return nil
}

func (w *Workspace) fileOnDisk(f *file) string { return filepath.Join(w.opt.State+".files", f.ID) }

// persist writes the snapshot after changes until ctx is done, and once more then.
func (w *Workspace) persist(ctx context.Context) error {
	pause := settle
	for {
		select {
		case <-ctx.Done():
			if w.opt.State == "" {
				return nil
			}
			return w.save()
		case <-w.dirty:
		}
		if w.opt.State == "" {
			continue
		}
		_ = wait.For(ctx, pause)
		began := time.Now()
		if err := w.save(); err != nil {
			w.log.WarnContext(ctx, "the workspace is not saved", "err", err)
		}
		pause = max(settle, 10*time.Since(began))
	}
}

func (w *Workspace) save() error {
	w.mu.Lock()
	s := snapshot{Version: 1, LastTS: w.lastTS, Channels: w.channels, People: w.people, Groups: w.groups, Later: w.scheduled}
	for _, id := range w.fileOrder {
		if f := w.files[id]; f != nil && !f.Complete.IsZero() {
			s.Files = append(s.Files, f)
		}
	}
	data, err := json.Marshal(s)
	files := s.Files
	w.mu.Unlock()
	if err != nil {
		return fmt.Errorf("encode the workspace: %w", err)
	}
	if err := os.MkdirAll(w.opt.State+".files", 0o700); err != nil {
		return fmt.Errorf("save the workspace: %w", err)
	}
	keep := map[string]bool{}
	for _, f := range files {
		keep[f.ID] = true
		if _, err := os.Stat(w.fileOnDisk(f)); err == nil {
			continue
		}
		if err := replace(w.fileOnDisk(f), f.data); err != nil {
			return err
		}
	}
	if err := replace(w.opt.State, data); err != nil {
		return err
	}
	old, err := os.ReadDir(w.opt.State + ".files")
	if err != nil {
		return fmt.Errorf("save the workspace: %w", err)
	}
	for _, f := range old {
		if !keep[f.Name()] {
			_ = os.Remove(filepath.Join(w.opt.State+".files", f.Name()))
		}
	}
	return nil
}

// replace writes a file so that a reader sees the old or the new one, never half.
func replace(path string, data []byte) error {
	part := path + ".part"
	if err := os.WriteFile(part, data, 0o600); err != nil {
		return fmt.Errorf("save the workspace: %w", err)
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("save the workspace: %w", err)
	}
	return nil
}
