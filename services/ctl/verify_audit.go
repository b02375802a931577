package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/audit"
)

type auditVerifyCmd struct {
	File string   `arg:"" optional:"" placeholder:"FILE" help:"An export instead of the audit itself; - for standard input. No server is needed."`
	Head []string `name:"head" help:"A head that was kept (parley audit head), which the records must contain; several times." placeholder:"POSITION:HASH" sep:"none"`
}

// Help explains the command.
func (auditVerifyCmd) Help() string {
	return `Every record carries the hash of the one before it. This walks all of them and says
where the first does not fit: its content was changed, records were removed before
it, or it was inserted or moved. That nothing was cut off at the end is proven
against the heads that the services note as they write, and against those kept
elsewhere: --head. Records may be missing at the beginning if they are too old.
What is before the chain is counted and proves nothing.

Of an export nothing can be missing in its midst; what was before or after it, it
cannot know, but for --head.

Exit code 1 when something does not fit.

Examples:
  parley audit verify
  parley audit verify audit.jsonl
  parley audit verify --head "$(cat last-month.head)"`
}

// verdict is what was found, in JSON.
type verdict struct {
	OK bool `json:"ok"`
	// Records were looked at; BeforeChain came before them, without hashes.
	Records     int    `json:"records"`
	BeforeChain int    `json:"before_chain"`
	First       uint64 `json:"first,omitempty"`
	Last        uint64 `json:"last,omitempty"`
	Head        string `json:"head,omitempty"`
	// Heads is how many the records were compared with.
	Heads int        `json:"heads"`
	Break *breakView `json:"break,omitempty"`
}

type breakView struct {
	Where  string     `json:"where,omitempty"`
	ID     string     `json:"id,omitempty"`
	At     *time.Time `json:"at,omitempty"`
	Reason string     `json:"reason"`
}

// Run verifies.
func (c *auditVerifyCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	heads := make([]*eventv1.AuditHead, 0, len(c.Head))
	for _, text := range c.Head {
		h, err := audit.ParseHead(text)
		if err != nil {
			return usageError{fmt.Errorf("--head: %w", err)}
		}
		heads = append(heads, h)
	}
	var v *audit.Verifier
	var err error
	if c.File != "" {
		v = audit.NewVerifier(heads)
		err = c.file(s, v)
	} else {
		v, heads, err = c.stream(ctx, g, heads)
	}
	if v != nil && err == nil {
		err = unseen(v, c.Head)
	}
	var broken *audit.Break
	if err != nil && !errors.As(err, &broken) {
		return err
	}
	return c.show(s, v, len(heads), broken)
}

// unseen says of a head that was named and lies before all records that it was
// not compared: silence would be taken for a yes.
func unseen(v *audit.Verifier, named []string) error {
	for _, text := range named {
		if h, err := audit.ParseHead(text); err == nil && h.GetPosition() < v.First.GetPosition() {
			return &audit.Break{Reason: fmt.Sprintf("--head %d lies before the first record, at position %d, and cannot be compared", h.GetPosition(), v.First.GetPosition())}
		}
	}
	return nil
}

// file verifies an export.
func (c *auditVerifyCmd) file(s *screen.Screen, v *audit.Verifier) error {
	in := s.In
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	err := audit.Read(in, func(r *eventv1.AuditRecord, line int) error { return v.Add(r, fmt.Sprintf("line %d", line)) })
	if err != nil {
		var broken *audit.Break
		if errors.As(err, &broken) {
			return err
		}
		return fmt.Errorf("%s: %w", c.File, err)
	}
	return v.End(time.Time{})
}

// stream verifies the audit itself. Heads are read first: what is written
// meanwhile lies behind them.
func (c *auditVerifyCmd) stream(ctx context.Context, g *settings, heads []*eventv1.AuditHead) (*audit.Verifier, []*eventv1.AuditHead, error) {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return nil, nil, err
	}
	defer conn.Close()
	noted, err := audit.Heads(ctx, conn)
	if err != nil {
		return nil, nil, err
	}
	v, kept := audit.NewVerifier(noted), audit.NewVerifier(heads)
	err = readAudit(ctx, conn, stretch{}, func(r *eventv1.AuditRecord, sequence uint64, err error) error {
		where := fmt.Sprintf("AUDIT #%d", sequence)
		if err != nil {
			return &audit.Break{Record: r, Where: where, Reason: where + ": " + err.Error()}
		}
		if err := v.Add(r, where); err != nil {
			return err
		}
		return kept.Add(r, where)
	})
	if err == nil {
		err = v.Whole(time.Now())
	}
	if err == nil {
		err = kept.End(time.Time{})
	}
	return v, append(noted, heads...), err
}

func (c *auditVerifyCmd) show(s *screen.Screen, v *audit.Verifier, heads int, broken *audit.Break) error {
	out := verdict{OK: broken == nil, Records: v.Records, BeforeChain: v.Before, First: v.First.GetPosition(), Last: v.Last.GetPosition(), Heads: heads}
	if v.Last != nil {
		out.Head = audit.HeadText(v.Last)
	}
	if broken != nil {
		out.Break = &breakView{Where: broken.Where, ID: broken.Record.GetId(), Reason: broken.Reason}
		if broken.Record.GetAt() != nil {
			at := broken.Record.GetAt().AsTime()
			out.Break.At = &at
		}
	}
	err := s.Result(out, func() {
		seen := "no record"
		if out.Records > 0 {
			seen = fmt.Sprintf("%d records, position %d to %d", out.Records, out.First, out.Last)
		}
		if out.BeforeChain > 0 {
			seen += fmt.Sprintf(", and %d from before the chain, which nothing proves", out.BeforeChain)
		}
		if broken != nil {
			s.Line(s.Paint(screen.Red, "BROKEN") + "  " + broken.Error())
			s.Line("        until there: " + seen)
			return
		}
		s.Line(s.Paint(screen.Green, "OK") + "  " + seen)
		if out.Head != "" {
			s.Line("    head " + out.Head)
		}
		if heads == 0 {
			s.Note("nothing to compare the end with: --head POSITION:HASH, from parley audit head")
		}
	})
	if err == nil && broken != nil {
		return errSaid
	}
	return err
}
