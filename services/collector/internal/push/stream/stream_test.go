package stream

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/*/want anew")

// told is what a record comes to, in words.
func told(record []byte) string {
	var b strings.Builder
	err := Read(record, func(p *Point) {
		fmt.Fprintf(&b, "%s %s %s %s", p.Account, p.Region, p.Namespace, p.Metric)
		for _, d := range p.Dimensions {
			fmt.Fprintf(&b, " %s=%s", d.Name, d.Value)
		}
		fmt.Fprintf(&b, " at %d, unit %q:", p.UnixMS, p.Unit)
		for _, s := range []string{"Average", "Sum", "Minimum", "Maximum", "SampleCount", "p95", "p99", "p99.9"} {
			if v, ok := p.Value(s); ok {
				fmt.Fprintf(&b, " %s %g", s, v)
			}
		}
		b.WriteString("\n")
	}, func(line []byte, why error) {
		fmt.Fprintf(&b, "bad: %v", why)
		if line != nil {
			fmt.Fprintf(&b, " in %.60s", line)
		}
		b.WriteString("\n")
	})
	if err != nil {
		fmt.Fprintf(&b, "error: %v\n", err)
	}
	return b.String()
}

// The records of OpenTelemetry were written by the generated code of
// go.opentelemetry.io/proto/otlp, not by ours.
func TestRecords(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("testdata/*/record")
	if err != nil || len(dirs) < 7 {
		t.Fatal(dirs, err)
	}
	for _, name := range dirs {
		record, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, want := told(record), filepath.Join(filepath.Dir(name), "want")
		if *update {
			if err := os.WriteFile(want, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if text, err := os.ReadFile(want); err != nil || got != string(text) {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", name, err, got, text)
		}
	}
}

// A message of OpenTelemetry that is 0x7b bytes long begins like JSON.
func TestAMessageThatBeginsLikeJSON(t *testing.T) {
	t.Parallel()
	record, err := os.ReadFile("testdata/otlp-old/record")
	if err != nil {
		t.Fatal(err)
	}
	// Grow it to that length by a field that nobody knows.
	message := record[1:]
	pad := 0x7b - len(message) - 2
	message = append(append(message, 0x7a, byte(pad)), make([]byte, pad)...)
	if err := Read(append([]byte{0x7b}, message...), func(*Point) {}, func([]byte, error) {}); !errors.Is(err, ErrOld) {
		t.Errorf("got %v, want %v", err, ErrOld)
	}
	if got := told([]byte("{\n}")); !strings.HasPrefix(got, "bad: not JSON") {
		t.Errorf("got %q", got)
	}
}

func FuzzRead(f *testing.F) {
	names, err := filepath.Glob("testdata/*/record")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		record, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(record)
	}
	f.Fuzz(func(t *testing.T, record []byte) {
		points := 0
		err := Read(record, func(p *Point) {
			points++
			if err := p.check(); err != nil {
				t.Errorf("a point that is wrong was given: %v", err)
			}
			for _, s := range p.More {
				if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
					t.Errorf("%s is %v", s.Name, s.Value)
				}
			}
			if v, ok := p.Value("Average"); ok && (math.IsNaN(v) || math.IsInf(v, 0)) {
				t.Errorf("the average is %v", v)
			}
		}, func(_ []byte, why error) {
			if why == nil || len(why.Error()) > 1000 {
				t.Errorf("a reason of %v", why)
			}
		})
		if errors.Is(err, ErrFormat) && points > 0 {
			t.Error("a record that cannot be cut gave points")
		}
		if points > len(record) {
			t.Errorf("%d points of %d bytes", points, len(record))
		}
	})
}
