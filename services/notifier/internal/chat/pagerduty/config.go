package pagerduty

import (
	"fmt"
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Config is an entry of the chats file.
type Config struct {
	// URL is the Events API, by default that of the US service region.
	URL string `yaml:"url"`
	// Channels are the integration keys (routing keys) of each channel.
	Channels api.Channels[chat.Ref] `yaml:"channels"`
}

// Defaults returns the config of PagerDuty's US service region.
func Defaults() Config { return Config{URL: "https://events.pagerduty.com/v2/enqueue"} }

// keyLength is that of an integration key.
const keyLength = 32

func (c Config) check() error {
	if err := api.CheckURL("url", c.URL); err != nil {
		return err
	}
	if err := c.Channels.Check(); err != nil {
		return err
	}
	for name, key := range c.Channels {
		if k := key.Reveal(); len(k) != keyLength || strings.IndexFunc(k, func(r rune) bool {
			return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		}) >= 0 {
			return fmt.Errorf("channels: %s: want the integration key of an Events API v2 integration: %d letters and digits", name, keyLength)
		}
	}
	return nil
}

// secrets are all that must not be told.
func (c Config) secrets() []string {
	var out []string
	for _, k := range c.Channels {
		out = append(out, k.Reveal())
	}
	return out
}
