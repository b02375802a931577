package declare

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxFile is how large a file of actions may be, in bytes.
const maxFile = 1 << 20

// File is one file of a folder with its content.
type File struct {
	Name string
	Data []byte
}

// ReadFolder returns the .yaml and .yml files directly in dir, sorted by name.
func ReadFolder(dir fs.FS) ([]File, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, err
	}
	var files []File
	for _, e := range entries {
		ext := path.Ext(e.Name())
		if strings.HasPrefix(e.Name(), ".") || ext != ".yaml" && ext != ".yml" {
			continue
		}
		info, err := fs.Stat(dir, e.Name())
		if errors.Is(err, fs.ErrNotExist) {
			continue // gone meanwhile
		}
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			continue
		}
		if info.Size() > maxFile {
			return nil, fmt.Errorf("%s: larger than %d bytes", e.Name(), maxFile)
		}
		data, err := fs.ReadFile(dir, e.Name())
		if err != nil {
			return nil, err
		}
		files = append(files, File{Name: e.Name(), Data: data})
	}
	return files, nil
}

// ParseAll returns the good actions of all files, sorted by name, and every
// fault. An action that is in two files is the first one's.
func ParseAll(files []File, o Options) ([]Action, []Problem) {
	var actions []Action
	var problems []Problem
	first := map[string]Action{}
	for _, f := range files {
		some, faults := Parse(f.Name, f.Data, o)
		problems = append(problems, faults...)
		for _, a := range some {
			if other, twice := first[a.Name]; twice {
				problems = append(problems, Problem{File: f.Name, Line: a.Line, Column: 1,
					Text: fmt.Sprintf("the action %q is already in %s, line %d", a.Name, other.File, other.Line)})
				continue
			}
			first[a.Name] = a
			actions = append(actions, a)
		}
	}
	slices.SortFunc(actions, func(a, b Action) int { return strings.Compare(a.Name, b.Name) })
	actions, faults := undone(actions)
	return actions, append(problems, faults...)
}
