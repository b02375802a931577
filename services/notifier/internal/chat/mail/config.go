package mail

import (
	"cmp"
	"fmt"
	"net"
	"net/mail"
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// How the connection is protected.
const (
	// STARTTLS upgrades the connection, and refuses to go on if it cannot.
	STARTTLS = "starttls"
	// TLS is protected from the first byte.
	TLS = "tls"
	// None is for a relay on this machine or network.
	None = "none"
)

// Config is an entry of the chats file.
type Config struct {
	// Server is host:port; without a port 587, or 465 with tls.
	Server string `yaml:"server"`
	// TLS is starttls, tls or none.
	TLS string `yaml:"tls"`
	// Username and Password, if the server wants them.
	Username string   `yaml:"username"`
	Password chat.Ref `yaml:"password"`
	// From is who writes: "Parley <parley@example.org>".
	From string `yaml:"from"`
	// Channels are the addresses of each channel, at most 50.
	Channels api.Channels[[]string] `yaml:"channels"`
}

// Defaults returns the config of a server that upgrades to TLS.
func Defaults() Config { return Config{TLS: STARTTLS} }

// maxRecipients is how many addresses a channel may have: many servers take no
// more in one mail.
const maxRecipients = 50

// places are the parsed settings.
type places struct {
	host, addr string
	from       *mail.Address
	channels   api.Channels[[]*mail.Address]
}

// parsed checks the config.
func (c Config) parsed() (places, error) {
	p := places{addr: strings.TrimSpace(c.Server), channels: api.Channels[[]*mail.Address]{}}
	if c.TLS != STARTTLS && c.TLS != TLS && c.TLS != None {
		return p, fmt.Errorf("tls: want %s, %s or %s, not %q", STARTTLS, TLS, None, c.TLS)
	}
	if _, _, err := net.SplitHostPort(p.addr); err != nil {
		p.addr = net.JoinHostPort(strings.Trim(p.addr, "[]"), map[bool]string{true: "465", false: "587"}[c.TLS == TLS])
	}
	var port string
	var err error
	if p.host, port, err = net.SplitHostPort(p.addr); err != nil || p.host == "" || port == "" || strings.ContainsAny(p.addr, " /@") {
		return p, fmt.Errorf("server: want HOST:PORT of an SMTP server, not %q", c.Server)
	}
	if (c.Username == "") != (c.Password.Secret == "") {
		return p, fmt.Errorf("username and password: want both or none")
	}
	if c.TLS == None && c.Username != "" {
		return p, fmt.Errorf("tls: a password needs %s or %s", STARTTLS, TLS)
	}
	if p.from, err = address(c.From); err != nil {
		return p, fmt.Errorf("from: %w", err)
	}
	p.from.Name = cmp.Or(p.from.Name, "Parley")
	if err := c.Channels.Check(); err != nil {
		return p, err
	}
	for name, list := range c.Channels {
		if len(list) == 0 || len(list) > maxRecipients {
			return p, fmt.Errorf("channels: %s: %d addresses, want 1 to %d", name, len(list), maxRecipients)
		}
		for _, text := range list {
			a, err := address(text)
			if err != nil {
				return p, fmt.Errorf("channels: %s: %w", name, err)
			}
			p.channels[name] = append(p.channels[name], a)
		}
	}
	return p, nil
}

// address parses one address of ASCII.
func address(s string) (*mail.Address, error) {
	a, err := mail.ParseAddress(s)
	if err != nil {
		return nil, fmt.Errorf("want an address such as ops@example.org, not %q", s)
	}
	for _, r := range a.Address {
		if r <= ' ' || r >= 0x7F {
			return nil, fmt.Errorf("%q: an address has ASCII signs only", s)
		}
	}
	return a, nil
}
