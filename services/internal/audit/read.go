package audit

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// MaxLine bounds one record of an export, in bytes; the stream takes a quarter.
const MaxLine = 1 << 20

// Read calls each with every record of an export, JSONL or CSV as its first
// character says, and the line on which it begins.
func Read(from io.Reader, each func(r *eventv1.AuditRecord, line int) error) error {
	limited := &bounded{from: from, left: MaxLine}
	in := bufio.NewReader(limited)
	first, err := in.Peek(1)
	if errors.Is(err, io.EOF) {
		return errors.New("the file is empty")
	}
	if err != nil {
		return err
	}
	if first[0] == '{' {
		return readJSONL(in, limited, each)
	}
	return readCSV(in, limited, each)
}

// bounded is a reader that fails when one record takes too much of it.
type bounded struct {
	from io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("one record is larger than %d KiB", MaxLine>>10)
	}
	n, err := b.from.Read(p)
	b.left -= n
	return n, err
}

func readJSONL(in *bufio.Reader, limited *bounded, each func(*eventv1.AuditRecord, int) error) error {
	for n := 1; ; n++ {
		limited.left = MaxLine
		text, err := in.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if len(bytes.TrimSpace(text)) > 0 {
			var l Line
			d := json.NewDecoder(bytes.NewReader(text))
			d.DisallowUnknownFields()
			if err := d.Decode(&l); err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
			if d.More() {
				return fmt.Errorf("line %d: something follows the record", n)
			}
			r, err := l.record()
			if err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
			if err := each(r, n); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
}

func readCSV(in *bufio.Reader, limited *bounded, each func(*eventv1.AuditRecord, int) error) error {
	c := csv.NewReader(in)
	head, err := c.Read()
	if err != nil || !slices.Equal(head, columns) {
		return errors.New("this is no export of the audit: want lines of JSON, or a CSV with its head of columns")
	}
	for {
		limited.left = MaxLine
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		n, _ := c.FieldPos(0)
		r, err := parseRow(cells)
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if err := each(r, n); err != nil {
			return err
		}
	}
}

// parseRow reads what row writes.
func parseRow(cells []string) (*eventv1.AuditRecord, error) {
	l := Line{Previous: cells[1], Hash: cells[3], Record: json.RawMessage(cells[len(cells)-1])}
	var err error
	if cells[0] != "" {
		if l.Position, err = strconv.ParseUint(cells[0], 10, 64); err != nil {
			return nil, fmt.Errorf("position %q: want a number", cells[0])
		}
	}
	if cells[2] != "" {
		at, err := time.Parse(time.RFC3339Nano, cells[2])
		if err != nil {
			return nil, fmt.Errorf("previous_at %q: want a time", cells[2])
		}
		l.PreviousAt = &at
	}
	r, err := l.record()
	if err != nil {
		return nil, err
	}
	for i, want := range row(l, r) {
		if i < len(columns)-1 && cells[i] != want {
			return nil, &Break{Record: r, Where: "column " + columns[i], Reason: fmt.Sprintf("it says %q and the record says %q: it was changed", cells[i], want)}
		}
	}
	return r, nil
}

// record returns what a line stands for.
func (l Line) record() (*eventv1.AuditRecord, error) {
	r := &eventv1.AuditRecord{}
	if err := protojson.Unmarshal(l.Record, r); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	if r.Chain != nil {
		return nil, errors.New("record: its chain stands beside it, not in it")
	}
	if l.Position == 0 && l.Hash == "" && l.Previous == "" && l.PreviousAt == nil {
		return r, nil
	}
	previous, err := hex.DecodeString(l.Previous)
	if err != nil {
		return nil, fmt.Errorf("previous: %w", err)
	}
	hash, err := hex.DecodeString(l.Hash)
	if err != nil {
		return nil, fmt.Errorf("hash: %w", err)
	}
	r.Chain = &eventv1.AuditChain{Position: l.Position, Previous: previous, Hash: hash}
	if l.PreviousAt != nil {
		r.Chain.PreviousAt = timestamppb.New(*l.PreviousAt)
	}
	return r, nil
}
