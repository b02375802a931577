package archive

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Files returns the files with entries stored at or after a time, in the order
// in which they are to be read. An hour's file has older ones too.
func (a *Archive) Files(ctx context.Context, since time.Time) ([]File, error) {
	logs, err := a.folders(ctx, "")
	if err != nil {
		return nil, err
	}
	var out []File
	for _, log := range logs {
		days, err := a.folders(ctx, log)
		if err != nil {
			return nil, err
		}
		for _, day := range days {
			if dayEnd(day).After(since) {
				files, err := a.files(ctx, day)
				if err != nil {
					return nil, err
				}
				out = append(out, files...)
			}
		}
	}
	out = slices.DeleteFunc(out, func(f File) bool { return !f.end().After(since) })
	slices.SortFunc(out, order)
	return out, nil
}

// order is that in which files are read: those of an older log first, and of
// two that begin alike the one that has more.
func order(a, b File) int {
	return cmp.Or(cmp.Compare(a.Log, b.Log), cmp.Compare(a.First, b.First), cmp.Compare(b.Last, a.Last), cmp.Compare(a.Sum, b.Sum))
}

// End returns the last sequence of a log that is archived, 0 if none is.
func (a *Archive) End(ctx context.Context, log string) (uint64, error) {
	days, err := a.folders(ctx, log+"/")
	if err != nil {
		return 0, err
	}
	last := uint64(0)
	// Two days: clocks may have been set back.
	for _, day := range days[max(0, len(days)-2):] {
		files, err := a.files(ctx, day)
		if err != nil {
			return 0, err
		}
		for _, f := range files {
			last = max(last, f.Last)
		}
	}
	return last, nil
}

// Sweep deletes what was stored before a time, by whole hours, and returns how
// many files it deleted.
func (a *Archive) Sweep(ctx context.Context, before time.Time) (int, error) {
	logs, err := a.folders(ctx, "")
	if err != nil {
		return 0, err
	}
	n := 0
	for _, log := range logs {
		days, err := a.folders(ctx, log)
		if err != nil {
			return n, err
		}
		for _, day := range days {
			if dayEnd(day).Add(-24 * time.Hour).After(before) {
				break
			}
			files, err := a.files(ctx, day)
			if err != nil {
				return n, err
			}
			for _, f := range files {
				if f.end().After(before) {
					continue
				}
				if err := a.store.Delete(ctx, f.Name()); err != nil {
					return n, fmt.Errorf("delete %s of %s: %w", f.Name(), a, err)
				}
				n++
			}
		}
	}
	return n, nil
}

// end is before when all of the file was stored.
func (f File) end() time.Time { return f.Hour.Add(time.Hour) }

// folders returns the folders in a folder of the archive that are ours.
func (a *Archive) folders(ctx context.Context, in string) ([]string, error) {
	names, err := a.list(ctx, in)
	return slices.DeleteFunc(names, func(name string) bool {
		rest, is := strings.CutSuffix(strings.TrimPrefix(name, in), "/")
		if !is {
			return true
		}
		if in == "" {
			return !strings.HasPrefix(rest, "log-")
		}
		_, err := time.Parse(dayForm, rest)
		return err != nil
	}), err
}

// files returns the files of a day. What has another name is another's.
func (a *Archive) files(ctx context.Context, day string) ([]File, error) {
	names, err := a.list(ctx, day)
	var out []File
	for _, name := range names {
		if f, ok := parseName(name); ok {
			out = append(out, f)
		}
	}
	return out, err
}

func (a *Archive) list(ctx context.Context, folder string) ([]string, error) {
	names, err := a.store.List(ctx, folder)
	if err != nil {
		return nil, fmt.Errorf("list %s of %s: %w", folder, a, err)
	}
	return names, nil
}

// dayEnd returns when a day's folder ends; it is one, as folders sees to.
func dayEnd(folder string) time.Time {
	day, _ := time.Parse(dayForm, folder[len(folder)-len(dayForm)-1:len(folder)-1])
	return day.Add(24 * time.Hour)
}
