package slackdoctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/notifier/internal/chat/slack"
)

// Config is how the notifier reaches Slack, from the same flags and environment.
type Config = slack.Config

// Defaults returns the config of the sandbox.
func Defaults() Config { return slack.Defaults() }

// State is how it is with what was looked at.
type State string

// The states.
const (
	OK      State = "ok"
	Missing State = "missing"
	// Untried: it could not be found out, for a reason that is no fault.
	Untried State = "untried"
)

// Finding is one thing that was looked at.
type Finding struct {
	// About is bot_token, scope, mode, app_token, signing_secret, clock, channel or files.
	About string `json:"about"`
	// What it is in particular: a scope's or a channel's name.
	What  string `json:"what,omitempty"`
	State State  `json:"state"`
	Text  string `json:"text"`
	// Fix says what to do; empty when nothing is to be done.
	Fix string `json:"fix,omitempty"`
}

// Wrong reports whether somebody has to do something.
func (f Finding) Wrong() bool { return f.State == Missing }

// Channel is one that is to be told, and who says so.
type Channel struct{ Name, For string }

// Request is what to look at.
type Request struct {
	Config   Config
	Channels []Channel
	// Endpoint is where the notifier listens for HTTP mode.
	Endpoint string
	// Client carries the requests; nil is the usual one.
	Client *http.Client
}

// callTimeout bounds each request.
const callTimeout = 10 * time.Second

// doctor is one look.
type doctor struct {
	Request
	api   *slackgo.Client
	heard *heard
	bot   string // its name in the workspace
	found []Finding
}

// Check looks. Sandbox says where the local sandbox is, if it is that.
func Check(ctx context.Context, r Request) (found []Finding, sandbox string, err error) {
	if r.Config.BotToken == "" {
		sandbox = r.Config.SandboxURL
		if r.Config.APIURL != "" {
			sandbox = r.Config.APIURL
		}
	}
	if r.Config, err = r.Config.Resolved(); err != nil {
		return nil, sandbox, err
	}
	d := &doctor{Request: r, heard: &heard{next: http.DefaultTransport}}
	if r.Client != nil && r.Client.Transport != nil {
		d.heard.next = r.Client.Transport
	}
	client := &http.Client{Transport: d.heard, Timeout: callTimeout}
	d.api = slackgo.New(r.Config.BotToken.Reveal(), slackgo.OptionAPIURL(r.Config.APIURL), slackgo.OptionHTTPClient(client), slackgo.OptionAppLevelToken(r.Config.AppToken.Reveal()))
	if d.token(ctx) {
		d.scopes()
		d.clock()
		d.channels(ctx)
		d.files(ctx)
	}
	d.mode(ctx)
	return d.found, sandbox, nil
}

func (d *doctor) say(about, what string, state State, text, fix string) {
	d.found = append(d.found, Finding{About: about, What: what, State: state, Text: text, Fix: fix})
}

// token finds out whose the bot token is.
func (d *doctor) token(ctx context.Context) bool {
	a, err := d.api.AuthTestContext(ctx)
	if err == nil {
		d.bot = a.User
		d.say("bot_token", "", OK, fmt.Sprintf("the bot token is %s's, in the workspace %s (%s)", a.User, a.Team, a.URL), "")
		return true
	}
	fix := "in api.slack.com/apps → your app → OAuth & Permissions: copy the Bot User OAuth Token (xoxb-…) into SLACK_BOT_TOKEN"
	var answer slackgo.SlackErrorResponse
	switch {
	case !errors.As(err, &answer):
		fix = "Slack must be reachable at " + host(d.Config.APIURL) + " (SLACK_API_URL), also through a proxy (HTTPS_PROXY)"
	case answer.Err == "account_inactive", answer.Err == "token_revoked":
		fix = "the app was removed from the workspace: install it again (OAuth & Permissions → Install), and copy the new token into SLACK_BOT_TOKEN"
	}
	if later := busy(err); later != "" {
		d.say("bot_token", "", Missing, "the bot token could not be tried: "+d.reason(err), later)
		return false
	}
	d.say("bot_token", "", Missing, "the bot token is not taken: "+d.reason(err), fix)
	return false
}

