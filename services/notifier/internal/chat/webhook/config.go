package webhook

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Config is an entry of the chats file.
type Config struct {
	// Channels are where each channel's events go.
	Channels api.Channels[Hook] `yaml:"channels"`
	// Format is json, xml or text.
	Format Format `yaml:"format"`
	// Template says it in other words; empty: the documents of the README.
	Template string `yaml:"template"`
	// Signing is the secret of the signature; empty: none is sent.
	Signing chat.Ref `yaml:"signing_secret"`
	// Headers are sent too: an Authorization.
	Headers map[string]chat.Ref `yaml:"headers"`
}

// Hook is one endpoint.
type Hook struct {
	URL chat.Ref `yaml:"url"`
}

// Format is what the body is.
type Format string

// The formats.
const (
	JSON Format = "json"
	XML  Format = "xml"
	Text Format = "text"
)

func (f Format) contentType() string {
	switch f {
	case XML:
		return "application/xml; charset=utf-8"
	case Text:
		return "text/plain; charset=utf-8"
	}
	return "application/json"
}

// Defaults returns the config of JSON without a template.
func Defaults() Config { return Config{Format: JSON} }

func (c Config) check() error {
	if c.Format != JSON && c.Format != XML && c.Format != Text {
		return fmt.Errorf("format: want json, xml or text, not %q", c.Format)
	}
	if err := c.Channels.Check(); err != nil {
		return err
	}
	for name, h := range c.Channels {
		u, err := url.Parse(h.URL.Reveal())
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return fmt.Errorf("channels: %s: url: want a reference to https://HOST/…", name)
		}
	}
	for name := range c.Headers {
		if name == "" || strings.ContainsAny(name, " :\r\n") || strings.HasPrefix(strings.ToLower(name), "x-parley-") {
			return fmt.Errorf("headers: %q: want a header's name that is not one of Parley's own", name)
		}
	}
	return nil
}
