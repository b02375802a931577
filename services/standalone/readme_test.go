package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// readmesMessages are what the README tells people to publish: by the NATS
// command line, and in Go.
var readmesMessages = regexp.MustCompile("(?:nats pub |nc\\.Request\\(\")(metrics\\.[a-z.]+)[\" ].*?['`](\\{.*?\\})['`]")

// publishReadme publishes the README's messages word for word, and asks for
// them with the README's command. (Its shell commands are run by scripts/smoke.)
func publishReadme(t *testing.T, natsURL, data string) {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	messages := readmesMessages.FindAllStringSubmatch(string(text), -1)
	if len(messages) != 2 {
		t.Fatalf("%d messages in the README, want that of the command line and that of Go: %q", len(messages), messages)
	}
	nc, err := nats.Connect(natsURL)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	for _, m := range messages {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		ack, err := nc.RequestWithContext(ctx, m[1], []byte(m[2]))
		cancel()
		if err != nil || !strings.Contains(string(ack.Data), `"stream":"INGEST"`) {
			t.Errorf("%s %s: %v", m[1], m[2], err)
		}
	}
	eventually(t, 20*time.Second, "parley query shows both series of orders.pending", func() (string, bool) {
		cmd := exec.Command(binary(t, "ctl"), "query", "orders.pending", "--json", "--data", data, "--nats-url", natsURL)
		out, err := cmd.CombinedOutput()
		var answer struct{ Series []json.RawMessage }
		return string(out), err == nil && json.Unmarshal(out, &answer) == nil && len(answer.Series) == 2
	})
}
