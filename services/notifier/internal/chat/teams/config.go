package teams

import (
	"fmt"
	"net/url"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Config is an entry of the chats file.
type Config struct {
	// Channels are the URLs of each channel's workflow.
	Channels api.Channels[chat.Ref] `yaml:"channels"`
}

// Defaults returns the config without channels.
func Defaults() Config { return Config{} }

func (c Config) check() error {
	if err := c.Channels.Check(); err != nil {
		return err
	}
	for name, ref := range c.Channels {
		if u, err := url.Parse(ref.Reveal()); err != nil || u.Host == "" || u.Scheme != "https" {
			return fmt.Errorf("channels: %s: want a reference to a workflow's URL, https://…", name)
		}
	}
	return nil
}
