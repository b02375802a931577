package seriesfile

import (
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Wide calls each with every series of a file that has one a line; a value
// that is missing is NaN, those missing at the end are left out. header says
// that the first line was none. The values are the caller's only during the
// call.
func Wide(r io.Reader, each func(id string, values []float64) error) (header bool, err error) {
	var values []float64
	first := true
	err = lines(r, func(number int, cells []string) error {
		values = values[:0]
		known := 0
		for _, cell := range cells[1:] {
			v := number64(cell)
			if values = append(values, v); !math.IsNaN(v) {
				known = len(values)
			} else if cell != "" && !strings.EqualFold(cell, "nan") && !first {
				return fmt.Errorf("line %d: %q is no number, want id,v1,v2,…", number, cell)
			}
		}
		was := first
		first = false
		switch {
		case known > 0:
			return each(cells[0], values[:known])
		case was:
			header = true
			return nil
		}
		return fmt.Errorf("line %d: no values, want id,v1,v2,…", number)
	})
	return header, err
}

// Find returns the CSV files of a folder and those below it, as paths relative
// to it, sorted; an error when there are none.
func Find(dir string) (names []string, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() && strings.EqualFold(filepath.Ext(path), ".csv") {
			name, err := filepath.Rel(dir, path)
			if err != nil {
				return err
			}
			names = append(names, name)
		}
		return nil
	})
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("there is no folder %s", dir)
	}
	if err == nil && len(names) == 0 {
		return nil, fmt.Errorf("%s has no CSV file, want files with timestamp,value", dir)
	}
	slices.Sort(names)
	return names, err
}

// Open opens a file and calls read with it; errors name it.
func Open(name string, read func(io.Reader) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := read(f); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
