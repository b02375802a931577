package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
)

// untilLines calls enough after so many lines.
type untilLines struct {
	bytes.Buffer
	lines  int
	enough func()
}

func (w *untilLines) Write(p []byte) (int, error) {
	if w.lines -= bytes.Count(p, []byte("\n")); w.lines <= 0 {
		w.enough()
	}
	return w.Buffer.Write(p)
}

// A watch is one document a line, and Ctrl-C is how it ends well.
func TestStatusWatch(t *testing.T) {
	t.Parallel()
	w := &world{dir: t.TempDir()}
	if err := w.open(false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, stderr := &untilLines{lines: 2, enough: cancel}, &bytes.Buffer{}
	code := run(ctx, []string{"status", "--watch", "--every", "200ms", "--json", "--nats-url", w.server.URL(), "--data", w.dir}, strings.NewReader(""), out, stderr)
	if code != exitDone || stderr.Len() > 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) < 2 {
		t.Fatalf("got %d lines", len(lines))
	}
	for _, l := range lines {
		var st status
		if err := json.Unmarshal([]byte(l), &st); err != nil || len(st.Streams) == 0 || st.Healthy {
			t.Errorf("%v: %s", err, l)
		}
	}
}
