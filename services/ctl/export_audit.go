package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/audit"
)

type auditExportCmd struct {
	Format string   `name:"format" help:"jsonl: a record a line; csv: for spreadsheets." default:"jsonl" placeholder:"jsonl|csv"`
	Since  interval `name:"since" help:"How far back; all of it without." placeholder:"DURATION"`
	Out    string   `name:"out" short:"o" help:"The file; standard output without. It is there whole or not at all." placeholder:"FILE"`
}

// Help explains the command.
func (auditExportCmd) Help() string {
	return `With its hashes, so that whoever has the file can verify it without a server:
parley audit verify FILE. How to do so without parley is in the documentation of
services/internal/audit. In a CSV, text that a spreadsheet would take for a formula
has a ' before it; the column record has everything as it was.

Examples:
  parley audit export --out audit.jsonl
  parley audit export --format csv --since 31d > last-month.csv
  parley audit export | jq -r .record.what | sort | uniq -c`
}

// Validate refuses other formats.
func (c *auditExportCmd) Validate() error {
	if c.Format != "jsonl" && c.Format != "csv" {
		return fmt.Errorf("--format %q: want jsonl or csv", c.Format)
	}
	return nil
}

// exported is what was written to a file: the JSON of `audit export --out`.
type exported struct {
	File    string `json:"file"`
	Records int    `json:"records"`
	Head    string `json:"head,omitempty"`
}

// Run writes them.
func (c *auditExportCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	if s.JSON && c.Out == "" && c.Format != "jsonl" {
		return usageError{errors.New("--json and --format csv on standard output: want one of them, or --out FILE")}
	}
	if c.Out == "" {
		_, err := c.write(ctx, g, s.Out)
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(c.Out), ".audit-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it has its name
	defer f.Close()
	out, err := c.write(ctx, g, f)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), c.Out); err != nil {
		return err
	}
	out.File = c.Out
	return s.Result(out, func() {
		s.Line(fmt.Sprintf("%d records in %s", out.Records, out.File))
		if out.Head != "" {
			s.Line("head " + out.Head)
		}
	})
}

func (c *auditExportCmd) write(ctx context.Context, g *settings, to io.Writer) (exported, error) {
	var out exported
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return out, err
	}
	defer conn.Close()
	buffer := bufio.NewWriter(to)
	w := audit.JSONL(buffer)
	if c.Format == "csv" {
		w = audit.CSV(buffer)
	}
	part := stretch{}
	if c.Since != 0 {
		part.Since = time.Now().Add(-c.Since.span())
	}
	err = readAudit(ctx, conn, part, func(r *eventv1.AuditRecord, sequence uint64, err error) error {
		if err != nil {
			return fmt.Errorf("AUDIT #%d: %w", sequence, err)
		}
		out.Records++
		if chain := r.GetChain(); chain != nil {
			out.Head = audit.HeadText(&eventv1.AuditHead{Position: chain.GetPosition(), Hash: chain.GetHash()})
		}
		return w.Write(r)
	})
	if err != nil {
		return out, err
	}
	return out, errors.Join(w.Flush(), buffer.Flush())
}
