package mattermost

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
)

// maxBody bounds a request, in bytes.
const maxBody = 256 << 10

// askedFor is how long the answer to a dialog counts.
const askedFor = 5 * time.Minute

// takeWithin is how long a click may take to be stored: a person waits for it.
const takeWithin = 2 * time.Second

// clicked is what the server says of a click.
type clicked struct {
	UserID    string       `json:"user_id"`
	UserName  string       `json:"user_name"`
	ChannelID string       `json:"channel_id"`
	PostID    string       `json:"post_id"`
	TriggerID string       `json:"trigger_id"`
	Context   clickContext `json:"context"`
}

// asked is a dialog's state: the click that it asks about.
type asked struct {
	Action, Value, Channel, Post, User, Name, Until, Token string
}

// Handler implements chat.Endpoint: nil without actions_url.
func (b *Backend) Handler(sink chat.Sink) http.Handler {
	if b.cfg.Actions == "" {
		return nil
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /click", func(w http.ResponseWriter, r *http.Request) { b.click(w, r, sink) })
	mux.HandleFunc("POST /dialog", func(w http.ResponseWriter, r *http.Request) { b.dialog(w, r, sink) })
	return mux
}

func (b *Backend) click(w http.ResponseWriter, r *http.Request, sink chat.Sink) {
	var c clicked
	if !read(w, r, &c) {
		return
	}
	x := c.Context
	want := b.token(c.ChannelID, x.Action, append([]string{x.Value}, x.Values...)...)
	if !hmac.Equal([]byte(x.Token), []byte(want)) || !idLike(c.UserID) || !idLike(c.PostID) {
		b.refuse(w, "a click without a token of ours")
		return
	}
	value := x.Value
	if len(x.Values) > 0 {
		i, err := strconv.Atoi(x.Selected)
		if err != nil || i < 0 || i >= len(x.Values) {
			b.refuse(w, "a choice that is not in the menu")
			return
		}
		value = x.Values[i]
	}
	if x.Confirm != nil {
		b.ask(w, r, c, value)
		return
	}
	b.take(w, r, sink, asked{Action: x.Action, Value: value, Channel: c.ChannelID, Post: c.PostID, User: c.UserID, Name: c.UserName}, c.TriggerID)
}

// ask opens the dialog in which the person says that they mean it.
func (b *Backend) ask(w http.ResponseWriter, r *http.Request, c clicked, value string) {
	q := c.Context.Confirm
	a := asked{Action: c.Context.Action, Value: value, Channel: c.ChannelID, Post: c.PostID, User: c.UserID, Name: c.UserName, Until: strconv.FormatInt(time.Now().Add(askedFor).Unix(), 10)}
	a.Token = b.sealed(a)
	state, err := json.Marshal(a)
	if err == nil {
		err = b.call(r.Context(), http.MethodPost, "/actions/dialogs/open", map[string]any{"trigger_id": c.TriggerID, "url": strings.TrimSuffix(b.cfg.Actions, "/") + "/dialog",
			"dialog": map[string]any{"callback_id": "parley", "title": plain.Cut(plain.Or(plain.Clean(q.Title), "Sure?"), 24), "introduction_text": plain.Cut(plain.Clean(q.Text), 500),
				"submit_label": plain.Cut(plain.Or(plain.Clean(q.Yes), "Yes"), 24), "state": string(state), "elements": []any{}}}, nil)
	}
	if err != nil {
		b.log.Warn("dialog not opened", "err", err)
		answer(w, map[string]any{"ephemeral_text": "Nothing was done: the question whether you are sure could not be asked. Please try again."})
		return
	}
	answer(w, map[string]any{})
}

func (b *Backend) sealed(a asked) string {
	return b.token(a.Channel, "dialog "+a.Action, a.Value, a.Post, a.User, a.Name, a.Until)
}

func (b *Backend) dialog(w http.ResponseWriter, r *http.Request, sink chat.Sink) {
	var d struct {
		UserID    string `json:"user_id"`
		State     string `json:"state"`
		Cancelled bool   `json:"cancelled"`
	}
	var a asked
	if !read(w, r, &d) {
		return
	}
	if json.Unmarshal([]byte(d.State), &a) != nil || !hmac.Equal([]byte(a.Token), []byte(b.sealed(a))) || a.User != d.UserID {
		b.refuse(w, "an answer to a dialog that was not asked of this person")
		return
	}
	until, err := strconv.ParseInt(a.Until, 10, 64)
	switch {
	case d.Cancelled:
		answer(w, map[string]any{})
	case err != nil || time.Now().Unix() > until:
		answer(w, map[string]any{"error": "This was asked too long ago. Nothing was done; please press the button again."})
	default:
		b.take(w, r, sink, a, a.Until)
	}
}

// take hands a click on. once names the click, so that one that comes twice
// counts once.
func (b *Backend) take(w http.ResponseWriter, r *http.Request, sink chat.Sink, a asked, once string) {
	sum := sha256.Sum256([]byte(b.token(a.Channel, "id "+a.Action, a.Value, a.Post, a.User, once)))
	in := &eventv1.Inbound{Id: "mattermost/" + hex.EncodeToString(sum[:12]), Backend: b.name, At: timestamppb.Now(), Person: &eventv1.Person{Id: a.User, Name: a.Name},
		What: &eventv1.Inbound_Click{Click: &eventv1.Click{ChannelId: a.Channel, MessageTs: a.Post, ActionId: a.Action, Value: a.Value, TriggerId: once}}}
	ctx, cancel := context.WithTimeout(r.Context(), takeWithin)
	defer cancel()
	if err := sink(ctx, in); err != nil {
		b.log.Warn("click not taken", "err", err)
		answer(w, map[string]any{"ephemeral_text": "Parley could not take that just now. Nothing was done; please try again.", "error": "Parley could not take that just now. Please try again."})
		return
	}
	answer(w, map[string]any{})
}

func (b *Backend) refuse(w http.ResponseWriter, why string) {
	b.log.Warn("refused a request to the chat's endpoint", "err", why)
	http.Error(w, "not one of ours", http.StatusForbidden)
}

func read(w http.ResponseWriter, r *http.Request, into any) bool {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil || json.Unmarshal(data, into) != nil {
		http.Error(w, "want JSON", http.StatusBadRequest)
		return false
	}
	return true
}

func answer(w http.ResponseWriter, v map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
