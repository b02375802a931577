package catalog

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

//go:embed *.yaml
var shipped embed.FS

// Default returns the catalog of the services that come with Parley.
var Default = sync.OnceValue(func() *Catalog {
	c, err := Load(nil)
	if err != nil {
		panic(err) // our own files, which a test reads
	}
	return c
})

// Bounds of what is read from outside.
const (
	maxFileBytes = 1 << 20
	maxFiles     = 200
	maxMetrics   = 500 // of a service, with all statistics
)

// file is what a service file holds.
type file struct {
	Service    string
	Namespace  string
	Global     bool
	Dimensions [][]string
	Tags       struct{ Type, Resource string }
	Period     string
	Missing    Missing
	Metrics    []fileMetric
	Derived    []fileDerived
}

type fileMetric struct {
	AWS        string `yaml:"aws"`
	Name       string
	Namespace  string
	Unit       string
	Statistic  string
	Also       []string
	Period     string
	Missing    Missing
	Dimensions [][]string
}

type fileDerived struct {
	Name, Unit, Formula, Doc string
	// With gives names to inputs that are no identifiers, or have another
	// statistic: {errors: 5XXError, peak: CPUUtilization Maximum}.
	With map[string]string
}

// Load returns the catalog of our services and those in the .yaml files of own,
// which may be nil; a service in own replaces ours. The error lists all that is
// wrong with the files, by file.
func Load(own fs.FS) (*Catalog, error) {
	services := map[string]Service{}
	var errs []error
	for _, fsys := range []fs.FS{shipped, own} {
		if fsys == nil {
			continue
		}
		seen := map[string]string{}
		names, err := fs.Glob(fsys, "*.yaml")
		if err != nil || len(names) > maxFiles {
			return nil, fmt.Errorf("service files: %d files, at most %d: %w", len(names), maxFiles, err)
		}
		for _, name := range names {
			s, err := read(fsys, name)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
				continue
			}
			if before, twice := seen[s.Name]; twice {
				errs = append(errs, fmt.Errorf("%s: service %s is in %s already", name, s.Name, before))
				continue
			}
			seen[s.Name] = name
			services[s.Name] = s
		}
		if len(names) == 0 {
			errs = append(errs, errors.New("service files: no .yaml file in the folder"))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return index(services)
}

func read(fsys fs.FS, name string) (Service, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return Service{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return Service{}, err
	}
	s, err := Parse(data)
	if err == nil && s.Name != strings.TrimSuffix(path.Base(name), ".yaml") {
		err = fmt.Errorf("service is %s: it must be the file's name", s.Name)
	}
	return s, err
}

// Parse reads one service file. The error lists all that is wrong.
func Parse(data []byte) (Service, error) {
	if len(data) > maxFileBytes {
		return Service{}, fmt.Errorf("larger than %d bytes", maxFileBytes)
	}
	var f file
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		return Service{}, err
	}
	b := builder{file: f}
	s := b.service()
	return s, errors.Join(b.errs...)
}
