package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/actioner"
	"github.com/parley-ops/parley/services/collector"
	"github.com/parley-ops/parley/services/evaluator"
	"github.com/parley-ops/parley/services/internal/bus/embedded"
	"github.com/parley-ops/parley/services/internal/service"
	"github.com/parley-ops/parley/services/notifier"
	"github.com/parley-ops/parley/services/renderer"
	"github.com/parley-ops/parley/services/sandbox"
)

// pathsPolicies open an incident for each service whose queue is too long, with
// few actions on its message or with many.
const pathsPolicies = `policies:
  - name: orders-waiting
    severity: critical
    by: [service]
    when: {metric: orders.pending, above: 100, until: 50, for: 1s}
    recover: {after: 1s}
    channels: ["#ops"]
    actions: [drain, move]
    summary: "{{ value }} orders wait on {{ labels.service }}"
    runbook: https://example.org/runbooks/orders
  - name: mails-waiting
    severity: warning
    by: [service]
    when: {metric: mails.pending, above: 100, until: 50, for: 1s}
    recover: {after: 1s}
    channels: ["#ops"]
    actions: [size, drain, move]
    summary: "{{ value }} mails wait on {{ labels.service }}"
`

// pathsActions are one that anybody of @ops may run and undo, one that needs
// two people, and one with a form.
const pathsActions = `actions:
  - {name: drain, title: Drain the queue, kind: webhook, allow: ["@ops"], cool_down: 0s, per_hour: 100, when_resolved: allow, style: primary,
     confirm: "Drain this queue? What waits in it is worked off first.", plan: "Drain the queue of {{ labels.service }}", undo: {action: fill, within: 1h}, verify: {within: 2m},
     parameters: {service: "{{ labels.service }}"}, webhook: {url: "URL/drain", hosts: [127.0.0.1], secret: "env:PATHS_SECRET", idempotent: true}}
  - {name: fill, title: Stop draining, kind: webhook, allow: ["@ops"], cool_down: 0s, per_hour: 100, when_resolved: allow, plan: "Stop draining the queue of {{ labels.service }}",
     parameters: {service: "{{ labels.service }}"}, webhook: {url: "URL/fill", hosts: [127.0.0.1], secret: "env:PATHS_SECRET", idempotent: true}}
  - {name: move, title: Move to the spare, kind: webhook, allow: ["@ops"], cool_down: 0s, per_hour: 100, when_resolved: allow, style: danger, plan: "Move {{ labels.service }} to the spare node",
     confirm: "Move this service to the spare node?", approval: {required: true, from: ["@ops"], within: 15m}, webhook: {url: "URL/move", hosts: [127.0.0.1], secret: "env:PATHS_SECRET", idempotent: true}}
  - {name: size, title: Add workers, kind: webhook, allow: ["@ops"], cool_down: 0s, per_hour: 100, when_resolved: allow, plan: "Run {{ parameters.count }} workers of {{ labels.service }}, {{ parameters.how }}",
     parameters: {count: {value: "2", form: true, type: number, min: 1, max: 9, label: How many}, how: {value: slowly, form: true, one_of: [slowly, at once]}},
     webhook: {url: "URL/size", hosts: [127.0.0.1], secret: "env:PATHS_SECRET", idempotent: true}}
`

// shop is the whole pipeline in this process, and queues that it watches.
type shop struct {
	workspace
	ingest string

	mu     sync.Mutex
	queues map[string]float64 // "orders.pending/service"
}

func openShop(t *testing.T) *shop {
	t.Helper()
	t.Setenv("PATHS_SECRET", "a secret of this test")
	s := &shop{ingest: freeAddr(t), queues: map[string]float64{}}
	far := httptest.NewServer(http.HandlerFunc(s.work))
	t.Cleanup(far.Close)
	data, policies, actions := t.TempDir(), t.TempDir(), t.TempDir()
	for path, text := range map[string]string{filepath.Join(policies, "paths.yaml"): pathsPolicies, filepath.Join(actions, "paths.yaml"): strings.ReplaceAll(pathsActions, "URL", far.URL)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args, w, _ := standaloneArgs(t, data)
	s.workspace = w
	args = append(args, "--policies", policies, "--actions", actions, "--collector-listen", s.ingest, "--collector-sources", "",
		"--notifier-rate", "100", "--sandbox-message-rate", "0", "--no-sandbox-tier-limits", "--health-listen", "")
	ctx, stop := context.WithCancel(context.Background())
	ended, said := make(chan error, 1), &syncBuffer{}
	go func() {
		ended <- service.Run(ctx, args, service.Output{Stdout: said, Stderr: said}, embedded.Connect(), collector.Service(), evaluator.Service(),
			renderer.Service(), notifier.Service(), actioner.Service(), sandbox.Service())
	}()
	var feeding sync.WaitGroup
	feeding.Go(func() { s.feed(ctx) })
	t.Cleanup(func() {
		stop()
		feeding.Wait()
		if err := <-ended; err != nil {
			t.Errorf("the services: %v", err)
		}
		if t.Failed() {
			t.Logf("they said:\n%s", lastLines(said.String(), 60))
		}
	})
	eventually(t, time.Minute, "the app listens to the workspace", func() (error, bool) {
		err := s.post("sandbox.command", map[string]any{"user": "viewer", "channel": "#general", "command": "/parley", "text": "help"}, &struct{}{})
		return err, err == nil
	})
	return s
}

// work is what the actions do to the queues.
func (s *shop) work(_ http.ResponseWriter, r *http.Request) {
	var asked struct {
		Parameters map[string]string `json:"parameters"`
	}
	if json.NewDecoder(r.Body).Decode(&asked) != nil {
		return
	}
	switch r.URL.Path {
	case "/drain":
		s.set("orders.pending", asked.Parameters["service"], 7)
	case "/fill":
		s.set("orders.pending", asked.Parameters["service"], 150)
	}
}

func (s *shop) set(metric, service string, to float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queues[metric+"/"+service] = to
}

// feed sends what is in the queues, as a user's program would.
func (s *shop) feed(ctx context.Context) {
	type sample struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
		Value  float64           `json:"value"`
	}
	every := time.NewTicker(300 * time.Millisecond)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		s.mu.Lock()
		all := make([]sample, 0, len(s.queues))
		for key, value := range s.queues {
			metric, service, _ := strings.Cut(key, "/")
			all = append(all, sample{metric, map[string]string{"service": service, "env": "prod"}, value})
		}
		s.mu.Unlock()
		body, err := json.Marshal(all)
		if err != nil || len(all) == 0 {
			continue
		}
		if resp, err := http.Post("http://"+s.ingest+"/v1/metrics", "application/json", bytes.NewReader(body)); err == nil {
			_ = resp.Body.Close()
		}
	}
}

// incident waits for the incident about a service, and returns its short id.
func (s *shop) incident(service string) string {
	s.t.Helper()
	return eventually(s.t, time.Minute, "an incident about "+service+" with its chart", func() (string, bool) {
		for _, m := range s.history("#ops") {
			if _, drawn := m.picture(); drawn && strings.Contains(m.Text, "wait on "+service) {
				_, id, _ := strings.Cut(m.everything(), "incident `")
				return id[:min(8, len(id))], len(id) > 8
			}
		}
		return "", false
	})
}
