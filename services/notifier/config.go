package notifier

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/chat/all"
	"github.com/parley-ops/parley/services/notifier/internal/exchange"
	"github.com/parley-ops/parley/services/notifier/internal/wording"
	"github.com/parley-ops/parley/services/notifier/route"
)

// Config is the notifier's settings; each backend adds its own.
type Config struct {
	Chat    string `name:"notifier-chat" help:"Which chat to speak to." placeholder:"KIND"`
	Channel string `name:"notifier-channel" help:"Where to tell what no policy and no route names a channel for." placeholder:"CHANNEL"`
	Routes  string `name:"notifier-routes" help:"YAML file with routes: which incidents go to which channels." placeholder:"FILE"`
	Chats   string `name:"notifier-chats" help:"YAML file with further chats, by name: their channels are written mattermost:ops." env:"PARLEY_CHATS" placeholder:"FILE"`
	// Templates are people's own words.
	Templates string  `name:"notifier-templates" help:"YAML file with templates: your own words in messages, by policy, labels and channel." env:"PARLEY_TEMPLATES" placeholder:"FILE"`
	Rate      float64 `name:"notifier-rate" help:"Messages a second in one channel; Slack takes one, and what is more waits or is grouped." placeholder:"NUMBER"`
	Listen    string  `name:"notifier-listen" help:"Where the chat's HTTP requests arrive (Slack's HTTP mode); empty for nowhere." placeholder:"HOST:PORT"`
	// Digest is when and where the day's digest of waste and savings is told.
	DigestAt      string `name:"notifier-digest" help:"When the day's digest of what is paid for and not used is told; empty for never." placeholder:"HH:MM"`
	DigestZone    string `name:"notifier-digest-zone" help:"Whose clock that is: a zone such as Europe/Berlin." placeholder:"ZONE"`
	DigestChannel string `name:"notifier-digest-channel" help:"Where the digest is told." placeholder:"CHANNEL"`
	DigestAlways  bool   `name:"notifier-digest-always" help:"Tell it too when there is nothing to tell."`
	// Proposals are told in the notifier's own channel, on the digest's clock.
	Proposals string `name:"notifier-proposals" help:"When changes of noisy policies are proposed, if there are any; empty for never." placeholder:"DAY HH:MM"`
	// Backends are the settings of every kind of chat.
	Backends kong.Plugins `embed:""`

	kinds map[string]chat.Maker
}

// Defaults returns the settings with which it speaks to the local sandbox.
func Defaults() Config {
	c := Config{Chat: "slack", Channel: "#ops", Rate: 1, Listen: "127.0.0.1:8082", DigestAt: "09:00", DigestZone: "UTC", DigestChannel: "#cost", Proposals: "Mon 09:00", kinds: all.Kinds()}
	for _, name := range slices.Sorted(maps.Keys(c.kinds)) {
		if settings := c.kinds[name].Config; settings != nil {
			c.Backends = append(c.Backends, settings)
		}
	}
	return c
}

// Validate refuses what cannot work.
func (c *Config) Validate() error {
	if c.kinds[c.Chat].New == nil {
		return fmt.Errorf("--notifier-chat: no chat %q that settings alone set up; there are: %s", c.Chat, strings.Join(c.bySettings(), ", "))
	}
	if strings.TrimSpace(strings.TrimPrefix(c.Channel, "#")) == "" {
		return fmt.Errorf("--notifier-channel: want a channel's name, such as #ops")
	}
	if c.Rate <= 0 {
		return fmt.Errorf("--notifier-rate: want a number above 0")
	}
	if _, err := c.digest(); err != nil {
		return err
	}
	if _, err := c.proposals(); err != nil {
		return err
	}
	f, err := c.chats(chat.Deps{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return c.channels(f)
}

// chats reads the chats file, if there is one.
func (c *Config) chats(d chat.Deps) (exchange.File, error) {
	if c.Chats == "" {
		return exchange.File{}, nil
	}
	data, err := os.ReadFile(c.Chats)
	if err != nil {
		return exchange.File{}, fmt.Errorf("--notifier-chats: %w", err)
	}
	f, err := exchange.Parse(data, c.kinds, c.Chat, d)
	if err != nil {
		return exchange.File{}, fmt.Errorf("--notifier-chats: %s: %w", c.Chats, err)
	}
	if len(f.Operator) == 0 {
		f.Operator = []string{c.Channel}
	}
	return f, nil
}

// channels refuses channels of chats that are not set up.
func (c *Config) channels(f exchange.File) error {
	routes, err := c.routes()
	if err != nil {
		return err
	}
	words, err := c.words()
	if err != nil {
		return err
	}
	check := func(setting string, channels ...string) error {
		for _, ch := range channels {
			if err := f.Knows(c.Chat, ch); err != nil {
				return fmt.Errorf("%s: %w", setting, err)
			}
		}
		return nil
	}
	return cmp.Or(check("--notifier-channel", c.Channel), check("--notifier-digest-channel", c.DigestChannel),
		check("--notifier-routes", routes.Names()...), check("--notifier-templates", words.Channels()...), check("--notifier-chats: operator", f.Operator...))
}

// bySettings returns the kinds of chat that need no chats file.
func (c *Config) bySettings() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(c.kinds)), func(kind string) bool { return c.kinds[kind].New == nil })
}

func (c *Config) routes() (route.Table, error) {
	t, _, err := c.routesFile()
	return t, err
}

// routesFile returns the routes and the text that they were read from.
func (c *Config) routesFile() (route.Table, []byte, error) {
	if c.Routes == "" {
		return route.New(c.Channel), nil, nil
	}
	data, err := os.ReadFile(c.Routes)
	if err != nil {
		return route.Table{}, nil, fmt.Errorf("--notifier-routes: %w", err)
	}
	t, err := route.Parse(data, c.Channel)
	if err != nil {
		return route.Table{}, nil, fmt.Errorf("--notifier-routes: %s: %w", c.Routes, err)
	}
	return t, data, nil
}

// open returns the chat, or several as one.
func (c *Config) open(d chat.Deps) (chat.Backend, error) {
	first, err := c.kinds[c.Chat].New(d)
	if err != nil || c.Chats == "" {
		return first, err
	}
	f, err := c.chats(d)
	if err != nil {
		return nil, err
	}
	return exchange.New(first, f.Backends, f.Operator, d), nil
}

// words reads the templates file, if there is one.
func (c *Config) words() (wording.Set, error) {
	if c.Templates == "" {
		return wording.Set{}, nil
	}
	data, err := os.ReadFile(c.Templates)
	if err != nil {
		return wording.Set{}, fmt.Errorf("--notifier-templates: %w", err)
	}
	set, err := wording.Parse(c.Templates, data)
	if err != nil {
		return wording.Set{}, fmt.Errorf("--notifier-templates: %w", err)
	}
	return set, nil
}
