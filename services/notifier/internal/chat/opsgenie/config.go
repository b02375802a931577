package opsgenie

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Config is an entry of the chats file.
type Config struct {
	// URL is the API, by default that of the US instance.
	URL string `yaml:"url"`
	// Key is the key of an API integration.
	Key chat.Ref `yaml:"key"`
	// Channels are the teams that each channel's incidents go to; an empty one
	// leaves it to Opsgenie's own routing.
	Channels api.Channels[string] `yaml:"channels"`
}

// Defaults returns the config of Opsgenie's US instance.
func Defaults() Config { return Config{URL: "https://api.opsgenie.com"} }

func (c Config) check() error {
	if err := api.CheckURL("url", c.URL); err != nil {
		return err
	}
	if k := c.Key.Reveal(); len(k) < 8 || strings.ContainsAny(k, " \t\r\n") {
		return fmt.Errorf("key: want the key of an API integration, as env:NAME or file:PATH")
	}
	for name, team := range c.Channels {
		if utf8.RuneCountInString(team) > 100 {
			return fmt.Errorf("channels: %s: a team's name has at most 100 characters", name)
		}
	}
	return c.Channels.Check()
}
