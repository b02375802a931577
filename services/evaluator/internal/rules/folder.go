package rules

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/parley-ops/parley/services/evaluator/policy"
)

// folder is the policy files as they were last read.
type folder struct {
	dirs []string
	hash uint64
	read bool
}

// contents is what the files say.
type contents struct {
	policies map[string]policy.Policy
	// wrong are names of policies that are there and not right.
	wrong    map[string]bool
	problems []policy.Problem
	// broken: there is a file of which not even the names can be read.
	broken bool
}

// scan reads the files; nil if they are as before.
func (f *folder) scan() *contents {
	c := &contents{policies: map[string]policy.Policy{}, wrong: map[string]bool{}}
	h := xxhash.New()
	type file struct {
		name string
		data []byte
	}
	var files []file
	wrong := func(name string, err error) {
		c.broken = true
		c.problems = append(c.problems, policy.Problem{File: name, Line: 1, Column: 1, Text: err.Error()})
		fmt.Fprint(h, err)
	}
	for _, dir := range f.dirs {
		for _, name := range f.files(dir, 0, wrong) {
			data, err := readFile(name)
			if err != nil {
				wrong(name, err)
			}
			fmt.Fprintf(h, "%s %d %v\n", name, len(data), err)
			_, _ = h.Write(data)
			files = append(files, file{name, data})
		}
	}
	if f.read && h.Sum64() == f.hash {
		return nil
	}
	f.read, f.hash = true, h.Sum64()
	for _, file := range files {
		parsed := policy.Parse(file.name, file.data)
		c.problems = append(c.problems, parsed.Problems...)
		c.broken = c.broken || len(parsed.Problems) > 0 && len(parsed.Names) == 0
		for _, name := range parsed.Names {
			c.wrong[name] = !slices.ContainsFunc(parsed.Policies, func(p policy.Policy) bool { return p.Name == name }) || c.wrong[name]
		}
		for _, p := range parsed.Policies {
			if _, twice := c.policies[p.Name]; twice {
				c.problems = append(c.problems, policy.Problem{File: file.name, Line: p.Line, Column: 1, Policy: p.Name,
					Text: fmt.Sprintf("a policy named %s is in another file already: that one counts", p.Name)})
				continue
			}
			c.policies[p.Name] = p
		}
	}
	return c
}

// maxDepth is how far folders within folders are followed.
const maxDepth = 8

// files returns the policy files of a folder and of those within.
func (f *folder) files(dir string, depth int, wrong func(name string, err error)) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		wrong(dir, err)
	}
	var out []string
	for _, e := range entries {
		name, ext := filepath.Join(dir, e.Name()), filepath.Ext(e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			if !policy.SkipFolder(e.Name()) && depth < maxDepth {
				out = append(out, f.files(name, depth+1, wrong)...)
			}
		case ext == ".yaml" || ext == ".yml":
			out = append(out, name)
		}
	}
	return out
}

// readFile reads a file up to a little more than a policy file may have.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, policy.MaxFileBytes+1))
}
