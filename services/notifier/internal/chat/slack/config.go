package slack

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"github.com/parley-ops/parley/services/internal/config"
)

// Config says how to reach Slack. Empty tokens mean the local sandbox.
type Config struct {
	BotToken      config.Secret `name:"slack-bot-token" help:"Slack bot token (xoxb-…); none means the local sandbox. @FILE reads it from a file." env:"SLACK_BOT_TOKEN" placeholder:"TOKEN"`
	AppToken      config.Secret `name:"slack-app-token" help:"Slack app-level token (xapp-…): Socket Mode." env:"SLACK_APP_TOKEN" placeholder:"TOKEN"`
	SigningSecret config.Secret `name:"slack-signing-secret" help:"Slack signing secret: HTTP mode on --notifier-listen." env:"SLACK_SIGNING_SECRET" placeholder:"SECRET"`
	APIURL        string        `name:"slack-api-url" help:"Slack's Web API; by default Slack's own, or the sandbox's when there is no bot token." env:"SLACK_API_URL" placeholder:"URL"`
	SandboxURL    string        `name:"slack-sandbox-url" help:"The local sandbox's Web API, used when there is no bot token." placeholder:"URL"`
}

// The sandbox's, well known and of no worth elsewhere.
const (
	sandboxBot    = "xoxb-sandbox"
	sandboxApp    = "xapp-sandbox"
	sandboxSecret = "sandbox-signing-secret"
	realAPI       = "https://slack.com/api/"
)

// Defaults returns the config of the sandbox.
func Defaults() Config { return Config{SandboxURL: "http://127.0.0.1:8080/api/"} }

// resolved returns the config with what was left open filled in.
func (c Config) resolved() (Config, error) {
	if c.BotToken == "" {
		c.BotToken = sandboxBot
		c.AppToken = cmp.Or(c.AppToken, config.Secret(sandboxApp))
		c.SigningSecret = cmp.Or(c.SigningSecret, config.Secret(sandboxSecret))
		c.APIURL = cmp.Or(c.APIURL, c.SandboxURL)
	}
	c.APIURL = cmp.Or(c.APIURL, realAPI)
	if !strings.HasSuffix(c.APIURL, "/") {
		c.APIURL += "/"
	}
	u, err := url.Parse(c.APIURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return c, fmt.Errorf("SLACK_API_URL (--slack-api-url): want http://HOST/api/ or https://…, not %q", c.APIURL)
	}
	if !strings.HasPrefix(c.BotToken.Reveal(), "xoxb-") && !strings.HasPrefix(c.BotToken.Reveal(), "xoxe.xoxb-") {
		return c, fmt.Errorf("SLACK_BOT_TOKEN: want a bot token, which begins with xoxb-")
	}
	if c.AppToken != "" && !strings.HasPrefix(c.AppToken.Reveal(), "xapp-") {
		return c, fmt.Errorf("SLACK_APP_TOKEN: want an app-level token, which begins with xapp-")
	}
	return c, nil
}

// Resolved returns the config with what was left open filled in, or what is wrong
// with it.
func (c Config) Resolved() (Config, error) { return c.resolved() }
