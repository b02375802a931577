package replay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ErrNoTests: there is no file of tests at the path.
var ErrNoTests = errors.New("no tests")

// Find returns the files of tests at a path: the file itself; of a folder the
// .yaml and .yml files in every folder named `tests` within, or in itself if it
// is one; sorted.
func Find(path string) ([]string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no file or folder %s", path)
	}
	if err != nil || !info.IsDir() {
		return []string{path}, err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	var out []string
	err = filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			if name != path && (strings.HasPrefix(e.Name(), ".") || e.Name() == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		folder := filepath.Base(filepath.Dir(name))
		if filepath.Dir(name) == path {
			folder = filepath.Base(absolute)
		}
		if ext := filepath.Ext(name); folder == "tests" && (ext == ".yaml" || ext == ".yml") {
			out = append(out, name)
		}
		return nil
	})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("%w: %s has no folder named tests with .yaml files", ErrNoTests, path)
	}
	slices.Sort(out)
	return out, err
}
