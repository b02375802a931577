package audit

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Line is one record of an export: the JSON of a line of JSONL.
type Line struct {
	// Position is 0 when the record is from before the chain, and has no hashes.
	Position uint64 `json:"position,omitempty"`
	// Previous and Hash are in hexadecimal.
	Previous   string     `json:"previous,omitempty"`
	PreviousAt *time.Time `json:"previous_at,omitempty"`
	Hash       string     `json:"hash,omitempty"`
	// Record is event.v1.AuditRecord as protobuf's JSON, without its chain.
	Record json.RawMessage `json:"record"`
}

// LineOf returns a record's line.
func LineOf(r *eventv1.AuditRecord) (Line, error) {
	c := r.GetChain()
	l := Line{Position: c.GetPosition(), Previous: hex.EncodeToString(c.GetPrevious()), Hash: hex.EncodeToString(c.GetHash())}
	if c.GetPreviousAt() != nil {
		at := c.GetPreviousAt().AsTime()
		l.PreviousAt = &at
	}
	r = proto.CloneOf(r)
	r.Chain = nil
	raw, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(r)
	if err != nil {
		return l, fmt.Errorf("record %s: %w", r.GetId(), err)
	}
	var compact bytes.Buffer // protojson puts spaces as it likes
	if err := json.Compact(&compact, raw); err != nil {
		return l, fmt.Errorf("record %s: %w", r.GetId(), err)
	}
	l.Record = compact.Bytes()
	return l, nil
}

// Writer writes records one by one; the caller calls Flush at the end.
type Writer interface {
	Write(r *eventv1.AuditRecord) error
	Flush() error
}

// JSONL returns a writer of a [Line] a line.
func JSONL(w io.Writer) Writer { return jsonl{json.NewEncoder(w)} }

type jsonl struct{ to *json.Encoder }

func (w jsonl) Write(r *eventv1.AuditRecord) error {
	l, err := LineOf(r)
	if err != nil {
		return err
	}
	return w.to.Encode(l)
}

func (jsonl) Flush() error { return nil }

// columns are the head of the CSV. Those of people repeat what is in record;
// [Read] wants them to agree.
var columns = []string{"position", "previous", "previous_at", "hash", "at", "who", "backend", "what", "target", "incident", "run", "reason", "result", "record"}

// CSV returns a writer for spreadsheets.
func CSV(w io.Writer) Writer { return &sheet{to: csv.NewWriter(w)} }

type sheet struct {
	to    *csv.Writer
	begun bool
}

func (w *sheet) Write(r *eventv1.AuditRecord) error {
	if err := w.head(); err != nil {
		return err
	}
	l, err := LineOf(r)
	if err != nil {
		return err
	}
	return w.to.Write(row(l, r))
}

func (w *sheet) head() error {
	if w.begun {
		return nil
	}
	w.begun = true
	return w.to.Write(columns)
}

func (w *sheet) Flush() error {
	if err := w.head(); err != nil {
		return err
	}
	w.to.Flush()
	return w.to.Error()
}

func row(l Line, r *eventv1.AuditRecord) []string {
	position, previousAt, at := "", "", ""
	if l.Position > 0 {
		position = strconv.FormatUint(l.Position, 10)
	}
	if l.PreviousAt != nil {
		previousAt = l.PreviousAt.UTC().Format(time.RFC3339Nano)
	}
	if r.GetAt() != nil {
		at = r.GetAt().AsTime().UTC().Format(time.RFC3339Nano)
	}
	cells := []string{position, l.Previous, previousAt, l.Hash, at, Who(r), r.GetActor().GetBackend(), r.GetWhat(), r.GetTarget(),
		r.GetIncidentId(), r.GetRunId(), r.GetReason(), r.GetResult()}
	for i := range cells {
		cells[i] = plain(cells[i])
	}
	return append(cells, string(l.Record))
}

// plain is text on one line that no spreadsheet takes for a formula.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Who is the name of the person who did it, or their id; empty when Parley did
// it of itself.
func Who(r *eventv1.AuditRecord) string {
	if name := r.GetActor().GetPerson().GetName(); name != "" {
		return name
	}
	return r.GetActor().GetPerson().GetId()
}
