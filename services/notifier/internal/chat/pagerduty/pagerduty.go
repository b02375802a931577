package pagerduty

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
)

// Backend sends events.
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
	if err := c.check(); err != nil {
		return nil, err
	}
	return &Backend{name: cmp.Or(d.Name, "pagerduty"), cfg: c, caller: api.New(d.HTTP, c.secrets()...)}, nil
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
	key, err := b.cfg.Channels.Get(t.ChannelID)
	if err != nil {
		return err
	}
	e, ok := eventOf(t)
	if !ok {
		return nil
	}
	e.RoutingKey = key.Reveal()
	body, err := b.caller.JSON(ctx, http.MethodPost, e.Action, b.cfg.URL, e, nil)
	if errors.Is(err, chat.ErrRefused) && strings.Contains(string(body), "routing_key") {
		return fmt.Errorf("the integration key of channel #%s is refused: %w", t.ChannelID, chat.ErrSetup)
	}
	return err
}

// The limits of the Events API v2.
const (
	maxDedup   = 255
	maxSummary = 1024
	maxLinks   = 10
	maxDetails = 60
	maxDetail  = 1000
)

// event is a request of the Events API v2.
type event struct {
	RoutingKey string   `json:"routing_key"`
	Action     string   `json:"event_action"`
	DedupKey   string   `json:"dedup_key"`
	Payload    *payload `json:"payload,omitempty"`
	Links      []link   `json:"links,omitempty"`
	Client     string   `json:"client,omitempty"`
}

type payload struct {
	Summary   string            `json:"summary"`
	Source    string            `json:"source"`
	Severity  string            `json:"severity"`
	Timestamp string            `json:"timestamp,omitempty"`
	Group     string            `json:"group,omitempty"`
	Class     string            `json:"class,omitempty"`
	Details   map[string]string `json:"custom_details,omitempty"`
}

type link struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

// eventOf returns the event that tells t; false if it is none.
func eventOf(t chat.Told) (event, bool) {
	a := t.Content.About
	if a == nil || t.Event == chat.Noted || t.Event == chat.Pictured {
		return event{}, false
	}
	e := event{Action: "trigger", DedupKey: t.Key.Incident, Client: "Parley"}
	if len(e.DedupKey) > maxDedup || plain.Clean(e.DedupKey) != e.DedupKey {
		sum := sha256.Sum256([]byte(t.Key.Incident))
		e.DedupKey = hex.EncodeToString(sum[:])
	}
	switch a.State {
	case chat.Resolved:
		e.Action = "resolve"
		return e, true
	case chat.Acknowledged:
		e.Action = "acknowledge"
		return e, true
	}
	e.Payload = &payload{Summary: plain.Cut(plain.Clean(plain.Or(a.Finding, t.Content.Text, a.Policy, "incident")), maxSummary), Source: source(a), Severity: severity(a.Severity),
		Group: clip(a.Team), Class: clip(a.Policy), Details: details(t.Content)}
	if !a.Began.IsZero() {
		e.Payload.Timestamp = a.Began.UTC().Format(time.RFC3339)
	}
	for _, l := range plain.Links(t.Content, maxLinks) {
		e.Links = append(e.Links, link{Href: l.URL, Text: l.Text})
	}
	return e, true
}

// severity maps ours to one that PagerDuty knows.
func severity(s string) string {
	switch s {
	case "critical", "warning", "info":
		return s
	}
	return "error"
}

func clip(s string) string { return strings.TrimSpace(plain.Cut(plain.Clean(s), 200)) }

// sources are the labels that name what is affected, the best first.
var sources = []string{"instance", "host", "instance_id", "pod", "service", "resource"}

// source is what is affected, in PagerDuty's sense: a host or a service.
func source(a *chat.About) string {
	for _, name := range sources {
		for _, l := range a.Labels {
			if v := clip(l.Value); l.Name == name && v != "" {
				return v
			}
		}
	}
	for _, l := range a.Labels {
		if v := clip(l.Value); v != "" {
			return v
		}
	}
	return cmp.Or(clip(a.Policy), "parley")
}

// details are the incident's labels, and the message as text.
func details(c chat.Content) map[string]string {
	out := map[string]string{"message": plain.Text(c, 8*maxDetail), "incident": clip(c.About.ID)}
	for _, l := range c.About.Labels {
		if len(out) == maxDetails {
			break
		}
		if name := clip(l.Name); name != "" {
			out["label "+name] = plain.Cut(plain.Clean(l.Value), maxDetail)
		}
	}
	return out
}
