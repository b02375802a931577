package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/internal/config"
)

type settings struct {
	Listen string        `name:"x-listen" help:"Where."`
	Every  time.Duration `name:"x-every" help:"How often."`
	Names  []string      `name:"x-names" help:"Who."`
	Token  config.Secret `name:"x-token" help:"Secret." env:"X_TOKEN"`
}

func (s *settings) Validate() error {
	if s.Every < 0 {
		return errors.New("--x-every: must not be negative")
	}
	return nil
}

func load(t *testing.T, env map[string]string, args ...string) (settings, string, error) {
	t.Helper()
	s := settings{Listen: "127.0.0.1:1", Every: 5 * time.Second, Names: []string{"a", "b"}, Token: "by default"}
	for k, v := range env {
		t.Setenv(k, v)
	}
	var out bytes.Buffer
	err := config.Load(config.Program{Name: "x", Description: "X.", Version: "v1", Stdout: &out}, args, &s)
	return s, out.String(), err
}

func TestFlagBeatsEnvironmentBeatsFileBeatsDefault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.yaml")
	if err := os.WriteFile(path, []byte("x-listen: file\nx-every: 7s\nx-names: [f, g]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _, err := load(t, map[string]string{"PARLEY_X_LISTEN": "env", "PARLEY_X_EVERY": "", "X_TOKEN": "hush"}, "--config", path, "--x-names=me")
	if err != nil {
		t.Fatal(err)
	}
	if s.Listen != "env" || s.Every != 7*time.Second || fmt.Sprint(s.Names) != "[me]" || s.Token.Reveal() != "hush" {
		t.Errorf("got %+v, token %q", s, s.Token.Reveal())
	}
	s, _, err = load(t, map[string]string{"PARLEY_X_LISTEN": "", "X_TOKEN": ""})
	if err != nil || s.Listen != "127.0.0.1:1" || s.Every != 5*time.Second || s.Token.Reveal() != "by default" || fmt.Sprint(s.Names) != "[a b]" {
		t.Errorf("defaults: %+v, %v", s, err)
	}
}

func TestMistakesAreNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.yaml")
	if err := os.WriteFile(path, []byte("x-listen: a\nx-lisen: b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(want string, env map[string]string, args ...string) {
		t.Helper()
		if _, _, err := load(t, env, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want it to say %q", args, err, want)
		}
	}
	f(`line 2: unknown setting "x-lisen"`, nil, "--config", path)
	f("--x-evry", nil, "--x-evry=1s")
	f("--x-every", nil, "--x-every=soon")
	f("must not be negative", nil, "--x-every=-1s")
	f("PARLEY_X_EVERY", map[string]string{"PARLEY_X_EVERY": "soon"})
}

func TestHelpShowsDefaultsAndNoSecrets(t *testing.T) {
	_, out, err := load(t, map[string]string{"X_TOKEN": "hush"}, "--help")
	if !errors.Is(err, config.ErrHelp) {
		t.Fatalf("got %v, want ErrHelp", err)
	}
	for _, want := range []string{"--x-listen", "127.0.0.1:1", "5s", "$PARLEY_X_LISTEN", "$X_TOKEN"} {
		if !strings.Contains(out, want) {
			t.Errorf("help lacks %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "hush") || strings.Contains(out, "by default") {
		t.Error("help prints the secret")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _, err := load(t, map[string]string{"X_TOKEN": "@" + path})
	if err != nil || s.Token.Reveal() != "hush" {
		t.Fatalf("secret from a file: %q, %v", s.Token.Reveal(), err)
	}
	j, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(s), fmt.Sprintf("%+v %#v", s, s), string(j)} {
		if strings.Contains(text, "hush") {
			t.Errorf("printed: %s", text)
		}
	}
}

type one struct {
	Name string `name:"one-name" help:"Who."`
	Same common `kong:"-" shared:""`
}

type two struct {
	Same common `kong:"-" shared:""`
}

type common struct {
	Where string `name:"where" help:"Where." env:"X_WHERE"`
}

func (c *common) Validate() error {
	if c.Where == "nowhere" {
		return errors.New("--where: want a place")
	}
	return nil
}

func TestWhatIsSharedIsOneFlagAndTheSameForAll(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		a, b := one{Same: common{Where: "here"}}, two{Same: common{Where: "here"}}
		if err := config.Load(config.Program{Name: "x", Stdout: &bytes.Buffer{}}, args, &a, &b); err != nil {
			t.Fatal(err)
		}
		if a.Same.Where != want || b.Same.Where != want {
			t.Errorf("%v: %q and %q, want %q twice", args, a.Same.Where, b.Same.Where, want)
		}
	}
	f("here")
	f("there", "--where=there")
	t.Setenv("X_WHERE", "elsewhere")
	f("elsewhere")
	if err := config.Load(config.Program{Name: "x", Stdout: &bytes.Buffer{}}, []string{"--where=nowhere"}, &one{}, &two{}); err == nil {
		t.Error("shared settings were not checked")
	}
}
