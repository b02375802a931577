package webhook

import (
	"encoding/xml"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
)

// Document is what is sent, and what a template is given.
type Document struct {
	XMLName xml.Name `json:"-" xml:"parley"`
	// Event is opened, changed, resolved or note.
	Event string `json:"event" xml:"event"`
	// ID is the same whenever this very event is sent again.
	ID      string `json:"id" xml:"id"`
	Channel string `json:"channel" xml:"channel"`
	// Incident is empty for what is about none.
	Incident string `json:"incident,omitempty" xml:"incident,omitempty"`
	// State is open, acknowledged or resolved.
	State    string  `json:"state,omitempty" xml:"state,omitempty"`
	Severity string  `json:"severity,omitempty" xml:"severity,omitempty"`
	Finding  string  `json:"finding" xml:"finding"`
	Policy   string  `json:"policy,omitempty" xml:"policy,omitempty"`
	Team     string  `json:"team,omitempty" xml:"team,omitempty"`
	Labels   []Label `json:"labels,omitempty" xml:"labels>label,omitempty"`
	// Began and Ended are RFC 3339 in UTC, or empty.
	Began   string `json:"began,omitempty" xml:"began,omitempty"`
	Ended   string `json:"ended,omitempty" xml:"ended,omitempty"`
	AckedBy string `json:"acknowledged_by,omitempty" xml:"acknowledged_by,omitempty"`
	Runbook string `json:"runbook,omitempty" xml:"runbook,omitempty"`
	// Count is of how many incidents it stands for.
	Count int `json:"count,omitempty" xml:"count,omitempty"`
	// Text is the whole message without markup.
	Text  string `json:"text" xml:"text"`
	Links []Link `json:"links,omitempty" xml:"links>link,omitempty"`
}

// Label is one name and value.
type Label struct {
	Name  string `json:"name" xml:"name,attr"`
	Value string `json:"value" xml:",chardata"`
}

// Link is a page to open.
type Link struct {
	Text string `json:"text" xml:",chardata"`
	URL  string `json:"url" xml:"url,attr"`
}

const (
	// The most characters of a text, of a name or value, and labels.
	mostText   = 20_000
	mostValue  = 3_000
	mostLabels = 200
)

// document returns the document of what is to be told.
func document(t chat.Told) Document {
	c := t.Content
	d := Document{Event: string(t.Event), ID: t.ID, Channel: t.ChannelID, Incident: t.Key.Incident, Finding: plain.Summary(c, mostValue), Text: plain.Text(c, mostText)}
	for _, l := range plain.Links(c, 25) {
		d.Links = append(d.Links, Link(l))
	}
	a := c.About
	if a == nil {
		return d
	}
	value := func(s string) string { return plain.Cut(plain.Clean(s), mostValue) }
	d.Incident, d.State, d.Severity, d.Policy, d.Team = a.ID, string(a.State), a.Severity, value(a.Policy), value(a.Team)
	d.Finding, d.AckedBy, d.Runbook, d.Count = value(plain.Or(a.Finding, d.Finding)), value(a.AckedBy), value(a.Runbook), a.Count
	d.Began, d.Ended = stamp(a.Began), stamp(a.Ended)
	for _, l := range a.Labels[:min(len(a.Labels), mostLabels)] {
		d.Labels = append(d.Labels, Label{value(l.Name), value(l.Value)})
	}
	return d
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Label returns the value of a label, for templates: {{.Label "service"}}.
func (d Document) Label(name string) string {
	for _, l := range d.Labels {
		if l.Name == name {
			return l.Value
		}
	}
	return ""
}
