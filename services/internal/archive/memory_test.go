package archive

import (
	"context"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// memory is a store for tests that need many.
type memory map[string][]byte

var _ Store = memory(nil)

func (m memory) String() string { return "memory" }

func (m memory) List(_ context.Context, folder string) ([]string, error) {
	found := map[string]bool{}
	for name := range m {
		rest, ok := strings.CutPrefix(name, folder)
		if ok {
			first, _, below := strings.Cut(rest, "/")
			if below {
				first += "/"
			}
			found[folder+first] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

func (m memory) Create(_ context.Context, name string, data []byte) error {
	if _, ok := m[name]; ok {
		return fs.ErrExist
	}
	m[name] = slices.Clone(data)
	return nil
}

func (m memory) Read(_ context.Context, name string) ([]byte, error) {
	data, ok := m[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return data, nil
}

func (m memory) Delete(_ context.Context, name string) error {
	delete(m, name)
	return nil
}
