package shoutrrr

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/router"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Config is an entry of the chats file.
type Config struct {
	// Length is how many characters a message has at most.
	Length int `yaml:"length"`
	// Channels are the service URLs of each channel: secrets.
	Channels api.Channels[chat.Ref] `yaml:"channels"`
}

// Defaults returns a config with a length that every service takes.
func Defaults() Config { return Config{Length: 1000} }

// check does not ask the service: some answer to that with a log-in.
func (c Config) check() error {
	if c.Length < 100 || c.Length > 20_000 {
		return fmt.Errorf("length: want 100 to 20000 characters, not %d", c.Length)
	}
	known := new(router.ServiceRouter).ListServices()
	for name, ref := range c.Channels {
		u, err := url.Parse(ref.Reveal())
		if err != nil || u.Scheme == "" {
			return fmt.Errorf("channels: %s: want a URL of shoutrrr, such as telegram://…, in the environment or a file", name)
		}
		scheme, _, _ := strings.Cut(u.Scheme, "+")
		if !slices.Contains(known, scheme) || scheme == "logger" {
			slices.Sort(known)
			return fmt.Errorf("channels: %s: shoutrrr has no such service; there are: %s", name, strings.Join(known, ", "))
		}
	}
	return c.Channels.Check()
}
