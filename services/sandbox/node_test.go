package sandbox

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

// TestNodeClient runs an app made with Slack's own JavaScript clients, unchanged:
// Web API, files, Socket Mode, commands, clicks, modals, the home tab, events.
func TestNodeClient(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("left out: no node on this machine")
	}
	dir := filepath.Join("testdata", "node")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "@slack", "socket-mode")); err != nil {
		t.Skip("left out: Slack's clients are not installed; run npm ci in services/sandbox/testdata/node")
	}
	cfg := Defaults()
	ws, err := workspace.New(cfg.workspace(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(ws.Handler())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- ws.Run(ctx) }()
	defer func() {
		cancel()
		<-ended
		server.CloseClientConnections()
		server.Close()
	}()
	within, done := context.WithTimeout(t.Context(), 90*time.Second)
	defer done()
	client := exec.CommandContext(within, node, "client.mjs", server.URL)
	client.Dir = dir
	out, err := client.CombinedOutput()
	t.Logf("%s", out)
	if err != nil || strings.Contains(string(out), "FAILED") || !strings.Contains(string(out), "all done") {
		t.Errorf("node: %v", err)
	}
}
