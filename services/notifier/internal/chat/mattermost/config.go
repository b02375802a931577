package mattermost

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Config is an entry of the chats file.
type Config struct {
	// URL of the server: https://chat.example.org.
	URL string `yaml:"url"`
	// Team is the team's name in URLs.
	Team string `yaml:"team"`
	// Token is the bot's access token.
	Token chat.Ref `yaml:"token"`
	// Actions is where the server reaches Parley's --notifier-listen, with this
	// chat's path: http://parley:8082/chat/mattermost. Empty: no buttons that act.
	Actions string `yaml:"actions_url"`
	// Secret signs the buttons; wanted with Actions.
	Secret chat.Ref `yaml:"actions_secret"`
	// Groups are people by user name or id, for the allow lists of actions: "@ops".
	Groups map[string][]string `yaml:"groups"`
}

// Defaults returns the config in which nothing is set.
func Defaults() Config { return Config{} }

// shortest is the least length of the secret, in bytes.
const shortest = 16

func (c Config) check() error {
	web := func(s string) bool {
		u, err := url.Parse(s)
		return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") && u.RawQuery == ""
	}
	switch {
	case !web(c.URL):
		return fmt.Errorf("url: want the server's address, https://chat.example.org, not %q", c.URL)
	case c.Team == "" || strings.ContainsAny(c.Team, "/? "):
		return fmt.Errorf("team: want the team's name as in its address")
	case c.Token.Reveal() == "":
		return fmt.Errorf("token: want a reference to the bot's access token: env:NAME or file:PATH")
	case c.Actions != "" && !web(c.Actions):
		return fmt.Errorf("actions_url: want where the server reaches --notifier-listen, http://HOST:8082/chat/NAME, not %q", c.Actions)
	case c.Actions != "" && len(c.Secret.Reveal()) < shortest:
		return fmt.Errorf("actions_secret: want a reference to at least %d characters that nobody else knows", shortest)
	}
	for name := range c.Groups {
		if !strings.HasPrefix(name, "@") || len(name) < 2 {
			return fmt.Errorf("groups: %q: want a name with @, such as \"@ops\"", name)
		}
	}
	return nil
}
