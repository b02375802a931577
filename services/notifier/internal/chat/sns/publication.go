package sns

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
)

const (
	maxSubject = 100
	maxText    = 20_000 // characters of a mail
	maxSMS     = 140    // bytes
	maxValue   = 500
	maxLabels  = 60
)

// document is what machines get.
type document struct {
	// Version of this document's form.
	Version int `json:"version"`
	// EventID is the same whenever this very thing is told again.
	EventID  string            `json:"event_id"`
	Event    string            `json:"event"`
	Incident string            `json:"incident"`
	State    string            `json:"state,omitempty"`
	Severity string            `json:"severity,omitempty"`
	Finding  string            `json:"finding,omitempty"`
	Policy   string            `json:"policy,omitempty"`
	Team     string            `json:"team,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
	Began    *time.Time        `json:"began_at,omitempty"`
	Ended    *time.Time        `json:"ended_at,omitempty"`
	AckedBy  string            `json:"acknowledged_by,omitempty"`
	Runbook  string            `json:"runbook,omitempty"`
	Count    int               `json:"count,omitempty"`
	Text     string            `json:"text"`
}

// publication returns the request that tells t.
func publication(t chat.Told, backend, arn string) (*sns.PublishInput, error) {
	d := documentOf(t, hash(backend, t.ChannelID, t.ID))
	machine, err := api.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("publish: %w: %w", err, chat.ErrRefused)
	}
	text := plain.Text(t.Content, maxText)
	if s := plain.Summary(t.Content, 500); !strings.HasPrefix(text, s) {
		text = s + "\n\n" + text
	}
	message, err := json.Marshal(map[string]string{"default": string(machine), "email": text, "sms": plain.CutBytes(plain.Summary(t.Content, maxSMS), maxSMS)})
	if err != nil {
		return nil, fmt.Errorf("publish: %w: %w", err, chat.ErrRefused)
	}
	in := &sns.PublishInput{TopicArn: aws.String(arn), Subject: aws.String(subject(t.Content)), Message: aws.String(string(message)), MessageStructure: aws.String("json"),
		MessageAttributes: map[string]types.MessageAttributeValue{}}
	for name, value := range map[string]string{"event": d.Event, "state": d.State, "severity": d.Severity, "policy": d.Policy, "team": d.Team} {
		if value != "" {
			in.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
		}
	}
	if strings.HasSuffix(arn, ".fifo") {
		in.MessageGroupId, in.MessageDeduplicationId = aws.String(hash("group", t.Key.Incident)), aws.String(d.EventID)
	}
	return in, nil
}

func documentOf(t chat.Told, id string) document {
	d := document{Version: 1, EventID: id, Event: string(t.Event), Incident: clip(t.Key.Incident), Text: plain.Text(t.Content, maxText)}
	a := t.Content.About
	if a == nil {
		return d
	}
	d.State, d.Severity, d.Finding, d.Policy, d.Team = clip(string(a.State)), clip(a.Severity), plain.Cut(plain.Clean(a.Finding), 3000), clip(a.Policy), clip(a.Team)
	d.AckedBy, d.Count = clip(a.AckedBy), a.Count
	if plain.SafeURL(a.Runbook) {
		d.Runbook = a.Runbook
	}
	d.Began, d.Ended = at(a.Began), at(a.Ended)
	d.Labels = map[string]string{}
	for _, l := range a.Labels[:min(len(a.Labels), maxLabels)] {
		d.Labels[clip(l.Name)] = clip(l.Value)
	}
	return d
}

// at is a time that JSON can say; nil if it is none.
func at(t time.Time) *time.Time {
	t = t.UTC()
	if t.IsZero() || t.Year() < 0 || t.Year() > 9999 {
		return nil
	}
	return &t
}

func clip(s string) string { return strings.TrimSpace(plain.Cut(plain.Clean(s), maxValue)) }

// subject is of printable ASCII and begins with a letter, a number or a
// punctuation mark, as SNS asks for.
func subject(c chat.Content) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case r == '…':
			return '.'
		case r == '–' || r == '—':
			return '-'
		case r < ' ' || r > '~':
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return '?'
			}
			return -1
		}
		return r
	}, plain.Summary(c, 400))
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxSubject {
		s = strings.TrimSpace(s[:maxSubject-3]) + "..."
	}
	if s == "" {
		return "Parley"
	}
	return s
}

func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = h.Write([]byte(p + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
