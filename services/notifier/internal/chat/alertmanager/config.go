package alertmanager

import (
	"fmt"
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// What is sent.
const (
	// Webhook is the payload that Alertmanager sends to its webhook receivers.
	Webhook = "webhook"
	// Alerts is what Alertmanager itself takes.
	Alerts = "alerts"
)

// Config is an entry of the chats file.
type Config struct {
	// Send is webhook or alerts.
	Send string `yaml:"send"`
	// Token is sent as "Authorization: Bearer", if set.
	Token chat.Ref `yaml:"token"`
	// Username and Password are sent as basic authentication, if set.
	Username string   `yaml:"username"`
	Password chat.Ref `yaml:"password"`
	// Channels are the URLs of each channel: of a webhook the whole, of an
	// Alertmanager without /api/v2/alerts.
	Channels api.Channels[string] `yaml:"channels"`
}

// Defaults returns the config of a webhook.
func Defaults() Config { return Config{Send: Webhook} }

func (c Config) check() error {
	if c.Send != Webhook && c.Send != Alerts {
		return fmt.Errorf("send: want %s or %s, not %q", Webhook, Alerts, c.Send)
	}
	if (c.Username == "") != (c.Password.Secret == "") {
		return fmt.Errorf("username and password: want both or none")
	}
	if c.Username != "" && c.Token.Secret != "" {
		return fmt.Errorf("token: not with a username")
	}
	if strings.ContainsAny(c.Username, ":\r\n") || strings.ContainsAny(c.Token.Reveal()+c.Password.Reveal(), "\r\n") {
		return fmt.Errorf("token, username, password: of one line, and no : in the username")
	}
	for name, u := range c.Channels {
		if err := api.CheckURL("channels: "+name, u); err != nil {
			return err
		}
	}
	return c.Channels.Check()
}
