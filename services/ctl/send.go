package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/unit"
)

type sendCmd struct {
	Name     string   `arg:"" optional:"" placeholder:"NAME" help:"The metric's name: letters, digits and _ . : / -"`
	Value    string   `arg:"" optional:"" placeholder:"VALUE" help:"A number."`
	Labels   []string `arg:"" optional:"" name:"label=value" help:"Labels; team is set by the server."`
	TS       string   `name:"ts" help:"When it was: RFC 3339, epoch milliseconds, or a time ago such as 5m. Without it: now, on the server." placeholder:"TIME"`
	File     string   `name:"file" short:"f" help:"Send what is in a file, - for standard input, instead." placeholder:"FILE"`
	Format   string   `name:"format" help:"The file's format: ${enum}." enum:"auto,json,line,protobuf" default:"auto" placeholder:"FORMAT"`
	User     string   `name:"user" help:"A team's user; without one you are the server's first team (demo)." env:"PARLEY_SEND_USER" placeholder:"USER"`
	Password string   `name:"password" help:"That user's password." env:"PARLEY_SEND_PASSWORD" placeholder:"PASSWORD"`
}

// Help explains the command.
func (sendCmd) Help() string {
	return `Publishes on metrics.<name> in a team's own NATS account, exactly as a program
would, and waits until it is stored. What the collector then finds wrong in it
is a dead letter: parley dlq list --ingest.

Formats: JSON (an object, an array, or one object a line), Influx line protocol,
protobuf parley.metrics.v1.Samples. Large JSON and line files go in several messages.

Examples:
  parley send orders.pending 12 service=checkout env=prod
  parley send orders.pending 12 service=checkout --ts 2m
  parley send --file samples.json
  telegraf --once | parley send --file - --format line
  parley send cpu 97 --user shop --password "$SHOP_PASSWORD"`
}

// sent is one message that the stream has.
type sent struct {
	Subject   string `json:"subject"`
	Stream    string `json:"stream"`
	Sequence  uint64 `json:"sequence"`
	Bytes     int    `json:"bytes"`
	Duplicate bool   `json:"duplicate"`
}

// Run publishes and waits for each acknowledgement.
func (c *sendCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	msgs, err := c.messages(s.In, time.Now())
	if err != nil {
		return err
	}
	// A team's client is not the operator: its inbox is nobody's in particular.
	opts := []nats.Option{nats.CustomInboxPrefix("_INBOX")}
	if c.User != "" {
		opts = append(opts, nats.UserInfo(c.User, c.Password))
	}
	nc, err := g.dial(opts...)
	if errors.Is(err, nats.ErrAuthorization) {
		return &settingError{what: "the NATS server at " + g.NATSURL + " does not know this team",
			fix: "check --user and --password; without them the server must have a team for clients without credentials (no_auth_user)"}
	}
	if err != nil {
		return err
	}
	defer nc.Close()
	stored := []sent{}
	for _, m := range msgs {
		ack, err := publish(ctx, nc, m, g.Timeout)
		if err != nil {
			if len(stored) > 0 {
				s.Note(fmt.Sprintf("%s of %d stored before this", count(len(stored), "message"), len(msgs)))
			}
			return err
		}
		stored = append(stored, ack)
	}
	return s.Result(map[string]any{"messages": stored}, func() {
		for _, m := range stored {
			s.Line(fmt.Sprintf("stored %s as %s #%d (%s)", m.Subject, m.Stream, m.Sequence, unit.Format(float64(m.Bytes), "bytes")))
		}
	})
}

// publish sends one message and returns the stream's word for it.
func publish(ctx context.Context, nc *nats.Conn, m *nats.Msg, timeout time.Duration) (sent, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer, err := nc.RequestMsgWithContext(ctx, m)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return sent{}, &settingError{what: "nothing stores " + m.Subject, fix: "the server is not set up: run `parley setup` with the admin's key"}
	case errors.Is(err, nats.ErrMaxPayload):
		return sent{}, fmt.Errorf("refused: %s is more than the server takes in one message (%s); send it in parts", unit.Format(float64(len(m.Data)), "bytes"), unit.Format(float64(nc.MaxPayload()), "bytes"))
	case err != nil:
		return sent{}, fmt.Errorf("publish %s: %w", m.Subject, err)
	}
	var ack struct {
		Stream    string `json:"stream"`
		Seq       uint64 `json:"seq"`
		Duplicate bool   `json:"duplicate"`
		Error     *struct {
			Code        int    `json:"code"`
			Description string `json:"description"`
		} `json:"error"`
	}
	if err := json.Unmarshal(answer.Data, &ack); err != nil {
		return sent{}, fmt.Errorf("publish %s: the answer is not a stream's: %w", m.Subject, err)
	}
	if ack.Error != nil {
		return sent{}, fmt.Errorf("refused: publish %s: %s (code %d)", m.Subject, ack.Error.Description, ack.Error.Code)
	}
	return sent{Subject: m.Subject, Stream: ack.Stream, Sequence: ack.Seq, Bytes: len(m.Data), Duplicate: ack.Duplicate}, nil
}

// messages returns what is to be published.
func (c *sendCmd) messages(stdin io.Reader, now time.Time) ([]*nats.Msg, error) {
	if c.File == "" {
		m, err := c.sample(now)
		if err != nil {
			return nil, usageError{err}
		}
		return []*nats.Msg{m}, nil
	}
	if c.Name != "" || c.TS != "" {
		return nil, usageError{errors.New("give NAME and VALUE, or --file, not both")}
	}
	var content []byte
	var err error
	if c.File == "-" {
		content, err = io.ReadAll(stdin)
	} else {
		content, err = os.ReadFile(c.File)
	}
	if err != nil {
		return nil, fmt.Errorf("--file: %w", err)
	}
	return split(content, c.Format)
}

// sample returns the message of one sample from the command line.
func (c *sendCmd) sample(now time.Time) (*nats.Msg, error) {
	switch {
	case c.Name == "":
		return nil, errors.New("expected NAME and VALUE, or --file")
	case c.Value == "":
		return nil, errors.New("expected VALUE after " + c.Name)
	case c.Format != "auto":
		return nil, errors.New("--format is for --file")
	}
	value, err := strconv.ParseFloat(strings.Replace(c.Value, minusSign, "-", 1), 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return nil, fmt.Errorf("VALUE %q: want a finite number", c.Value)
	}
	body := struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels,omitempty"`
		Value  float64           `json:"value"`
		TS     int64             `json:"ts,omitempty"`
	}{Name: c.Name, Value: value}
	for _, l := range c.Labels {
		name, value, ok := strings.Cut(l, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q: want label=value", l)
		}
		if body.Labels == nil {
			body.Labels = map[string]string{}
		}
		body.Labels[name] = value
	}
	if c.TS != "" {
		at, err := parseTime(c.TS, now)
		if err != nil {
			return nil, fmt.Errorf("--ts: %w", err)
		}
		body.TS = at.UnixMilli()
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return message(subjectOf(c.Name), "application/json", data), nil
}

// subjectOf returns metrics.<name> with tokens that are safe in a subject.
func subjectOf(name string) string {
	tokens := strings.Split(name, ".")
	for i, t := range tokens {
		tokens[i] = bus.Token(t)
	}
	return "metrics." + strings.Join(tokens, ".")
}

func message(subject, contentType string, data []byte) *nats.Msg {
	return &nats.Msg{Subject: subject, Data: data, Header: nats.Header{"Content-Type": {contentType}}}
}
