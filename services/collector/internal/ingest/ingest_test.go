package ingest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	metricsv1 "github.com/parley-ops/parley/proto/metrics/v1"
	"github.com/parley-ops/parley/services/collector/internal/series"
)

var update = flag.Bool("update", false, "write what comes out as what is wanted")

var stored = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func newReader() *Reader {
	return NewReader(series.NewCache(1000), Limits{Past: time.Hour, Future: 5 * time.Minute})
}

// TestCases reads testdata/<case>/input* and compares with want. The ending
// says which Content-Type it comes with: none, .json, .lp, .octet, .pb, or
// .textpb, which is protobuf written for people.
func TestCases(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob("testdata/*/input*")
	if err != nil || len(inputs) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range inputs {
		name := filepath.Base(filepath.Dir(path))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := load(t, path)
			r := newReader()
			got := describe(r.Read(m))
			// The second time its series are known, from the third on columns are
			// remembered as a whole; and nothing is left over.
			for range 3 {
				if again := describe(r.Read(m)); again != got {
					t.Errorf("read again it differs:\n%s\nfirst:\n%s", again, got)
				}
			}
			want := filepath.Join(filepath.Dir(path), "want")
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			w, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(w) {
				t.Errorf("got:\n%swant:\n%s", got, w)
			}
		})
	}
}

func load(t testing.TB, path string) Message {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m := Message{Team: "demo", Body: body, Stored: stored}
	switch filepath.Ext(path) {
	case ".json":
		m.ContentType = "application/json; charset=utf-8"
	case ".lp":
		m.ContentType = "text/plain"
	case ".octet":
		m.ContentType = "application/octet-stream"
	case ".pb":
		m.ContentType = "application/x-protobuf"
	case ".textpb":
		m.ContentType = "Application/X-Protobuf; v=1"
		var samples metricsv1.Samples
		if err := prototext.Unmarshal(body, &samples); err != nil {
			t.Fatal(err)
		}
		if m.Body, err = proto.Marshal(&samples); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// describe writes a result for people.
func describe(r *Result) string {
	var b strings.Builder
	for _, s := range r.Samples {
		fmt.Fprintf(&b, "sample %s%s = %v %s(%s after storage)\n", s.Series.Name, s.Series.Labels, s.Value,
			strings.TrimLeft(s.Series.Unit+" ", " "), time.Duration(s.UnixMS-stored.UnixMilli())*time.Millisecond)
		if e := s.Event; e != nil {
			fmt.Fprintf(&b, "  event %s %s id %q: %q\n", e.Type, e.Level, e.Id, e.Message)
		}
	}
	if r.Skipped > 0 {
		fmt.Fprintf(&b, "skipped %d\n", r.Skipped)
	}
	for _, x := range r.Rejected {
		fmt.Fprintf(&b, "rejected %d line %d, %s: %s\n", x.Index, x.Line, x.Field, x.Reason)
	}
	if len(r.Rejected) > 0 {
		fmt.Fprintf(&b, "reason %s\n", Reasons(r.Rejected))
	}
	return b.String()
}
