package slackdoctor

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	slackgo "github.com/slack-go/slack"
)

// mode finds out whether clicks and commands can be heard.
func (d *doctor) mode(ctx context.Context) {
	socket, signed := d.Config.AppToken != "", d.Config.SigningSecret != ""
	switch {
	case socket:
		d.say("mode", "", OK, "clicks come by Socket Mode", "")
		d.socket(ctx)
	case signed:
		d.say("mode", "", OK, "clicks come by HTTP mode", "")
	default:
		d.say("mode", "", Missing, "neither an app token nor a signing secret is given: messages go out, but no click and no /parley is heard",
			"for Socket Mode: Basic Information → App-Level Tokens → Generate, with connections:write, into SLACK_APP_TOKEN; for HTTP mode the Signing Secret there into SLACK_SIGNING_SECRET")
	}
	if signed {
		d.secret(ctx, socket)
	}
}

// socket asks for the address of a socket, and does not connect.
func (d *doctor) socket(ctx context.Context) {
	_, _, err := d.api.StartSocketModeContext(ctx)
	if err == nil {
		d.say("app_token", "", OK, "the app token opens a socket", "")
		return
	}
	fix := "in api.slack.com/apps → your app → Basic Information → App-Level Tokens: generate one with connections:write, into SLACK_APP_TOKEN (xapp-…)"
	var answer slackgo.SlackErrorResponse
	if errors.As(err, &answer) && (answer.Err == "not_allowed_token_type" || strings.Contains(answer.Err, "socket_mode")) {
		fix = "in api.slack.com/apps → your app → Socket Mode: enable it; an app from deploy/slack/manifest.yaml has it"
	}
	d.say("app_token", "", Missing, "the app token opens no socket: "+d.reason(err), cmp.Or(busy(err), fix))
}

// secret sends the notifier a request as Slack does when it verifies an address,
// signed with this signing secret. spare: it listens by Socket Mode and needs none.
func (d *doctor) secret(ctx context.Context, spare bool) {
	if d.Endpoint == "" {
		return
	}
	challenge := rand.Text()
	body, _ := json.Marshal(map[string]string{"type": "url_verification", "challenge": challenge}) // always marshals
	status, answer, err := d.signed(ctx, body)
	at := strings.TrimSuffix(d.Endpoint, "/")
	switch {
	case err != nil && spare:
		d.say("signing_secret", "", Untried, "the signing secret is not needed by Socket Mode, and the notifier is not reached at "+at+" to try it", "")
	case err != nil:
		d.say("signing_secret", "", Missing, "the notifier's endpoint is not reached at "+at+": "+d.reason(err),
			"start the notifier with SLACK_SIGNING_SECRET and --notifier-listen; if it listens elsewhere, say so with --notifier-url")
	case status == http.StatusOK && strings.Contains(answer, challenge):
		d.say("signing_secret", "", OK, "the notifier takes what is signed with this signing secret", "")
	case status == http.StatusUnauthorized:
		d.say("signing_secret", "", Missing, "the notifier refuses what is signed with this signing secret: it has another one, or its clock is off",
			"in api.slack.com/apps → your app → Basic Information → Signing Secret: copy it into SLACK_SIGNING_SECRET of the notifier, and start that again")
	default:
		d.say("signing_secret", "", Missing, fmt.Sprintf("what answers at %s is not the notifier's endpoint, or something stands before it: HTTP %d", at, status),
			"let /slack/interactions, /slack/commands and /slack/events through to the notifier, unchanged: no log-in, no rewriting; or say with --notifier-url where it listens")
	}
}

// signed sends a body to the endpoint with Slack's signature.
func (d *doctor) signed(ctx context.Context, body []byte) (status int, answer string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(d.Endpoint, "/")+"/slack/events", bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(d.Config.SigningSecret.Reveal()))
	fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	client := &http.Client{Transport: d.heard.next, Timeout: callTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	data, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	return resp.StatusCode, string(data), nil
}
