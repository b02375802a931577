package action

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-ops/parley/services/actioner/internal/fill"
)

func TestSecretsAreReferences(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(" hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadSecret("file:" + file); err != nil || got != "hunter2" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, ref := range []string{"hunter2", "env:", "file:", "", "https://hunter2", "env:PARLEY_NO_SUCH_VARIABLE", "file:/no/such/file"} {
		if got, err := ReadSecret(ref); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: got %q, %v", ref, got, err)
		}
	}
}

func TestScrub(t *testing.T) {
	t.Parallel()
	v := NewVault(func(string) (string, error) { return `p@ss "word"/`, nil })
	if _, err := v.Reveal("env:X"); err != nil {
		t.Fatal(err)
	}
	v.Keep("u:" + `p@ss "word"/`)
	for _, text := range []string{`p@ss "word"/`, `p%40ss+%22word%22%2F`, `p@ss \"word\"/`, "cEBzcyAid29yZCIv", "dTpwQHNzICJ3b3JkIi8="} {
		if got := v.Scrub("a " + text + " b"); got != "a *** b" {
			t.Errorf("%q became %q", text, got)
		}
	}
	var none *Vault
	if got := none.Scrub("x"); got != "x" {
		t.Error(got)
	}
}

type broken struct{}

func (broken) Plan(fill.Values) (string, error)          { return "", nil }
func (broken) Run(context.Context, Call) (Result, error) { panic("s3cr3t") }

// A kind that panics, or that says nothing of the effect, leaves it unknown.
func TestUnknownIsTheDefault(t *testing.T) {
	t.Parallel()
	v := NewVault(nil)
	v.Keep("s3cr3t")
	_, err := Do(t.Context(), broken{}, v, Call{})
	if OutcomeOf(err) != OutcomeUnknown || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("got %v", err)
	}
	if OutcomeOf(errors.New("x")) != OutcomeUnknown || strings.Contains(TextOf(errors.New("dial tcp 10.0.0.1")), "10.0") {
		t.Error("an error that says nothing says too much")
	}
}
