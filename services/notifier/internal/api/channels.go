package api

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Else names the place of whatever has none of its own.
const Else = "*"

// Channels are the places that a backend writes to, by name without the #. That
// of Else stands for every other name.
type Channels[T any] map[string]T

// Check refuses no places at all, and names that differ by # alone.
func (c Channels[T]) Check() error {
	if len(c) == 0 {
		return fmt.Errorf("channels: want at least one, such as ops: …, or %q: … for every channel", Else)
	}
	for name := range c {
		if name == "" || strings.HasPrefix(name, "#") || strings.ContainsAny(name, " \t\r\n") {
			return fmt.Errorf("channels: %q: want a name without # and spaces, such as ops", name)
		}
	}
	return nil
}

// ID returns the id of a channel given by "#name" or id.
func (c Channels[T]) ID(name string) (string, error) {
	id := strings.TrimPrefix(strings.TrimSpace(name), "#")
	if _, err := c.Get(id); err != nil {
		return "", err
	}
	return id, nil
}

// Get returns the place of an id.
func (c Channels[T]) Get(id string) (T, error) {
	if p, ok := c[id]; ok && id != Else {
		return p, nil
	}
	if p, ok := c[Else]; ok && id != "" {
		return p, nil
	}
	var none T
	return none, fmt.Errorf("channel #%.80s: not in the backend's channels (%s): %w", id, strings.Join(slices.Sorted(maps.Keys(c)), ", "), chat.ErrNoChannel)
}

// Names returns the names that are listed, sorted.
func (c Channels[T]) Names() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(c)), func(n string) bool { return n == Else })
}
