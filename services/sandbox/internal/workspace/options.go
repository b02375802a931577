package workspace

import (
	"log/slog"
	"net/http"
	"time"
)

// Command is one slash command of the app, as its manifest declares it.
type Command struct {
	Name        string `json:"command"` // with its slash
	Description string `json:"description"`
	UsageHint   string `json:"usage_hint"`
}

// Options are what a workspace is made of. The zero value of a duration or a rate
// switches that behaviour off.
type Options struct {
	BotToken      string // xoxb-…, for the Web API
	AppToken      string // xapp-…, for Socket Mode
	SigningSecret string // signs what is sent in HTTP mode

	// Open lets any peer use the driving calls and read without a token; peers on
	// loopback always may.
	Open bool

	FileReady    time.Duration // from the completed upload until the file can be used
	MessageRate  float64       // messages a second in one channel; 0 is no limit
	MessageBurst int           // messages that may come at once
	TierLimits   bool          // Slack's per-minute tiers for every other method
	AckWithin    time.Duration // the 3-second rule
	PingEvery    time.Duration // WebSocket pings; Slack's clients expect one in 30 s

	InteractionsURL string // HTTP mode, used while no Socket Mode connection is open
	CommandsURL     string
	EventsURL       string
	Events          []string // events the app subscribes to, by their names in the manifest: message.im
	Commands        []Command

	State  string       // file that keeps the workspace across restarts; "" is none
	Client *http.Client // for HTTP mode
	Log    *slog.Logger
}

// Defaults are Slack's own numbers with the sandbox's well-known tokens.
func Defaults() Options {
	return Options{
		BotToken: "xoxb-sandbox", AppToken: "xapp-sandbox", SigningSecret: "sandbox-signing-secret",
		FileReady: 300 * time.Millisecond, MessageRate: 1, MessageBurst: 4, TierLimits: true,
		AckWithin: 3 * time.Second, PingEvery: 5 * time.Second,
		Events: []string{"app_mention", "app_home_opened", "message.im"},
		Commands: []Command{{
			Name: "/parley", Description: "Ask Parley about incidents, metrics and silences", UsageHint: "help",
		}},
		Client: &http.Client{}, Log: slog.Default(),
	}
}
