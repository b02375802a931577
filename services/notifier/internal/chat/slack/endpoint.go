package slack

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

const (
	maxBody = 1 << 20
	// window is how far a request's time may be off; no replay older than it
	// passes the signature's check.
	window = 5 * time.Minute
)

// Handler implements chat.Endpoint: Slack's HTTP mode.
func (b *Backend) Handler(sink chat.Sink) http.Handler {
	if b.cfg.SigningSecret == "" {
		return nil
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /slack/interactions", b.verified(func(w http.ResponseWriter, r *http.Request, body []byte) {
		form, err := url.ParseQuery(string(body))
		var c slack.InteractionCallback
		if err != nil || json.Unmarshal([]byte(form.Get("payload")), &c) != nil {
			b.refuse(w, r, "malformed", http.StatusBadRequest)
			return
		}
		if err := take(r.Context(), sink, interaction(&c)...); err != nil {
			if answer := objection(&c, err); answer != nil {
				w.Header().Set("Content-Type", "application/json")
				_ = json.NewEncoder(w).Encode(answer)
				return
			}
			b.log.Warn("click not taken", "err", err)
			acknowledge(w)
			b.sorry(context.WithoutCancel(r.Context()), &c)
			return
		}
		w.WriteHeader(http.StatusOK)
	}))
	mux.HandleFunc("POST /slack/commands", b.verified(func(w http.ResponseWriter, r *http.Request, body []byte) {
		form, err := url.ParseQuery(string(body))
		if err != nil || form.Get("command") == "" {
			b.refuse(w, r, "malformed", http.StatusBadRequest)
			return
		}
		c := slack.SlashCommand{TeamID: form.Get("team_id"), ChannelID: form.Get("channel_id"), UserID: form.Get("user_id"),
			UserName: form.Get("user_name"), Command: form.Get("command"), Text: form.Get("text"),
			ResponseURL: form.Get("response_url"), TriggerID: form.Get("trigger_id")}
		if err := take(r.Context(), sink, command(c)); err != nil {
			b.log.Warn("slash command not taken", "err", err)
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]string{"response_type": "ephemeral", "text": notTaken})
			return
		}
		w.WriteHeader(http.StatusOK)
	}))
	mux.HandleFunc("POST /slack/events", b.verified(func(w http.ResponseWriter, r *http.Request, body []byte) {
		var e struct{ Type, Challenge string }
		if json.Unmarshal(body, &e) == nil && e.Type == "url_verification" {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]string{"challenge": e.Challenge})
			return
		}
		if event, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken()); err == nil {
			if in := opened(&event); in != nil {
				if err := take(r.Context(), sink, in); err != nil {
					b.log.Warn("opened home not taken: Slack tells of it again", "err", err)
					http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
					return
				}
			}
		}
		w.WriteHeader(http.StatusOK) // nothing else is subscribed to; saying no would only make Slack repeat
	}))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { b.refuse(w, r, "unknown_path", http.StatusNotFound) })
	return mux
}

// acknowledge answers at once, before the handler returns: Slack waits for three
// seconds, and telling a person may take longer.
func acknowledge(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush() // without it the answer comes when the handler returns
}

// verified lets through what Slack signed, lately, for the first time.
func (b *Backend) verified(next func(http.ResponseWriter, *http.Request, []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			b.refuse(w, r, "too_large", http.StatusRequestEntityTooLarge)
			return
		}
		v, err := slack.NewSecretsVerifier(r.Header, b.cfg.SigningSecret.Reveal())
		switch {
		case errors.Is(err, slack.ErrMissingHeaders):
			b.refuse(w, r, "unsigned", http.StatusUnauthorized)
			return
		case errors.Is(err, slack.ErrExpiredTimestamp):
			b.refuse(w, r, "old", http.StatusUnauthorized)
			return
		case err != nil:
			b.refuse(w, r, "bad_signature", http.StatusUnauthorized)
			return
		}
		_, _ = v.Write(body)
		if v.Ensure() != nil {
			b.refuse(w, r, "bad_signature", http.StatusUnauthorized)
			return
		}
		if !b.seen.first(r.Header.Get("X-Slack-Signature"), time.Now()) {
			b.refuse(w, r, "replayed", http.StatusConflict)
			return
		}
		next(w, r, body)
	}
}

// refuse answers, logs and counts. What is wrong is told to the log, not to
// the one who asked.
func (b *Backend) refuse(w http.ResponseWriter, r *http.Request, why string, status int) {
	b.met.refused.WithLabelValues(why).Inc()
	b.log.Warn("request to the slack endpoint refused", "reason", why, "path", cut(clean(r.URL.Path), 100), "from", r.RemoteAddr)
	http.Error(w, http.StatusText(status), status)
}

// seenRequests remembers signatures for as long as they could pass again.
type seenRequests struct {
	mu    sync.Mutex
	until map[[sha256.Size]byte]time.Time
	swept time.Time
}

// first reports whether this signature is new, and remembers it. Slack signs
// its own retries anew, so that they are new.
func (s *seenRequests) first(signature string, now time.Time) bool {
	key := sha256.Sum256([]byte(signature))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.until == nil {
		s.until = map[[sha256.Size]byte]time.Time{}
	}
	if now.Sub(s.swept) > time.Minute {
		s.swept = now
		for k, t := range s.until {
			if now.After(t) {
				delete(s.until, k)
			}
		}
	}
	if _, ok := s.until[key]; ok {
		return false
	}
	s.until[key] = now.Add(2*window + time.Minute)
	return true
}
