package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/notifier/slackdoctor"
)

type slackDoctorCmd struct {
	Slack    slackdoctor.Config `embed:""`
	Channel  []string           `name:"channel" short:"c" help:"Channels to look at too; those of policies and routes are looked at anyway." placeholder:"CHANNEL"`
	Default  string             `name:"notifier-channel" help:"The notifier's default channel." default:"#ops" placeholder:"CHANNEL"`
	Policies string             `name:"policies" help:"Folder of the policies, where NATS does not say which are in force." default:"deploy/policies" placeholder:"DIR" env:"PARLEY_POLICIES"`
	Notifier string             `name:"notifier-url" help:"Where the notifier listens for HTTP mode." default:"http://127.0.0.1:8082" placeholder:"URL" env:"PARLEY_NOTIFIER_URL"`
	Ask      string             `name:"ask" help:"Write a message with a button there, wait for the click, and say which hop failed." placeholder:"CHANNEL"`
	Wait     time.Duration      `name:"wait" help:"How long to wait for the click." default:"2m" placeholder:"DURATION"`
}

// Help explains the command.
func (slackDoctorCmd) Help() string {
	return `With the notifier's own environment (SLACK_BOT_TOKEN, SLACK_APP_TOKEN,
SLACK_SIGNING_SECRET, SLACK_API_URL): whose the bot token is and which scopes it
lacks, whether the app token opens a socket, whether the bot is in the channels
that policies and routes name, or can join, whether charts can be uploaded, whether the notifier takes
what is signed with this signing secret, and whether the clocks agree. Changes
nothing and writes nothing, unless --ask says so. Exits 1 when something is
missing.

Examples:
  parley slack doctor
  parley slack doctor --channel '#payments' --json | jq '.findings[] | select(.state == "missing")'
  parley slack doctor --ask '#ops'`
}

// slackView is what was found, in JSON.
type slackView struct {
	Healthy  bool                  `json:"healthy"`
	Sandbox  string                `json:"sandbox,omitempty"`
	From     string                `json:"channels_from"`
	Findings []slackdoctor.Finding `json:"findings"`
	// Asked is what became of the message with a button.
	Asked *notifiedView `json:"asked,omitempty"`
}

// Run checks.
func (c *slackDoctorCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	c.Slack.SandboxURL = cmp.Or(c.Slack.SandboxURL, slackdoctor.Defaults().SandboxURL)
	channels, from := c.channels(ctx, g)
	found, sandbox, err := slackdoctor.Check(ctx, slackdoctor.Request{Config: c.Slack, Channels: channels, Endpoint: c.Notifier})
	if err != nil {
		return &settingError{what: err.Error(), fix: "the tokens are in api.slack.com/apps: deploy/slack/manifest.yaml says which"}
	}
	v := slackView{Healthy: !slices.ContainsFunc(found, slackdoctor.Finding.Wrong), Sandbox: sandbox, From: from, Findings: found}
	if !s.JSON {
		showSlack(s, v)
	}
	if c.Ask != "" {
		if v.Asked, err = c.ask(ctx, g, s); err != nil {
			return err
		}
		v.Healthy = v.Healthy && v.Asked.Works
	}
	if err := s.Result(v, func() { c.verdict(s, v) }); err != nil {
		return err
	}
	if !v.Healthy {
		return errSaid
	}
	return nil
}

// ask writes a message with a button and waits for the click.
func (c *slackDoctorCmd) ask(ctx context.Context, g *settings, s *screen.Screen) (*notifiedView, error) {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	test := notifyTestCmd{Channel: []string{c.Ask}, Ask: true, Wait: c.Wait}
	v, err := test.write(ctx, conn, g)
	if err != nil {
		return nil, err
	}
	if !s.JSON {
		s.Line("")
		showTested(s, v)
	}
	if !v.Works {
		return &v, nil
	}
	if !s.JSON {
		s.Line("Now click “It works” there; waiting " + c.Wait.String() + " …")
	}
	v.Clicked, err = awaitClick(ctx, conn, v.Test, c.Wait)
	v.Works = v.Clicked != nil
	return &v, err
}

// showSlack writes what was found.
func showSlack(s *screen.Screen, v slackView) {
	if v.Sandbox != "" {
		s.Line("The workspace is the sandbox's, at " + v.Sandbox + "; for your own, see deploy/slack/manifest.yaml.")
	}
	s.Line("Channels: " + v.From + ".")
	s.Line("")
	for _, f := range v.Findings {
		switch f.State {
		case slackdoctor.Missing:
			s.Line(s.Paint(screen.Red, "✗ ") + f.Text)
			s.Line("  " + s.Paint(screen.Dim, "→ ") + f.Fix)
		case slackdoctor.Untried:
			s.Line("– " + f.Text)
		default:
			s.Line(s.Paint(screen.Green, "✓ ") + f.Text)
		}
	}
}

// verdict is the end: nothing is missing, or how many things are.
func (c *slackDoctorCmd) verdict(s *screen.Screen, v slackView) {
	if v.Asked != nil {
		hops(s, v, c.Ask)
	}
	s.Line("")
	wrong := 0
	for _, f := range v.Findings {
		if f.Wrong() {
			wrong++
		}
	}
	switch {
	case wrong > 0:
		s.Line(s.Paint(screen.Red, count(wrong, "thing")+" missing."))
	case !v.Healthy:
		s.Line(s.Paint(screen.Red, "Something is missing: see above."))
	default:
		s.Line(s.Paint(screen.Green, "Nothing is missing."))
	}
}

// hops says how far the message and the click came.
func hops(s *screen.Screen, v slackView, channel string) {
	if len(v.Asked.Channels) > 0 && v.Asked.Channels[0].Error != "" {
		s.Line("  The hop that failed: from the notifier to Slack. It did not take the message in " + channel + ".")
		return
	}
	if c := v.Asked.Clicked; c != nil {
		s.Line(s.Paint(screen.Green, "✓ ") + fmt.Sprintf("every hop works: %s clicked, and the notifier handled it %.1f s after Slack told of it", c.By, c.HandledAfterSeconds))
		return
	}
	socket := slices.ContainsFunc(v.Findings, func(f slackdoctor.Finding) bool { return f.About == "app_token" })
	s.Line(s.Paint(screen.Red, "✗ ") + "the message is there, and no click came through. If somebody did click, the hop that failed is from Slack to the notifier:")
	if socket {
		s.Line("  " + s.Paint(screen.Dim, "→ ") + "is SLACK_APP_TOKEN of the same app as SLACK_BOT_TOKEN, with Interactivity and Socket Mode on? Does the notifier's log say “slack socket mode is connected”?")
		return
	}
	s.Line("  " + s.Paint(screen.Dim, "→ ") + "a warning sign beside the button: Slack does not reach the Request URL (Interactivity & Shortcuts). It must lead to the notifier's /slack/interactions from outside;")
	s.Line("    a refused signature is in the notifier's log and in notifier_refused_total{reason=\"bad_signature\"}: the signing secret is another app's")
}
