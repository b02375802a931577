package mattermost

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/markdown"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
)

// mostText is how many characters of text a message has: servers take 16,383.
const mostText = 7000

type post struct {
	ID        string   `json:"id,omitempty"`
	ChannelID string   `json:"channel_id,omitempty"`
	RootID    string   `json:"root_id,omitempty"`
	Message   string   `json:"message"`
	FileIDs   []string `json:"file_ids,omitempty"`
	Props     props    `json:"props"`
}

type props struct {
	Attachments []attachment `json:"attachments"`
	Parley      *key         `json:"parley,omitempty"`
}

type key struct {
	Incident string `json:"incident"`
	Part     string `json:"part"`
}

type attachment struct {
	Fallback string   `json:"fallback"`
	Color    string   `json:"color,omitempty"`
	Text     string   `json:"text,omitempty"`
	Actions  []action `json:"actions,omitempty"`
}

type action struct {
	ID          string      `json:"id"`
	Type        string      `json:"type"`
	Name        string      `json:"name"`
	Style       string      `json:"style,omitempty"`
	Options     []option    `json:"options,omitempty"`
	Integration integration `json:"integration"`
}

type option struct {
	Text  string `json:"text"`
	Value string `json:"value"`
}

type integration struct {
	URL     string       `json:"url"`
	Context clickContext `json:"context"`
}

// clickContext is what the server gives back with a click, and shows nobody.
type clickContext struct {
	Action  string        `json:"action"`
	Value   string        `json:"value"`
	Values  []string      `json:"values,omitempty"` // a menu's, in the order of its options
	Confirm *chat.Confirm `json:"confirm,omitempty"`
	Token   string        `json:"token"`
	// Selected is what the server adds for a menu: an option's number.
	Selected string `json:"selected_option,omitempty"`
}

var style = markdown.Style{
	Time:   func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") },
	Person: func(string) string { return "" }, // ids are other chats'
}

// write returns the message of content.
func (b *Backend) write(c chat.Content, channelID string, k chat.Key) post {
	title := strings.TrimSpace(plain.Clean(plain.Or(c.Title, c.Text, "(no text)")))
	p := post{Message: "**" + markdown.Escape(plain.Cut(title, 500)) + "**", Props: props{Attachments: []attachment{}}}
	if k.Incident != "" {
		p.Props.Parley = &key{k.Incident, k.Part}
	}
	a := attachment{Fallback: plain.Summary(c, 500), Color: colour(c.About), Text: markdown.Text(c, style, mostText), Actions: b.actions(c, channelID)}
	var links []string
	for _, part := range c.Parts {
		if buttons, ok := part.(chat.Buttons); ok {
			for _, l := range plain.Links(chat.Content{Parts: []chat.Part{buttons}}, 10) {
				links = append(links, markdown.Link(l.Text, l.URL))
			}
		}
	}
	a.Text = strings.TrimSpace(a.Text + "\n\n" + strings.Join(links, " · "))
	if a.Text != "" || len(a.Actions) > 0 {
		p.Props.Attachments = append(p.Props.Attachments, a)
	}
	return p
}

func colour(a *chat.About) string {
	switch {
	case a == nil:
		return ""
	case a.State == chat.Resolved:
		return "#2e9e5b"
	case a.Severity == "critical":
		return "#d93025"
	case a.Severity == "warning":
		return "#e8871e"
	}
	return "#3b7dd8"
}

// actions returns the controls that act.
func (b *Backend) actions(c chat.Content, channelID string) []action {
	if b.cfg.Actions == "" {
		return nil
	}
	var out []action
	add := func(a action, x clickContext) {
		x.Token = b.token(channelID, x.Action, append([]string{x.Value}, x.Values...)...)
		a.ID, a.Integration = "a"+strconv.Itoa(len(out)), integration{strings.TrimSuffix(b.cfg.Actions, "/") + "/click", x}
		out = append(out, a)
	}
	for _, part := range c.Parts {
		buttons, _ := part.(chat.Buttons)
		for _, control := range buttons {
			switch o := control.(type) {
			case chat.Button:
				if o.URL == "" && o.ID != "" && !o.Form {
					add(action{Type: "button", Name: plain.Cut(plain.Or(plain.Clean(o.Text), "…"), 75), Style: o.Style}, clickContext{Action: o.ID, Value: o.Value, Confirm: o.Confirm})
				}
			case chat.Menu:
				a, x := action{Type: "select", Name: plain.Cut(plain.Or(plain.Clean(o.Prompt), "…"), 75)}, clickContext{Action: o.ID}
				for _, opt := range o.Options[:min(len(o.Options), 50)] {
					if opt.Form || opt.URL != "" {
						continue
					}
					a.Options = append(a.Options, option{plain.Cut(plain.Or(plain.Clean(opt.Text), "…"), 75), strconv.Itoa(len(x.Values))})
					x.Values = append(x.Values, opt.Value)
				}
				if o.ID != "" && len(a.Options) > 0 {
					add(a, x)
				}
			}
		}
	}
	return out
}

// token returns the proof that a control of ours stands in a channel. Each
// field has its length before it, so that no two controls read the same.
func (b *Backend) token(channelID, action string, values ...string) string {
	m := hmac.New(sha256.New, []byte(b.cfg.Secret.Reveal()))
	for _, f := range append([]string{"parley mattermost 1", channelID, action}, values...) {
		fmt.Fprintf(m, "%d:%s", len(f), f)
	}
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}
