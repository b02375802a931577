package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/evaluator/policy"
)

// lintResult is the JSON of the lint commands.
type lintResult struct {
	Files    int     `json:"files"`
	Good     int     `json:"good"`
	Problems []fault `json:"problems"`
}

// fault is one of a file. Line and Column count from 1.
type fault struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	// In is the policy or action that it is in, if it has a name.
	In   string `json:"in,omitempty"`
	Text string `json:"text"`
}

// showLint writes what was found wrong, and fails if something was.
func showLint(s *screen.Screen, r lintResult, one, many string) error {
	err := s.Result(r, func() {
		for _, f := range r.Problems {
			s.Line(s.Paint(screen.Bold, fmt.Sprintf("%s:%d:%d:", f.File, f.Line, f.Column)) + " " + f.Text)
		}
		if n := len(r.Problems); n > 0 {
			s.Line(fmt.Sprintf("%s in %s", count(n, "fault"), count(r.Files, "file")))
			return
		}
		s.Line(fmt.Sprintf("%s in %s: no fault", count(r.Good, one, many), count(r.Files, "file")))
	})
	if err == nil && len(r.Problems) > 0 {
		return errSaid
	}
	return err
}

// source is a file that was read.
type source struct {
	name    string
	content []byte
}

// readYAML returns the files, those of folders sorted by name.
func readYAML(paths []string, stdin io.Reader) ([]source, error) {
	var out []source
	for _, path := range paths {
		if path == "-" {
			content, err := io.ReadAll(stdin)
			if err != nil {
				return nil, fmt.Errorf("standard input: %w", err)
			}
			out = append(out, source{"-", content})
			continue
		}
		names := []string{path}
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no file or folder %s", path)
		}
		if err != nil {
			return nil, err
		}
		if info.IsDir() {
			if names, err = yamlIn(path); err != nil {
				return nil, err
			}
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			out = append(out, source{name, content})
		}
	}
	return out, nil
}

// yamlIn returns the .yaml and .yml files of a folder and those within, sorted,
// but for folders that hold tests.
func yamlIn(dir string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch ext := filepath.Ext(path); {
		case err != nil:
			return err
		case e.IsDir() && path != dir && policy.SkipFolder(e.Name()):
			return filepath.SkipDir
		case !e.IsDir() && !strings.HasPrefix(e.Name(), ".") && (ext == ".yaml" || ext == ".yml"):
			names = append(names, path)
		}
		return nil
	})
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s has no .yaml or .yml file", dir)
	}
	return names, err
}
