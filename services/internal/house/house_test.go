package house_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../../.."

// goFiles returns the Go files of the repository by folder, generated code
// left out.
func goFiles(t *testing.T) map[string][]string {
	t.Helper()
	dirs := map[string][]string{}
	for _, top := range []string{"proto", "services", "scripts"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules") {
				return filepath.SkipDir
			}
			if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".pb.go") {
				dirs[filepath.Dir(path)] = append(dirs[filepath.Dir(path)], path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return dirs
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	for dir, files := range goFiles(t) {
		said, isMain := "", false
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.PackageClauseOnly)
			if err != nil {
				t.Fatal(err)
			}
			isMain = isMain || f.Name.Name == "main"
			if f.Doc != nil {
				said += f.Doc.Text()
			}
			if f.Doc != nil && !isMain && filepath.Base(file) != "doc.go" {
				t.Errorf("%s: the package's comment belongs into doc.go", file)
			}
		}
		switch {
		case len(files) > 0 && said == "" && !isMain && !onlyTests(files):
			t.Errorf("%s: no doc.go", dir)
		case isMain && said == "":
			t.Errorf("%s: the command has no comment that says what it does", dir)
		}
	}
}

func onlyTests(files []string) bool {
	return !slices.ContainsFunc(files, func(f string) bool { return !strings.HasSuffix(f, "_test.go") })
}

func TestFilesAreSmall(t *testing.T) {
	t.Parallel()
	for _, files := range goFiles(t) {
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(data), "\n"); n > 400 {
				t.Errorf("%s has %d lines: find what else is in there", file, n)
			}
		}
	}
}

// Benchmarks may wait, and helpers of tests that live in bubbles.
func TestNoTestSleepsOnTheWallClock(t *testing.T) {
	t.Parallel()
	for _, files := range goFiles(t) {
		var sleeps []string
		bubbles := false
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text := string(data)
			bubbles = bubbles || strings.Contains(text, "synctest.Test(")
			if strings.HasSuffix(file, "_test.go") && !strings.HasSuffix(file, "bench_test.go") && strings.Contains(text, "time.Sleep"+"(") {
				sleeps = append(sleeps, file)
			}
		}
		if len(sleeps) > 0 && !bubbles {
			t.Errorf("%v sleep, and know no bubble", sleeps)
		}
	}
}

func TestTopLevelIsAsAgreed(t *testing.T) {
	t.Parallel()
	allowed := []string{"services", "proto", "deploy", "scripts", "go.work", "go.work.sum", "docker-compose.yml", "README.md", "LICENSE", "data"}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s is not in the agreed top level %v", e.Name(), allowed)
		}
	}
}

var (
	goLine      = regexp.MustCompile(`(?m)^go (\S+)$`)
	sibling     = regexp.MustCompile(`(?m)^\s*(?:require )?(github\.com/parley-ops/parley/\S+) v0\.0\.0`)
	replacement = regexp.MustCompile(`(?m)(github\.com/parley-ops/parley/\S+) => (\S+)`)
)

func TestModulesAgree(t *testing.T) {
	t.Parallel()
	work, err := os.ReadFile(filepath.Join(root, "go.work"))
	if err != nil {
		t.Fatal(err)
	}
	want := goLine.FindStringSubmatch(string(work))[1]
	mods, err := filepath.Glob(filepath.Join(root, "services/*/go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	mods = append(mods, filepath.Join(root, "proto/go.mod"))
	if len(mods) != 10 {
		t.Errorf("%d modules, want ten: a new one needs a dependency to keep away", len(mods))
	}
	for _, mod := range mods {
		data, err := os.ReadFile(mod)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		if m := goLine.FindStringSubmatch(text); m == nil || m[1] != want {
			t.Errorf("%s: go %v, go.work says %s", mod, m, want)
		}
		replaced := map[string]bool{}
		for _, m := range replacement.FindAllStringSubmatch(text, -1) {
			replaced[m[1]] = true
			if _, err := os.Stat(filepath.Join(filepath.Dir(mod), m[2], "go.mod")); err != nil {
				t.Errorf("%s: replace %s: %v", mod, m[1], err)
			}
		}
		for _, m := range sibling.FindAllStringSubmatch(text, -1) {
			if !replaced[m[1]] {
				t.Errorf("%s: %s is required and not replaced", mod, m[1])
			}
		}
		if dir := strings.TrimPrefix(filepath.Dir(mod), root+"/"); !strings.Contains(string(work), "./"+dir+"\n") {
			t.Errorf("go.work does not use ./%s", dir)
		}
	}
}
