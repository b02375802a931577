package preview

import (
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/nearest"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/chat/alertmanager"
	"github.com/parley-ops/parley/services/notifier/internal/chat/discord"
	"github.com/parley-ops/parley/services/notifier/internal/chat/googlechat"
	"github.com/parley-ops/parley/services/notifier/internal/chat/mail"
	"github.com/parley-ops/parley/services/notifier/internal/chat/mattermost"
	"github.com/parley-ops/parley/services/notifier/internal/chat/opsgenie"
	"github.com/parley-ops/parley/services/notifier/internal/chat/pagerduty"
	"github.com/parley-ops/parley/services/notifier/internal/chat/shoutrrr"
	"github.com/parley-ops/parley/services/notifier/internal/chat/slack"
	"github.com/parley-ops/parley/services/notifier/internal/chat/sns"
	"github.com/parley-ops/parley/services/notifier/internal/chat/teams"
	"github.com/parley-ops/parley/services/notifier/internal/chat/webhook"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/seal"
	"github.com/parley-ops/parley/services/notifier/internal/wording"
)

// Request is what to show.
type Request struct {
	Incident *eventv1.IncidentChanged
	// Channel by its name as routed.
	Channel string
	// Actions are those offered, by name: what buttons stand for.
	Actions map[string]*eventv1.ActionDocument
	// TemplatesFile names the templates file in errors, Templates is what it says.
	TemplatesFile string
	Templates     []byte
	// PNG is the chart, and Alt its text; nil: none.
	PNG []byte
	Alt string
	// Kinds of chat to show; none: all of them.
	Kinds []string
}

// Shown is what would be sent.
type Shown struct {
	// Summary is the notification's text, Text the whole message without markup.
	Summary, Text string
	Files         []File
}

// File is one chat's message.
type File struct {
	Kind, Name string
	Data       []byte
}

// kind is how one kind of chat is shown.
type kind struct {
	name, file string
	show       func(chat.Told) ([]byte, error)
}

func kinds() []kind {
	format := func(f webhook.Format) func(chat.Told) ([]byte, error) {
		return func(t chat.Told) ([]byte, error) { return webhook.Preview(t, f) }
	}
	return []kind{
		{"slack", "slack.json", slack.Preview}, {"mattermost", "mattermost.json", mattermost.Preview}, {"teams", "teams.json", teams.Preview},
		{"discord", "discord.json", discord.Preview}, {"googlechat", "googlechat.json", googlechat.Preview}, {"mail", "mail.eml", mail.Preview},
		{"pagerduty", "pagerduty.json", pagerduty.Preview}, {"opsgenie", "opsgenie.json", opsgenie.Preview}, {"sns", "sns.json", sns.Preview},
		{"alertmanager", "alertmanager.json", alertmanager.Preview}, {"shoutrrr", "shoutrrr.txt", shoutrrr.Preview},
		{"webhook", "webhook.json", format(webhook.JSON)}, {"webhook", "webhook.xml", format(webhook.XML)},
	}
}

// Kinds returns the kinds of chat, each once.
func Kinds() []string {
	var out []string
	for _, k := range kinds() {
		out = append(out, k.name)
	}
	return slices.Compact(out)
}

// Show returns what would be sent now.
func Show(r Request) (Shown, error) {
	for _, k := range r.Kinds {
		if !slices.Contains(Kinds(), k) {
			near := nearest.To(k, Kinds())
			if near != "" {
				near = fmt.Sprintf(" (did you mean %s?)", near)
			}
			return Shown{}, fmt.Errorf("there is no kind of chat %q%s; there are %s", k, near, strings.Join(Kinds(), ", "))
		}
	}
	words, err := wording.Parse(r.TemplatesFile, r.Templates)
	if err != nil {
		return Shown{}, err
	}
	rec := record.New(r.Incident.GetId())
	rec.Apply(r.Incident)
	if r.PNG != nil {
		rec.Chart = &record.Chart{Version: r.Incident.GetVersion(), File: pictureFile, Alt: r.Alt}
	}
	// The key signs nothing that anybody could use: no notifier has it.
	v := message.View{Actions: r.Actions, Key: make(seal.Key, 32), Channel: r.Channel, Now: time.Now(), Words: words.Words(rec, r.Channel)}
	c := message.Incident(rec, rec.Place(r.Channel), v)
	for i, part := range c.Parts {
		if image, ok := part.(chat.Image); ok {
			image.PNG = r.PNG
			c.Parts[i] = image
		}
	}
	event := chat.Opened
	if !rec.Open() {
		event = chat.Ended
	}
	told := chat.Told{Event: event, ChannelID: strings.TrimPrefix(r.Channel, "#"), Key: chat.Key{Incident: rec.ID, Part: record.RootPart}, Content: c, ID: rec.ID + "/root/" + string(event)}
	out := Shown{Summary: c.Text, Text: plain.Text(c, 20_000)}
	for _, k := range kinds() {
		if len(r.Kinds) > 0 && !slices.Contains(r.Kinds, k.name) {
			continue
		}
		data, err := k.show(told)
		if err != nil {
			return Shown{}, fmt.Errorf("%s: %w", k.name, err)
		}
		if data != nil {
			out.Files = append(out.Files, File{k.name, k.file, data})
		}
	}
	return out, nil
}

// pictureFile stands for the id that Slack gives a picture.
const pictureFile = "F00PREVIEW"
