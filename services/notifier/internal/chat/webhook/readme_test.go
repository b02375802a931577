package webhook

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/api/apitest"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// folded is a document on one line.
func folded(s string) string {
	return regexp.MustCompile(`\n *`).ReplaceAllString(strings.TrimSpace(s), "")
}

// TestTheREADMEsDocumentsAreSent: what people build on is what comes,
// but for the lines.
func TestTheREADMEsDocumentsAreSent(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	told := chat.Told{Event: chat.Opened, ChannelID: "ops", ID: "3f9a27c1d0/root/opened", Key: chat.Key{Incident: "3f9a27c1d0", Part: "root"}, Content: chat.Content{
		Text: "CRITICAL: heap is 97 %", Title: "🔴 heap is 97 %", Parts: []chat.Part{chat.Lines{{chat.B("CRITICAL"), chat.P(" since "), chat.T(began)}},
			chat.Buttons{chat.Button{ID: "r", Text: "Runbook", URL: "https://example.org/runbooks/heap"}}},
		About: &chat.About{ID: "3f9a27c1d0", State: chat.Open, Severity: "critical", Finding: "heap is 97 %", Policy: "heap", Team: "shop", Began: began, Runbook: "https://example.org/runbooks/heap",
			Count: 1, Labels: []chat.Label{{Name: "service", Value: "checkout"}}}}}
	for _, f := range []Format{JSON, XML} {
		synctest.Test(t, func(t *testing.T) {
			v := &apitest.Vendor{}
			v.Handler = endpoint(v, f)
			b, err := open(configured(f, ""), chat.Deps{HTTP: v.Client()})
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Tell(t.Context(), told); err != nil || len(v.Bodies) != 1 || len(v.Refused) > 0 {
				t.Fatalf("%v %q %q", err, v.Bodies, v.Refused)
			}
			_, block, _ := strings.Cut(string(readme), "```"+string(f)+"\n")
			block, _, _ = strings.Cut(block, "```")
			if said, sent := folded(block), folded(v.Bodies[0]); said != sent {
				t.Errorf("the README says %s\nwhat is sent is   %s", said, sent)
			}
		})
	}
}