// scopes compares the token's with those that the code needs.
func (d *doctor) scopes() {
	given, ok := d.heard.scopes()
	if !ok {
		d.say("scope", "", Untried, "Slack did not say which scopes the token has", "")
		return
	}
	fine := 0
	for _, s := range slack.Scopes() {
		if slices.Contains(given, s.Name) {
			fine++
			continue
		}
		d.say("scope", s.Name, Missing, "the scope "+s.Name+" is missing: "+s.For,
			"in api.slack.com/apps → your app → OAuth & Permissions → Bot Token Scopes: add "+s.Name+", then Reinstall; or update the app from deploy/slack/manifest.yaml")
	}
	if fine == len(slack.Scopes()) {
		d.say("scope", "", OK, fmt.Sprintf("all %d scopes are there", fine), "")
	}
}

// has reports whether the token has a scope, as far as Slack says.
func (d *doctor) has(name string) bool {
	given, ok := d.heard.scopes()
	return !ok || slices.Contains(given, name)
}

// skew is how far clocks may differ before it is said. Slack's signatures hold
// for five minutes.
const skew = time.Minute

func (d *doctor) clock() {
	at, ok := d.heard.clock()
	if !ok {
		return
	}
	if off := time.Since(at); off > skew || off < -skew {
		d.say("clock", "", Missing, fmt.Sprintf("this machine's clock is %s off Slack's: signed requests are refused from five minutes on", off.Round(time.Second)),
			"set the clock by NTP (timedatectl set-ntp true)")
		return
	}
	d.say("clock", "", OK, "the clocks agree", "")
}

// files finds out whether a chart could be uploaded: it asks for an address and
// sends nothing there, so that there is no file.
func (d *doctor) files(ctx context.Context) {
	if !d.has("files:write") || !d.has("files:read") {
		return // said already
	}
	_, err := d.api.GetUploadURLExternalContext(ctx, slackgo.GetUploadURLExternalParameters{FileName: "parley-doctor.png", FileSize: 1})
	if err != nil {
		d.say("files", "", Missing, "a chart cannot be uploaded: "+d.reason(err), cmp.Or(busy(err), "the workspace's admin may have switched file uploads off; messages come without charts until then"))
		return
	}
	d.say("files", "", OK, "charts can be uploaded", "")
}

// busy says what to do about a fault of Slack's own; "" if err is none.
func busy(err error) string {
	var limited *slackgo.RateLimitedError
	var status slackgo.StatusCodeError
	switch {
	case errors.As(err, &limited):
		return fmt.Sprintf("Slack wants a pause: try again in %s", max(time.Second, limited.RetryAfter))
	case errors.As(err, &status) && status.Code >= 500:
		return "a fault of Slack's own (slack-status.com): try again in a minute"
	}
	return ""
}

// reason is an error's text without secrets.
func (d *doctor) reason(err error) string {
	text := err.Error()
	var u *url.Error
	if errors.As(err, &u) {
		text = host(u.URL) + ": " + u.Err.Error()
	}
	var answer slackgo.SlackErrorResponse
	if errors.As(err, &answer) && answer.Needed != "" {
		text += " (needs the scope " + answer.Needed + ")"
	}
	for _, s := range []string{d.Config.BotToken.Reveal(), d.Config.AppToken.Reveal(), d.Config.SigningSecret.Reveal()} {
		if s != "" {
			text = strings.NewReplacer(s, "***", url.QueryEscape(s), "***").Replace(text)
		}
	}
	return text
}

func host(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Host
	}
	return "its address"
}

// heard is what Slack's answers said beside what was asked.
type heard struct {
	next http.RoundTripper

	mu     sync.Mutex
	scope  *string
	at     time.Time
	spoken bool
}

// RoundTrip implements http.RoundTripper.
func (h *heard) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := h.next.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/auth.test") {
		return resp, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := resp.Header.Values("X-Oauth-Scopes"); len(s) > 0 {
		joined := strings.Join(s, ",")
		h.scope = &joined
	}
	if at, bad := http.ParseTime(resp.Header.Get("Date")); bad == nil {
		h.at, h.spoken = at, true
	}
	return resp, nil
}

func (h *heard) scopes() ([]string, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.scope == nil {
		return nil, false
	}
	return strings.FieldsFunc(*h.scope, func(r rune) bool { return r == ',' || r == ' ' }), true
}

func (h *heard) clock() (time.Time, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at, h.spoken
}
