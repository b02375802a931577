package slack

import "github.com/parley-ops/parley/services/notifier/internal/chat"

var _ chat.Setting = (*Backend)(nil)

// Setting implements chat.Setting.
func (b *Backend) Setting() string {
	if b.cfg.BotToken == sandboxBot {
		return "no SLACK_BOT_TOKEN is set, so it is the local workspace at " + b.cfg.APIURL + ": start the sandbox there, or set SLACK_BOT_TOKEN and SLACK_APP_TOKEN of your own Slack"
	}
	return "it is the Slack of SLACK_BOT_TOKEN: parley slack doctor says what is wrong"
}
