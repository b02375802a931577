package slack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// fault translates an error of slack-go into those of package chat, and takes
// out of its text what is secret. nil stays nil.
func (b *Backend) fault(method string, err error) error {
	if err == nil {
		b.met.calls.WithLabelValues(method, "ok").Inc()
		return nil
	}
	out, result := b.translate(err)
	b.met.calls.WithLabelValues(method, result).Inc()
	return fmt.Errorf("%s: %w", method, out)
}

func (b *Backend) translate(err error) (_ error, result string) {
	var limited *slack.RateLimitedError
	var answer slack.SlackErrorResponse
	var status slack.StatusCodeError
	switch {
	case errors.As(err, &limited):
		return &chat.RateLimited{After: max(limited.RetryAfter, time.Second)}, "limited"
	case errors.As(err, &answer):
		return b.refusal(answer)
	case errors.As(err, &status):
		if status.Code >= 400 && status.Code < 500 {
			return &scrubbed{b.scrub(err.Error()), chat.ErrRefused}, "refused"
		}
		return chat.MarkUnsure(&scrubbed{b.scrub(err.Error()), nil}), "failed"
	case errors.Is(err, context.Canceled):
		return chat.MarkUnsure(&scrubbed{"stopped", context.Canceled}), "failed"
	case notSent(err):
		return &scrubbed{b.scrub(reason(err)), nil}, "failed"
	}
	return chat.MarkUnsure(&scrubbed{b.scrub(reason(err)), nil}), "failed"
}

// refusal translates {"ok":false,"error":…}.
func (b *Backend) refusal(a slack.SlackErrorResponse) (error, string) {
	text := a.Err
	for _, m := range a.ResponseMetadata.Messages {
		text += "; " + m
	}
	for _, e := range a.Errors {
		if e.Message != nil {
			text += "; " + *e.Message
		}
	}
	if a.Needed != "" {
		text += "; needs the scope " + a.Needed
	}
	kind := error(nil)
	switch a.Err {
	case "channel_not_found", "not_in_channel", "is_archived", "restricted_action", "method_not_supported_for_channel_type":
		kind = chat.ErrNoChannel
	case "message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed":
		kind = chat.ErrGone
	case "invalid_blocks", "invalid_blocks_format", "invalid_attachments", "msg_too_long", "no_text", "metadata_too_large",
		"invalid_metadata_format", "invalid_arguments", "invalid_args", "msg_blocks_too_long", "msg_too_many_blocks":
		kind = chat.ErrRefused
		if strings.Contains(text, "slack file") || strings.Contains(text, "slack_file") {
			kind = chat.ErrPicture
		}
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope", "not_allowed_token_type":
		kind = chat.ErrSetup
	case "ratelimited", "rate_limited":
		return &chat.RateLimited{After: time.Second}, "limited"
	case "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org":
		return chat.MarkUnsure(&scrubbed{b.scrub(text), nil}), "failed"
	}
	return &scrubbed{b.scrub(text), kind}, "refused"
}

// scrubbed is an error whose text is safe to log; of its cause only the kind
// is kept.
type scrubbed struct {
	text string
	kind error
}

func (e *scrubbed) Error() string { return e.text }
func (e *scrubbed) Unwrap() error { return e.kind }

// scrub removes every secret from a text.
func (b *Backend) scrub(s string) string {
	for _, secret := range []string{b.cfg.BotToken.Reveal(), b.cfg.AppToken.Reveal(), b.cfg.SigningSecret.Reveal()} {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "***")
			s = strings.ReplaceAll(s, url.QueryEscape(secret), "***")
		}
	}
	return s
}

// reason is an error's text without the URL, whose path may be secret.
func reason(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		host := ""
		if parsed, bad := url.Parse(u.URL); bad == nil {
			host = parsed.Host
		}
		return fmt.Sprintf("%s %s: %v", strings.ToLower(u.Op), host, u.Err)
	}
	return err.Error()
}

// notSent reports whether the request certainly did not get there.
func notSent(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &dns) || errors.As(err, &op) && op.Op == "dial"
}

func more(n int) string { return fmt.Sprintf("… and %d more", n) }
