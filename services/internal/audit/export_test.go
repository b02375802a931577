package audit

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// awkward is what people and attackers write.
func awkward() []*eventv1.AuditRecord {
	rs := []*eventv1.AuditRecord{{Id: "old", At: timestamppb.New(noon)}}
	var head *eventv1.AuditHead
	for _, text := range []string{"=HYPERLINK(\"http://x\")", "a,b\r\n\"c\"", "π ≥ 3 🚀", "-1", "@all", "\x00\x1b[31m"} {
		r := After(head, &eventv1.AuditRecord{Id: "x/" + text, At: timestamppb.New(noon.Add(time.Nanosecond)), Reason: text, Result: text,
			Actor: &eventv1.Actor{Person: &eventv1.Person{Name: text}}, Labels: []*eventv1.Label{{Name: text, Value: text}, {}}})
		rs, head = append(rs, r), headOf(r)
	}
	return rs
}

func TestExportsVerify(t *testing.T) {
	t.Parallel()
	for name, to := range map[string]func(*bytes.Buffer) Writer{
		"jsonl": func(b *bytes.Buffer) Writer { return JSONL(b) }, "csv": func(b *bytes.Buffer) Writer { return CSV(b) }} {
		var b bytes.Buffer
		w := to(&b)
		want := awkward()
		for _, r := range want {
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		v, n := NewVerifier(nil), 0
		err := Read(&b, func(r *eventv1.AuditRecord, line int) error {
			if !proto.Equal(r, want[n]) {
				t.Errorf("%s line %d: %v, want %v", name, line, r, want[n])
			}
			n++
			return v.Add(r, "")
		})
		if err != nil || n != len(want) || v.Before != 1 || v.Records != len(want)-1 {
			t.Errorf("%s: %d of %d, %v", name, n, len(want), err)
		}
	}
}

func TestAnEmptyCSVHasItsHead(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := CSV(&b).Flush(); err != nil {
		t.Fatal(err)
	}
	if err := Read(&b, func(*eventv1.AuditRecord, int) error { t.Error("a record"); return nil }); err != nil {
		t.Error(err)
	}
}

// Whatever is changed in an export is found: what people read, too.
func TestEveryColumnIsVerified(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := CSV(&b)
	for _, r := range chain(3) {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, column := range columns {
		was := rows[2][i]
		rows[2][i] = map[string]string{"position": "9", "previous": "00", "previous_at": "2026-01-01T00:00:00Z", "hash": "00", "record": strings.Replace(was, "ann", "bob", 1)}[column]
		if rows[2][i] == "" {
			rows[2][i] = "other"
		}
		var changed bytes.Buffer
		if err := csv.NewWriter(&changed).WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		v := NewVerifier(nil)
		if err := Read(&changed, func(r *eventv1.AuditRecord, _ int) error { return v.Add(r, "") }); err == nil {
			t.Errorf("nobody sees that %s is %q", column, rows[2][i])
		}
		rows[2][i] = was
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for what, text := range map[string]string{
		"empty":       "",
		"no export":   "hello\n",
		"no columns":  "position,hash\n1,2\n",
		"no JSON":     "{",
		"more":        `{"record":{}} {"record":{}}`,
		"unknown":     `{"record":{},"x":1}`,
		"newer":       `{"record":{"newer":1}}`,
		"inner chain": `{"record":{"chain":{}}}`,
		"hash":        `{"position":1,"hash":"zz","record":{}}`,
		"no record":   `{"position":1}`,
		"large line":  `{"record":{"id":"` + strings.Repeat("x", 2*MaxLine) + `"}}`,
		"large cell":  strings.Join(columns, ",") + "\n\"" + strings.Repeat("x", 2*MaxLine),
	} {
		if err := Read(strings.NewReader(text), func(*eventv1.AuditRecord, int) error { return nil }); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, w := range []func(*bytes.Buffer) Writer{func(b *bytes.Buffer) Writer { return JSONL(b) }, func(b *bytes.Buffer) Writer { return CSV(b) }} {
		var b bytes.Buffer
		to := w(&b)
		for _, r := range awkward() {
			if err := to.Write(r); err != nil {
				f.Fatal(err)
			}
		}
		if err := to.Flush(); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v := NewVerifier(nil)
		_ = Read(bytes.NewReader(text), func(r *eventv1.AuditRecord, _ int) error {
			if err := v.Add(r, ""); err != nil {
				return err
			}
			// What was read and verified can be written and read again.
			var again bytes.Buffer
			w := CSV(&again)
			if err := w.Write(r); err != nil {
				t.Fatalf("%v: %v", r, err)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			return Read(&again, func(back *eventv1.AuditRecord, _ int) error {
				if !proto.Equal(back, r) {
					t.Fatalf("%v, want %v", back, r)
				}
				return nil
			})
		})
	})
}
