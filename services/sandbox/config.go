package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/sandbox/internal/fleet"
	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

// Config is everything that can be set.
type Config struct {
	Listen string   `name:"sandbox-listen" help:"Where the workspace's page and its Web API are." placeholder:"HOST:PORT"`
	Fleet  string   `name:"sandbox-fleet-listen" help:"Where the local AWS account is, and the fleet too; empty for nowhere." placeholder:"HOST:PORT"`
	Open   bool     `name:"sandbox-open" help:"Let any peer act as a person and read without a token; peers on this machine always may."`
	Hosts  []string `name:"sandbox-hosts" help:"Further host names to answer to; addresses and names without a dot are always answered." placeholder:"NAME"`
	State  string   `name:"sandbox-state" help:"File that keeps messages and uploads across restarts; empty for none." placeholder:"FILE"`

	BotToken      config.Secret `name:"sandbox-bot-token" help:"Token of the app's bot."`
	AppToken      config.Secret `name:"sandbox-app-token" help:"App-level token, for Socket Mode."`
	SigningSecret config.Secret `name:"sandbox-signing-secret" help:"Signs requests in HTTP mode."`

	Interactions string `name:"sandbox-interactions-url" help:"HTTP mode: where clicks and modals go while no Socket Mode connection is open." placeholder:"URL"`
	Commands     string `name:"sandbox-commands-url" help:"HTTP mode: where slash commands go." placeholder:"URL"`
	Events       string `name:"sandbox-events-url" help:"HTTP mode: where events go." placeholder:"URL"`

	FileReady    time.Duration `name:"sandbox-file-ready" help:"How long an uploaded file is processed before it can be used."`
	MessageRate  float64       `name:"sandbox-message-rate" help:"Messages a second in one channel; 0 is no limit."`
	MessageBurst int           `name:"sandbox-message-burst" help:"Messages that may come at once in one channel."`
	TierLimits   bool          `name:"sandbox-tier-limits" help:"Hold every other method to Slack's calls a minute." negatable:""`

	NATS            string        `name:"sandbox-nats" help:"Where the fleet publishes its metrics, without credentials; empty for nowhere." placeholder:"URL"`
	FleetToken      config.Secret `name:"sandbox-fleet-token" help:"Bearer token for operations on the fleet."`
	FleetSpeed      float64       `name:"sandbox-fleet-speed" help:"Seconds of the fleet in one real second."`
	LeakAgain       time.Duration `name:"sandbox-leak-again" help:"From a garbage collection until checkout's heap is past 85 % again."`
	DisableGC       bool          `name:"sandbox-disable-explicit-gc" help:"Run checkout as with -XX:+DisableExplicitGC: collections that are asked for do nothing."`
	JolokiaUser     string        `name:"sandbox-jolokia-user" help:"User that Jolokia asks for; empty asks for none."`
	JolokiaPassword config.Secret `name:"sandbox-jolokia-password" help:"Password that Jolokia asks for."`

	AWSSpeed float64       `name:"sandbox-aws-speed" help:"Seconds of the AWS account in one real second."`
	AWSDelay time.Duration `name:"sandbox-aws-delay" help:"From the end of a bucket until CloudWatch shows it; 0 is as real services do." placeholder:"DURATION"`
	AWSState string        `name:"sandbox-aws-state" help:"File that keeps what was done in the AWS account; empty for none." placeholder:"FILE"`
}

// Defaults are a workspace on loopback with Slack's own limits.
func Defaults() Config {
	ws, world := workspace.Defaults(), fleet.Defaults()
	return Config{
		Listen: "127.0.0.1:8080", Fleet: "127.0.0.1:4566",
		BotToken: config.Secret(ws.BotToken), AppToken: config.Secret(ws.AppToken), SigningSecret: config.Secret(ws.SigningSecret),
		FileReady: ws.FileReady, MessageRate: ws.MessageRate, MessageBurst: ws.MessageBurst, TierLimits: ws.TierLimits,
		NATS: "nats://127.0.0.1:4222", FleetToken: "fleet-sandbox", FleetSpeed: world.Speed, LeakAgain: world.LeakAgain,
		AWSSpeed: 1,
	}
}

// Validate names the flag that is wrong, and the fix.
func (c Config) Validate() error {
	var errs []error
	check := func(ok bool, flag, fix string) {
		if !ok {
			errs = append(errs, fmt.Errorf("--%s: %s", flag, fix))
		}
	}
	address := func(s string) bool { _, _, err := net.SplitHostPort(s); return err == nil }
	link := func(s string) bool {
		u, err := url.Parse(s)
		return s == "" || (err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "")
	}
	check(address(c.Listen), "sandbox-listen", "give HOST:PORT, such as 127.0.0.1:8080")
	check(c.Fleet == "" || address(c.Fleet), "sandbox-fleet-listen", "give HOST:PORT, such as 127.0.0.1:4566, or nothing")
	check(c.BotToken != "" && c.BotToken != c.AppToken, "sandbox-bot-token", "give a token that is not the app's")
	check(c.AppToken != "", "sandbox-app-token", "give a token")
	check(c.FleetToken != "", "sandbox-fleet-token", "give a token")
	check(link(c.Interactions), "sandbox-interactions-url", "give an http or https address")
	check(link(c.Commands), "sandbox-commands-url", "give an http or https address")
	check(link(c.Events), "sandbox-events-url", "give an http or https address")
	check(c.FileReady >= 0, "sandbox-file-ready", "give a duration that is not negative")
	check(c.MessageRate >= 0, "sandbox-message-rate", "give a number that is not negative")
	check(c.FleetSpeed > 0, "sandbox-fleet-speed", "give a number above 0")
	check(c.LeakAgain > 0, "sandbox-leak-again", "give a duration above 0")
	check(c.AWSSpeed > 0 && c.AWSSpeed <= 100_000, "sandbox-aws-speed", "give a number above 0 and at most 100000")
	check(c.AWSDelay >= 0, "sandbox-aws-delay", "give a duration that is not negative")
	return errors.Join(errs...)
}
