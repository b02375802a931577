package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	metricsv1 "github.com/parley-ops/parley/proto/metrics/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/unit"
)

type dlqShowCmd struct {
	Sequence uint64 `arg:"" placeholder:"SEQ" help:"Its number: parley dlq list."`
}

// Help explains the command.
func (dlqShowCmd) Help() string {
	return `Why it could not be handled, where it came from, its headers and its body: as
text, decoded when it is one of our own messages, in hexadecimal otherwise.

Examples:
  parley dlq show 12
  parley dlq show 12 --json | jq -r .body.base64 | base64 -d > body`
}

// letter is a dead letter whole: the JSON of `dlq show`.
type letter struct {
	deadView
	Headers map[string][]string `json:"headers"`
	Body    bodyView            `json:"body"`
}

// bodyView is a body in the forms that it has; base64 is always exact.
type bodyView struct {
	// Type is json, text, binary, or the name of one of our messages.
	Type   string          `json:"type"`
	Text   string          `json:"text,omitempty"`
	JSON   json.RawMessage `json:"json,omitempty"`
	Base64 string          `json:"base64"`
}

// Run shows it.
func (c *dlqShowCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	m, err := deadLetter(ctx, conn, c.Sequence)
	if err != nil {
		return err
	}
	v := letter{deadView: viewDead(m), Headers: m.Header, Body: viewBody(m)}
	return s.Result(v, func() { showLetter(s, v, m.Event) })
}

func deadLetter(ctx context.Context, conn *bus.Conn, sequence uint64) (*bus.Message[[]byte], error) {
	m, err := bus.MessageAt[[]byte](ctx, conn, bus.DeadLetters, sequence)
	if errors.Is(err, bus.ErrNotFound) {
		return nil, &settingError{what: fmt.Sprintf("no dead letter %d", sequence), fix: "parley dlq list shows their numbers; it may have been retried, or be older than 14 days"}
	}
	return m, err
}

// viewBody finds out what a body is.
func viewBody(m *bus.Message[[]byte]) bodyView {
	data := m.Event
	v := bodyView{Type: "binary", Base64: base64.StdEncoding.EncodeToString(data)}
	if event := ours(m.Header.Get(bus.HeaderSubject), m.Header.Get("Content-Type")); event != nil && proto.Unmarshal(data, event) == nil {
		if chart, ok := event.(*eventv1.ChartRendered); ok {
			chart.Png = nil // a picture says nothing here
		}
		if text, err := (protojson.MarshalOptions{UseProtoNames: true}).Marshal(event); err == nil {
			v.Type, v.JSON = string(event.ProtoReflect().Descriptor().FullName()), text
			return v
		}
	}
	switch {
	case json.Valid(data):
		v.Type, v.JSON = "json", data
	case printable(data):
		v.Type, v.Text = "text", string(data)
	}
	return v
}

// ours returns the message that travels on a subject, or nil.
func ours(subject, contentType string) proto.Message {
	switch root, rest, _ := strings.Cut(subject, "."); root {
	case "metrics":
		if strings.HasPrefix(contentType, "application/x-protobuf") {
			return &metricsv1.Samples{}
		}
	case "alerts":
		return &eventv1.IncidentBatch{}
	case "runs":
		return &eventv1.RunChanged{}
	case "notify":
		if strings.HasPrefix(rest, "chart.") {
			return &eventv1.ChartRendered{}
		}
	case "inbound":
		return &eventv1.Inbound{}
	case "actions":
		return &eventv1.ActionMessage{}
	case "samples", "control":
		return &eventv1.PartitionEntry{}
	case "audit":
		return &eventv1.AuditRecord{}
	}
	return nil
}

func printable(data []byte) bool {
	if !utf8.Valid(data) {
		return false
	}
	return !strings.ContainsFunc(string(data), func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) })
}

func showLetter(s *screen.Screen, v letter, data []byte) {
	s.Line(s.Paint(screen.Red, v.Reason))
	field := func(name string, value any) {
		s.Line(fmt.Sprintf("  %s %v", s.Paint(screen.Dim, fmt.Sprintf("%-9s", name)), value))
	}
	field("sequence", v.Sequence)
	field("stored", v.At.Local().Format("2006-01-02 15:04:05"))
	field("from", v.Original.Subject)
	if v.Original.Stream != "" {
		field("stream", fmt.Sprintf("%s #%d, read by %s", v.Original.Stream, v.Original.Sequence, v.Original.Consumer))
	}
	if v.Original.Attempts > 0 {
		field("attempts", v.Original.Attempts)
	}
	field("retry", word(v.Retriable, fmt.Sprintf("parley dlq retry %d", v.Sequence), "not possible: "+whyNot(v.deadView)))
	for _, k := range slices.Sorted(maps.Keys(v.Headers)) {
		if !strings.HasPrefix(k, "Dlq-") && !strings.HasPrefix(k, "Nats-") {
			field("header", k+": "+strings.Join(v.Headers[k], ", "))
		}
	}
	s.Line("")
	s.Line(s.Paint(screen.Bold, v.Body.Type) + s.Paint(screen.Dim, ", "+unit.Format(float64(v.Bytes), "bytes")))
	switch {
	case v.Body.JSON != nil:
		var out any
		if err := json.Unmarshal(v.Body.JSON, &out); err == nil {
			if text, err := json.MarshalIndent(out, "", "  "); err == nil {
				s.Line(string(text))
				return
			}
		}
		s.Line(string(v.Body.JSON))
	case v.Body.Text != "":
		s.Line(strings.TrimRight(v.Body.Text, "\n"))
	case len(data) > 0:
		s.Line(strings.TrimRight(hex.Dump(data[:min(len(data), 2048)]), "\n"))
	}
}
