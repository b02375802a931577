package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
)

type dlqRetryCmd struct {
	Sequence []uint64 `arg:"" optional:"" placeholder:"SEQ" help:"Their numbers: parley dlq list."`
	All      bool     `name:"all" help:"All that can be."`
}

// Help explains the command.
func (dlqRetryCmd) Help() string {
	return `Publishes the message again where it came from, with its headers, and then
deletes the dead letter. Interrupted and repeated, it is still published once.
Of input that was bad in part, the good part counts again, too.
Messages of the logs (SAMPLES, ALERTS, RUNS, AUDIT) cannot be retried: only
their owners may write there.

Examples:
  parley dlq retry 12
  parley dlq retry 12 13 14
  parley dlq retry --all`
}

// retried is what came of one dead letter.
type retried struct {
	Sequence uint64 `json:"sequence"`
	Subject  string `json:"subject"`
	// Stored is its new place in its stream; 0 when it was not retried.
	Stored uint64 `json:"stored_sequence,omitempty"`
	Error  string `json:"error,omitempty"`
}

// whyNot returns why a dead letter cannot be published again, or "".
func whyNot(v deadView) string {
	root, _, _ := strings.Cut(v.Original.Subject, ".")
	switch root {
	case "metrics", "notify", "inbound":
		return ""
	case "actions":
		if strings.HasPrefix(v.Original.Subject, "actions.req.") {
			return ""
		}
		return "only the actioner reminds itself of verifications"
	case "":
		return "it does not say where it came from"
	}
	stream := v.Original.Stream
	if stream == "" {
		stream = v.Original.Subject
	}
	return stream + " is a log that only its owner writes, in order: what is in it is not published twice; mend the cause, and the next change will be handled"
}

// Run retries them, and goes on when one cannot be.
func (c *dlqRetryCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	if c.All == (len(c.Sequence) > 0) {
		return usageError{errors.New("expected one SEQ or several, or --all")}
	}
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	sequences := c.Sequence
	kept := 0
	if c.All {
		err := readLog(ctx, conn, bus.DeadLetters, stretch{HeadersOnly: true}, func(m *bus.Message[[]byte]) error {
			if whyNot(viewDead(m)) == "" {
				sequences = append(sequences, m.Sequence)
			} else {
				kept++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	results := []retried{}
	for _, sequence := range sequences {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		results = append(results, retryOne(ctx, conn, g.Timeout, sequence))
	}
	bad := slices.ContainsFunc(results, func(r retried) bool { return r.Error != "" })
	err = s.Result(map[string]any{"retried": results, "not_retriable": kept}, func() {
		for _, r := range results {
			if r.Error != "" {
				s.Line(s.Paint(screen.Red, fmt.Sprintf("%d not retried: ", r.Sequence)) + r.Error)
				continue
			}
			s.Line(fmt.Sprintf("%d published again on %s as #%d", r.Sequence, r.Subject, r.Stored))
		}
		if len(results) == 0 {
			s.Line("No dead letter to retry.")
		}
		if kept > 0 {
			s.Line(count(kept, "dead letter") + " of logs cannot be retried: parley dlq list")
		}
	})
	if err == nil && bad {
		return errSaid
	}
	return err
}

func retryOne(ctx context.Context, conn *bus.Conn, timeout time.Duration, sequence uint64) retried {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r := retried{Sequence: sequence}
	m, err := deadLetter(ctx, conn, sequence)
	if err != nil {
		r.Error = strings.ReplaceAll(err.Error(), "\n", "; ")
		return r
	}
	v := viewDead(m)
	r.Subject = v.Original.Subject
	if r.Error = whyNot(v); r.Error != "" {
		return r
	}
	header := map[string]string{}
	for k, values := range m.Header {
		if !strings.HasPrefix(k, "Dlq-") && !strings.HasPrefix(k, "Nats-") && len(values) > 0 {
			header[k] = values[0]
		}
	}
	// The id makes a second try the same message, should deleting fail.
	id := fmt.Sprintf("retry/%d/%d", sequence, m.Stored.UnixNano())
	r.Stored, err = bus.PublishWith(ctx, conn, bus.Subject[[]byte](v.Original.Subject), id, m.Event, header)
	if err != nil {
		r.Error = err.Error()
		return r
	}
	stream, err := conn.JetStream().Stream(ctx, bus.DeadLetters.Name)
	if err == nil {
		err = stream.DeleteMsg(ctx, sequence)
	}
	if err != nil {
		r.Error = "published again, but still here: " + err.Error()
	}
	return r
}
