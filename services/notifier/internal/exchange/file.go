package exchange

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// maxFile bounds a chats file, in bytes.
const maxFile = 1 << 20

// File is what a chats file says.
type File struct {
	// Operator are the channels that hear of a disabled one.
	Operator []string
	// Backends by name.
	Backends map[string]chat.Backend
}

// Knows returns an error that says what is wrong with a channel's name. first
// is the name of the default backend.
func (f File) Knows(first, channel string) error {
	if name, _, ok := strings.Cut(channel, ":"); ok && f.Backends[name] == nil && name != first {
		return fmt.Errorf("channel %q: there is no chat %q; there are %s", channel, name,
			strings.Join(append([]string{first}, slices.Sorted(maps.Keys(f.Backends))...), ", "))
	}
	return nil
}

var nameLike = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// Parse reads a chats file and makes its backends, which do not connect yet.
// An unknown key is an error, with its line.
//
//	operator: ["#ops", "mail:oncall@example.org"]
//	chats:
//	  - name: discord        # the name before the colon; its kind by default
//	    kind: discord
//	    ...                  # the kind's settings
func Parse(data []byte, kinds map[string]chat.Maker, taken string, d chat.Deps) (File, error) {
	var top struct {
		Operator []string    `yaml:"operator"`
		Chats    []yaml.Node `yaml:"chats"`
	}
	if len(data) > maxFile {
		return File{}, fmt.Errorf("chats: larger than %d bytes", maxFile)
	}
	if err := yaml.Load(data, &top, yaml.WithKnownFields()); err != nil && len(strings.TrimSpace(string(data))) > 0 {
		return File{}, fmt.Errorf("chats: %w", err)
	}
	f := File{Operator: top.Operator, Backends: map[string]chat.Backend{}}
	for _, n := range top.Chats {
		if err := f.add(n, kinds, taken, d); err != nil {
			return File{}, fmt.Errorf("chats: line %d: %w", n.Line, err)
		}
	}
	return f, nil
}

func (f *File) add(n yaml.Node, kinds map[string]chat.Maker, taken string, d chat.Deps) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("want kind, name and settings")
	}
	rest := n
	rest.Content = nil
	said := map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i].Value; (k == "name" || k == "kind") && said[k] == "" {
			said[k] = n.Content[i+1].Value
			continue
		}
		rest.Content = append(rest.Content, n.Content[i], n.Content[i+1])
	}
	kind, name := said["kind"], said["name"]
	if kind == "" {
		kind = name
	}
	if name == "" {
		name = kind
	}
	maker := kinds[kind]
	switch {
	case maker.Open == nil && maker.New != nil:
		return fmt.Errorf("the kind %q is set up by settings, not in this file; --notifier-chat chooses it", kind)
	case maker.Open == nil:
		return fmt.Errorf("there is no kind of chat %q; there are %s", kind, strings.Join(listed(kinds), ", "))
	case !nameLike.MatchString(name):
		return fmt.Errorf("name %q: want small letters, digits and -, such as siem", name)
	case f.Backends[name] != nil || name == taken || name == "cli" || name == "parley":
		return fmt.Errorf("the name %q is taken", name)
	}
	d.Name = name
	b, err := maker.Open(func(into any) error { return rest.Load(into, yaml.WithKnownFields()) }, d)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	f.Backends[name] = b
	return nil
}

// listed returns the kinds that a chats file may name.
func listed(kinds map[string]chat.Maker) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(kinds)), func(k string) bool { return kinds[k].Open == nil })
}
