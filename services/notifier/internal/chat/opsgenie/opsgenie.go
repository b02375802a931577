package opsgenie

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// Backend makes requests to the Alert API.
type Backend struct {
	name   string
	cfg    Config
	caller *api.Caller
}

var _ chat.Teller = (*Backend)(nil)

// New returns the backend; it does not connect yet.
func New(c Config, d chat.Deps) (chat.Backend, error) {
	b, err := open(c, d)
	if err != nil {
		return nil, err
	}
	return chat.ByTelling(b), nil
}

func open(c Config, d chat.Deps) (*Backend, error) {
	c.URL = strings.TrimRight(c.URL, "/")
	if err := c.check(); err != nil {
		return nil, err
	}
	return &Backend{name: cmp.Or(d.Name, "opsgenie"), cfg: c, caller: api.New(d.HTTP, c.Key.Reveal())}, nil
}

// Name returns the backend's name.
func (b *Backend) Name() string { return b.name }

// Channel implements chat.Teller.
func (b *Backend) Channel(_ context.Context, name string) (string, error) {
	return b.cfg.Channels.ID(name)
}

// Lists implements chat.Lister.
func (b *Backend) Lists() []string { return b.cfg.Channels.Names() }

// Tell implements chat.Teller.
func (b *Backend) Tell(ctx context.Context, t chat.Told) error {
	team, err := b.cfg.Channels.Get(t.ChannelID)
	if err != nil {
		return err
	}
	id := alias(t.Key.Incident)
	a := t.Content.About
	switch {
	case t.Event == chat.Pictured || a == nil && t.Key.Part == record.RootPart:
		return nil // no pictures there, and no alert behind a digest
	case a == nil || t.Event == chat.Noted:
		return b.call(ctx, http.MethodPost, "note", id, change{User: user, Source: source, Note: plain.Text(t.Content, maxNote)})
	case a.State == chat.Resolved:
		return b.call(ctx, http.MethodPost, "close", id, change{User: user, Source: source, Note: plain.Summary(t.Content, 1000)})
	case a.State == chat.Acknowledged:
		return b.call(ctx, http.MethodPost, "acknowledge", id, change{User: cmp.Or(plain.Cut(plain.Clean(a.AckedBy), 100), user), Source: source, Note: plain.Summary(t.Content, 1000)})
	case t.Event == chat.Changed:
		return b.call(ctx, http.MethodPut, "priority", id, map[string]string{"priority": priority(a.Severity)})
	}
	return b.call(ctx, http.MethodPost, "", "", alertOf(id, team, t.Content))
}

const (
	user   = "Parley"
	source = "Parley"
)

// paths are the last pieces of what is asked for about an alert.
var paths = map[string]string{"note": "/notes", "close": "/close", "acknowledge": "/acknowledge", "priority": "/priority"}

func (b *Backend) call(ctx context.Context, method, what, id string, body any) error {
	to := b.cfg.URL + "/v2/alerts"
	if id != "" {
		to += "/" + url.PathEscape(id) + paths[what] + "?identifierType=alias"
	}
	_, err := b.caller.JSON(ctx, method, cmp.Or(what, "create alert"), to, body, http.Header{"Authorization": {"GenieKey " + b.cfg.Key.Reveal()}})
	return err
}

// The limits of the Alert API.
const (
	maxMessage     = 130
	maxDescription = 15_000
	maxNote        = 25_000
	maxDetails     = 8_000 // of all names and values together
	maxTags        = 20
	maxTag         = 50
)

type alert struct {
	Message     string            `json:"message"`
	Alias       string            `json:"alias"`
	Description string            `json:"description,omitempty"`
	Responders  []responder       `json:"responders,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
	Details     map[string]string `json:"details,omitempty"`
	Entity      string            `json:"entity,omitempty"`
	Source      string            `json:"source"`
	Priority    string            `json:"priority"`
}

type responder struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

type change struct {
	User   string `json:"user"`
	Source string `json:"source"`
	Note   string `json:"note,omitempty"`
}

// alias is the incident's id, in signs that may stand in a path.
func alias(incident string) string {
	odd := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("-_.:", r)
	}
	if incident == "" || len(incident) > 512 || strings.Trim(incident, ".") == "" || strings.IndexFunc(incident, odd) >= 0 {
		sum := sha256.Sum256([]byte(incident))
		return hex.EncodeToString(sum[:])
	}
	return incident
}

func alertOf(id, team string, c chat.Content) alert {
	a := c.About
	out := alert{Alias: id, Message: strings.TrimSpace(plain.Cut(plain.Clean(plain.Or(a.Finding, c.Text, a.Policy, "incident")), maxMessage)), Description: plain.Text(c, maxDescription),
		Source: source, Priority: priority(a.Severity), Entity: clip(a.Policy, 512), Details: map[string]string{}}
	if team != "" {
		out.Responders = []responder{{Name: team, Type: "team"}}
	}
	for _, tag := range []string{a.Severity, a.Team, a.Policy} {
		if tag = strings.ReplaceAll(clip(tag, maxTag), ",", " "); tag != "" && len(out.Tags) < maxTags {
			out.Tags = append(out.Tags, tag)
		}
	}
	// Bytes, which are never fewer than the characters that count.
	room := maxDetails
	add := func(name, value string) {
		name, value = clip(name, 100), clip(value, 500)
		if n := len(name) + len(value); name != "" && value != "" && n <= room && out.Details[name] == "" {
			out.Details[name], room = value, room-n
		}
	}
	for _, l := range plain.Links(c, 5) {
		add(l.Text, l.URL)
	}
	for _, l := range a.Labels {
		add(l.Name, l.Value)
	}
	return out
}

func clip(s string, n int) string { return strings.TrimSpace(plain.Cut(plain.Clean(s), n)) }

// priority maps a severity to one of P1 to P5.
func priority(severity string) string {
	switch severity {
	case "critical":
		return "P1"
	case "warning":
		return "P3"
	}
	return "P5"
}
