package declare

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

var update = flag.Bool("update", false, "write what is expected anew")

// Each testdata/*.yaml has, in a .txt beside it, every fault and every action
// that is good all the same.
func TestFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			actions, problems := Parse(filepath.Base(file), data, Options{Settings: map[string]string{"sandbox_url": "http://127.0.0.1:8080"}})
			var got strings.Builder
			for _, p := range problems {
				got.WriteString(p.Error() + "\n")
			}
			for _, a := range actions {
				got.WriteString("good: " + a.Name + "\n")
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got.String(), want)
			}
		})
	}
}

// What ships is right, with all that the README says of it.
func TestTheShippedActions(t *testing.T) {
	t.Parallel()
	files, err := ReadFolder(os.DirFS("../../../deploy/actions"))
	if err != nil {
		t.Fatal(err)
	}
	actions, problems := ParseAll(files, Options{Settings: map[string]string{"sandbox_url": "http://127.0.0.1:8080"}})
	for _, p := range problems {
		t.Error(p)
	}
	var names []string
	for _, a := range actions {
		names = append(names, a.Name)
		if len(a.Allow) == 0 || a.Confirm == "" || a.Description == "" {
			t.Errorf("%s: nobody may run it, or it asks or explains nothing", a.Name)
		}
		if (a.Name == "restart-checkout") != (a.Approval != nil) {
			t.Errorf("%s: approval %v", a.Name, a.Approval)
		}
	}
	if got := strings.Join(names, " "); got != "clean-disk clean-instance-disk collect-garbage invoke-function keep-7-days reboot-instance redeploy-service restart-checkout rollback-cart run-command "+
		"scale-group scale-service start-database start-instance stop-database stop-instance stop-until-monday" {
		t.Errorf("got %s", got)
	}
}

// The README's example is a good file.
func TestTheReadme(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../deploy/actions/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(data), "```yaml\n")
	example, _, ok2 := strings.Cut(rest, "```")
	actions, problems := Parse("README.md", []byte(example), Options{})
	if !ok || !ok2 || len(actions) != 1 || len(problems) != 0 {
		t.Errorf("%d actions, %v", len(actions), problems)
	}
}

func TestAnActionInTwoFilesIsTheFirstOnes(t *testing.T) {
	t.Parallel()
	one := `actions: [{name: a, kind: sandbox, title: NAME, allow: [x], sandbox: {app: a, operation: b}}]`
	files, err := ReadFolder(fstest.MapFS{
		"b.yaml": {Data: []byte(strings.ReplaceAll(one, "NAME", "second"))}, "a.yml": {Data: []byte(strings.ReplaceAll(one, "NAME", "first"))},
		"broken.yaml": {Data: []byte("actions: [")}, "README.md": {Data: []byte("# hello")}, ".hidden.yaml": {Data: []byte("x")}, "dir.yaml/x": {Data: []byte("x")}})
	if err != nil {
		t.Fatal(err)
	}
	actions, problems := ParseAll(files, Options{})
	if len(actions) != 1 || actions[0].Title != "first" || len(problems) != 2 || !strings.Contains(problems[0].Error(), "b.yaml:1") || !strings.Contains(problems[1].Error(), "broken.yaml:") {
		t.Errorf("got %v, %v", actions, problems)
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "../../../deploy/actions/sandbox.yaml") {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("actions: &a [*a]"))
	f.Add([]byte("a: &a {b: *a}\nactions: [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		actions, problems := Parse("f.yaml", data, Options{})
		for _, a := range actions {
			if a.Name == "" || a.Do == nil || a.Timeout <= 0 || a.PerHour <= 0 || a.Revision == "" || a.Approval != nil && len(a.Approval.From) == 0 {
				t.Errorf("half an action: %+v", a)
			}
		}
		for _, p := range problems {
			if p.Line < 1 || p.Column < 1 || p.Text == "" {
				t.Errorf("problem without a place: %+v", p)
			}
		}
	})
}
