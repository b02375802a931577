package main

import (
	"context"
	"strconv"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
)

type dlqCmd struct {
	List  dlqListCmd  `cmd:"" help:"List dead letters."`
	Show  dlqShowCmd  `cmd:"" help:"Show a dead letter whole."`
	Retry dlqRetryCmd `cmd:"" help:"Try dead letters again."`
}

type dlqListCmd struct {
	Ingest bool     `name:"ingest" help:"Only samples that could not be taken in."`
	Since  interval `name:"since" help:"How far back; dead letters are kept for 14 days." default:"14d" placeholder:"DURATION"`
	Limit  int      `name:"limit" help:"At most the newest so many." default:"100" placeholder:"N"`
}

// Help explains the command.
func (dlqListCmd) Help() string {
	return `A message that cannot be handled stops no other one: it is put here, whole, with
the reason. The newest come last.

Examples:
  parley dlq list
  parley dlq list --ingest --since 1h
  parley dlq list --json | jq -r '.dead_letters[].reason' | sort | uniq -c`
}

// deadView is a dead letter in JSON, without its body.
type deadView struct {
	Sequence uint64    `json:"sequence"`
	Subject  string    `json:"subject"`
	At       time.Time `json:"at"`
	Reason   string    `json:"reason"`
	// Original: where the message came from.
	Original originalView `json:"original"`
	Bytes    int          `json:"bytes"`
	// Retriable: it can be published again where it came from.
	Retriable bool `json:"retriable"`
}

type originalView struct {
	Subject  string `json:"subject"`
	Stream   string `json:"stream,omitempty"`
	Consumer string `json:"consumer,omitempty"`
	Sequence uint64 `json:"sequence,omitempty"`
	Attempts int    `json:"attempts,omitempty"`
	Time     string `json:"time,omitempty"`
}

func viewDead(m *bus.Message[[]byte]) deadView {
	sequence, _ := strconv.ParseUint(m.Header.Get(bus.HeaderSequence), 10, 64) // 0 when it is not said
	attempts, _ := strconv.Atoi(m.Header.Get(bus.HeaderAttempts))
	v := deadView{Sequence: m.Sequence, Subject: m.Subject, At: m.Stored.UTC(), Reason: m.Header.Get(bus.HeaderReason), Bytes: m.Size,
		Original: originalView{m.Header.Get(bus.HeaderSubject), m.Header.Get(bus.HeaderStream), m.Header.Get(bus.HeaderConsumer), sequence, attempts, m.Header.Get(bus.HeaderTime)}}
	v.Retriable = whyNot(v) == ""
	if n, err := strconv.Atoi(m.Header.Get("Nats-Msg-Size")); err == nil && m.Size == 0 {
		v.Bytes = n // the body was not fetched
	}
	return v
}

// Run lists them.
func (c *dlqListCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	part := stretch{HeadersOnly: true, Since: time.Now().Add(-c.Since.span())}
	if c.Ingest {
		part.Subjects = []string{"dlq.ingest.>"}
	}
	views, more := []deadView{}, 0
	err = readLog(ctx, conn, bus.DeadLetters, part, func(m *bus.Message[[]byte]) error {
		views = append(views, viewDead(m))
		if c.Limit > 0 && len(views) > c.Limit {
			views = views[1:]
			more++
		}
		return nil
	})
	if err != nil {
		return err
	}
	if more > 0 {
		s.Note(strconv.Itoa(more) + " older ones are not shown (--limit)")
	}
	return s.Result(map[string]any{"dead_letters": views}, func() {
		if len(views) == 0 {
			s.Line("No dead letter.")
			return
		}
		now := time.Now()
		t := &screen.Table{Head: []string{"SEQ", "AT", "FROM", "BYTES", "REASON"}, Right: map[int]bool{0: true, 3: true}, Flex: 4}
		for _, v := range views {
			from := v.Original.Subject
			if from == "" {
				from = v.Subject
			}
			t.Row(screen.C(strconv.FormatUint(v.Sequence, 10)), screen.C(clock(v.At, now)), screen.C(from), screen.C(strconv.Itoa(v.Bytes)), screen.C(v.Reason))
		}
		s.Table(t)
	})
}
