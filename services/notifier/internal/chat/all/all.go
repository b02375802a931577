package all

import (
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/chat/alertmanager"
	"github.com/parley-ops/parley/services/notifier/internal/chat/discord"
	"github.com/parley-ops/parley/services/notifier/internal/chat/googlechat"
	"github.com/parley-ops/parley/services/notifier/internal/chat/mail"
	"github.com/parley-ops/parley/services/notifier/internal/chat/mattermost"
	"github.com/parley-ops/parley/services/notifier/internal/chat/opsgenie"
	"github.com/parley-ops/parley/services/notifier/internal/chat/pagerduty"
	"github.com/parley-ops/parley/services/notifier/internal/chat/shoutrrr"
	"github.com/parley-ops/parley/services/notifier/internal/chat/slack"
	"github.com/parley-ops/parley/services/notifier/internal/chat/sns"
	"github.com/parley-ops/parley/services/notifier/internal/chat/teams"
	"github.com/parley-ops/parley/services/notifier/internal/chat/webhook"
)

// Kinds returns a maker for every kind of backend, with its defaults.
func Kinds() map[string]chat.Maker {
	return map[string]chat.Maker{
		"shoutrrr":     chat.Listed(shoutrrr.Defaults, shoutrrr.New),
		"sns":          chat.Listed(sns.Defaults, sns.New),
		"googlechat":   chat.Listed(googlechat.Defaults, googlechat.New),
		"alertmanager": chat.Listed(alertmanager.Defaults, alertmanager.New),
		"opsgenie":     chat.Listed(opsgenie.Defaults, opsgenie.New),
		"pagerduty":    chat.Listed(pagerduty.Defaults, pagerduty.New),
		"mail":         chat.Listed(mail.Defaults, mail.New),
		"discord":      chat.Listed(discord.Defaults, discord.New),
		"mattermost":   chat.Listed(mattermost.Defaults, mattermost.New),
		"teams":        chat.Listed(teams.Defaults, teams.New),
		"slack":        chat.Kind(slack.Defaults, slack.New),
		"webhook":      chat.Listed(webhook.Defaults, webhook.New),
	}
}
