package googlechat

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Config is an entry of the chats file.
type Config struct {
	// Channels are the webhook URLs of each channel's space: secrets.
	Channels api.Channels[chat.Ref] `yaml:"channels"`
}

// Defaults returns an empty config.
func Defaults() Config { return Config{} }

// host is where webhooks live.
const host = "chat.googleapis.com"

func (c Config) check() error {
	for name, ref := range c.Channels {
		u, err := url.Parse(ref.Reveal())
		if err != nil || u.Scheme != "https" || u.Host != host || u.User != nil || u.Fragment != "" || !strings.HasPrefix(u.Path, "/v1/spaces/") || !strings.HasSuffix(u.Path, "/messages") ||
			u.Query().Get("key") == "" || u.Query().Get("token") == "" {
			return fmt.Errorf("channels: %s: want the URL of a space's webhook: https://%s/v1/spaces/…/messages?key=…&token=…", name, host)
		}
	}
	return c.Channels.Check()
}

// secrets are all that must not be told.
func (c Config) secrets() []string {
	var out []string
	for _, ref := range c.Channels {
		out = append(out, ref.Reveal())
		if u, err := url.Parse(ref.Reveal()); err == nil {
			out = append(out, u.Query().Get("key"), u.Query().Get("token"))
		}
	}
	return out
}
