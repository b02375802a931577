package discord

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Config is an entry of the chats file.
type Config struct {
	// Channels are the webhook URLs of each channel.
	Channels api.Channels[chat.Ref] `yaml:"channels"`
	// Username is under which name it writes; empty: the webhook's own.
	Username string `yaml:"username"`
}

// Defaults returns the config in which it writes as Parley.
func Defaults() Config { return Config{Username: "Parley"} }

func (c Config) check() error {
	if err := c.Channels.Check(); err != nil {
		return err
	}
	for name, ref := range c.Channels {
		u, err := url.Parse(ref.Reveal())
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || !strings.Contains(u.Path, "/webhooks/") || u.RawQuery != "" {
			return fmt.Errorf("channels: %s: want a reference to a webhook's URL, https://discord.com/api/webhooks/ID/TOKEN", name)
		}
	}
	if n := strings.ToLower(c.Username); len(c.Username) > 80 || strings.Contains(n, "discord") || strings.Contains(n, "clyde") {
		return fmt.Errorf("username: Discord takes at most 80 characters, without its own name")
	}
	return nil
}
