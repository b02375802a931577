package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v4"
)

// ErrHelp: help was asked for and has been printed.
var ErrHelp = errors.New("help was printed")

// Program is what is read for: a name and what it is in a sentence.
type Program struct {
	Name, Description, Version string
	Stdout                     io.Writer
	// Env looks up the environment; nil means the process's.
	Env func(string) (string, bool)
}

// Validator is a config that can say what is wrong with it, naming the flag
// and the fix.
type Validator interface{ Validate() error }

type root struct {
	File    kong.ConfigFlag  `name:"config" help:"YAML file with settings: its keys are the flags' names." env:"PARLEY_CONFIG" placeholder:"FILE"`
	Version kong.VersionFlag `name:"version" help:"Print the version and exit."`
}

// Load fills targets, pointers to structs with their defaults in them, from
// args, environment and file. Errors name the setting.
func Load(p Program, args []string, targets ...any) error {
	if p.Env == nil {
		p.Env = os.LookupEnv
	}
	helped := false
	options := []kong.Option{
		kong.Name(p.Name), kong.Description(p.Description), kong.Vars{"version": p.Version},
		kong.Writers(p.Stdout, p.Stdout),
		kong.Exit(func(int) { helped = true }),
		kong.PostBuild(func(k *kong.Kong) error { return prepare(k, p.Env) }),
		kong.Configuration(readFile(p.Env)),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
	}
	targets, spread := share(targets)
	for _, t := range targets {
		options = append(options, kong.Embed(t))
	}
	parser, err := kong.New(&root{}, options...)
	if err != nil {
		return fmt.Errorf("settings of %s: %w", p.Name, err)
	}
	if _, err := parser.Parse(args); helped {
		return ErrHelp
	} else if err != nil {
		return err
	}
	spread()
	var errs []error
	for _, t := range targets {
		if v, ok := t.(Validator); ok {
			errs = append(errs, v.Validate())
		}
	}
	return errors.Join(errs...)
}

// prepare gives every flag the default that stands in its field, and its
// variable in the environment.
func prepare(k *kong.Kong, env func(string) (string, bool)) error {
	for _, f := range k.Model.Flags {
		if len(f.Tag.Envs) == 0 && f.Name != "help" && f.Name != "version" {
			f.Tag.Envs = []string{"PARLEY_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))}
		}
		// A variable that is empty is as good as none: compose passes those on.
		f.Tag.Envs = slices.DeleteFunc(f.Tag.Envs, func(name string) bool { v, ok := env(name); return ok && v == "" })
		f.Envs = f.Tag.Envs
		if f.Target.IsValid() && !f.Target.IsZero() {
			secret, isSecret := f.Target.Interface().(Secret)
			f.HasDefault, f.Default = true, text(f.Target)
			if isSecret {
				f.Default = secret.Reveal()
			} else if f.Default != "false" {
				f.Help += " Default: " + f.Default + "."
			}
			f.DefaultValue = reflect.ValueOf(f.Default)
		}
		// kong would show the default there, a secret's too.
		if f.PlaceHolder == "" && !f.IsBool() {
			f.PlaceHolder = strings.ToUpper(f.Target.Type().Name())
		}
	}
	return nil
}

func text(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		return x.String()
	case []string:
		return strings.Join(x, ",")
	}
	return fmt.Sprint(v.Interface())
}

// readFile returns kong's loader of a YAML file of flags' names and values,
// weaker than the environment, strict about names.
func readFile(env func(string) (string, bool)) kong.ConfigurationLoader {
	return func(r io.Reader) (kong.Resolver, error) {
		var doc yaml.Node
		if err := yaml.NewDecoder(r).Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("settings file: %w", err)
		}
		f := file{values: map[string]*yaml.Node{}, env: env}
		if len(doc.Content) > 0 {
			top := doc.Content[0]
			if top.Kind != yaml.MappingNode {
				return nil, fmt.Errorf("settings file: line %d: want `name: value` lines", top.Line)
			}
			for i := 0; i+1 < len(top.Content); i += 2 {
				f.values[top.Content[i].Value] = top.Content[i+1]
			}
		}
		return f, nil
	}
}

type file struct {
	values map[string]*yaml.Node
	env    func(string) (string, bool)
}

// Validate refuses keys that no flag has.
func (f file) Validate(app *kong.Application) error {
	known := map[string]bool{}
	for _, fl := range app.Flags {
		known[fl.Name] = true
	}
	var errs []error
	for name, node := range f.values {
		if !known[name] {
			errs = append(errs, fmt.Errorf("settings file: line %d: unknown setting %q (--help lists them)", node.Line, name))
		}
	}
	return errors.Join(errs...)
}

// Resolve returns the file's value for a flag that the environment leaves open.
func (f file) Resolve(_ *kong.Context, _ *kong.Path, fl *kong.Flag) (any, error) {
	for _, name := range fl.Envs {
		if _, set := f.env(name); set {
			return nil, nil
		}
	}
	node, ok := f.values[fl.Name]
	if !ok {
		return nil, nil
	}
	if node.Kind == yaml.SequenceNode {
		var items []string
		if err := node.Decode(&items); err != nil {
			return nil, fmt.Errorf("settings file: line %d: %s: %w", node.Line, fl.Name, err)
		}
		return strings.Join(items, ","), nil
	}
	return node.Value, nil
}
