package sns

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// MaxBytes is how long a body may be: SNS carries 256 KiB, escaped as JSON.
const MaxBytes = 1 << 20

// The types of messages.
const (
	Notification             = "Notification"
	SubscriptionConfirmation = "SubscriptionConfirmation"
	UnsubscribeConfirmation  = "UnsubscribeConfirmation"
)

// Message is one as SNS posts it.
type Message struct {
	Type      string
	MessageID string `json:"MessageId"`
	TopicARN  string `json:"TopicArn"`
	// Subject is nil if there is none.
	Subject          *string
	Message          string
	Timestamp        string
	SignatureVersion string
	Signature        string
	SigningCertURL   string
	SubscribeURL     string
	Token            string
}

// ErrFormat: a body that is no message of SNS.
var ErrFormat = errors.New("the body is no message of SNS (raw message delivery has to be off)")

// Parse reads a body. What it says is to be believed only after Verify.
func Parse(body []byte) (*Message, error) {
	if len(body) > MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrFormat, len(body), MaxBytes)
	}
	m := &Message{}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, fmt.Errorf("%w: not JSON", ErrFormat)
	}
	switch {
	case m.Type != Notification && m.Type != SubscriptionConfirmation && m.Type != UnsubscribeConfirmation:
		return nil, fmt.Errorf("%w: Type is %.40q", ErrFormat, m.Type)
	case m.MessageID == "" || len(m.MessageID) > 100:
		return nil, fmt.Errorf("%w: MessageId: want 1 to 100 bytes", ErrFormat)
	case m.TopicARN == "" || m.Timestamp == "" || m.Signature == "" || m.SigningCertURL == "":
		return nil, fmt.Errorf("%w: TopicArn, Timestamp, Signature or SigningCertURL is missing", ErrFormat)
	}
	return m, nil
}

// signed returns the text that the signature is of.
func (m *Message) signed() string {
	var b strings.Builder
	field := func(name, value string) {
		b.WriteString(name + "\n" + value + "\n")
	}
	field("Message", m.Message)
	field("MessageId", m.MessageID)
	if m.Type == Notification {
		if m.Subject != nil {
			field("Subject", *m.Subject)
		}
	} else {
		field("SubscribeURL", m.SubscribeURL)
	}
	field("Timestamp", m.Timestamp)
	if m.Type != Notification {
		field("Token", m.Token)
	}
	field("TopicArn", m.TopicARN)
	field("Type", m.Type)
	return b.String()
}
