package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/service"
	"github.com/parley-ops/parley/services/notifier"
	"github.com/parley-ops/parley/services/sandbox"
)

// crowd is people in a workspace, with a real notifier and a real actioner on a
// real bus. What actions do to the world arrives at a server that counts it.
type crowd struct {
	workspace
	b        *bustest.Bus
	dir      string
	effects  atomic.Int64
	refusals int
	version  uint32
	// seen is how often a text was told, audited how often it was written down.
	seen, audited map[string]int
	// privy are those who may have been told a text alone.
	privy map[string][]string
}

// crowdActions are one that anybody of @ops may run, and ones that need two.
const crowdActions = `actions:
  - {name: one, title: Push, kind: webhook, allow: ["@ops"], cool_down: 0s, per_hour: 1000, when_resolved: allow, plan: "Push {{ labels.service }}",
     undo: {action: back, within: 1h}, webhook: {url: "URL/push", hosts: [127.0.0.1], secret: "env:CROWD_SECRET", idempotent: true}}
  - {name: self, title: Nudge, kind: webhook, allow: ["@ops", parley], cool_down: 0s, per_hour: 1, when_resolved: allow, plan: "Nudge {{ labels.service }}",
     webhook: {url: "URL/nudge", hosts: [127.0.0.1], secret: "env:CROWD_SECRET", idempotent: true}}
  - {name: back, title: Pull, kind: webhook, allow: ["@ops"], cool_down: 0s, per_hour: 1000, when_resolved: allow, webhook: {url: "URL/pull", hosts: [127.0.0.1], secret: "env:CROWD_SECRET", idempotent: true}}
  - {name: two, title: Shove, kind: webhook, allow: ["@ops"], cool_down: 0s, per_hour: 1000, when_resolved: allow, plan: "Shove {{ labels.service }}",
     approval: {required: true, from: ["@ops"], within: 15m}, webhook: {url: "URL/shove", hosts: [127.0.0.1], secret: "env:CROWD_SECRET", idempotent: true}}
  - {name: size, title: Resize, kind: webhook, allow: ["@ops"], cool_down: 0s, per_hour: 1000, when_resolved: allow, plan: "Resize {{ labels.service }} to {{ parameters.count }}, {{ parameters.how }}",
     parameters: {count: {value: "2", form: true, type: number, min: 1, max: 9, label: How many}, how: {value: slow, form: true, one_of: [slow, fast]}},
     webhook: {url: "URL/size", hosts: [127.0.0.1], secret: "env:CROWD_SECRET", idempotent: true}}
  - {name: soon, title: Hurry, kind: webhook, allow: ["@ops"], cool_down: 0s, per_hour: 1000, when_resolved: allow,
     approval: {required: true, from: ["@ops"], within: 10s}, webhook: {url: "URL/hurry", hosts: [127.0.0.1], secret: "env:CROWD_SECRET", idempotent: true}}
`

func newCrowd(t *testing.T) *crowd {
	t.Setenv("CROWD_SECRET", "a secret of this test")
	c := &crowd{workspace: workspace{t: t, base: "http://" + freeAddr(t)}, b: bustest.New(t), dir: t.TempDir(),
		seen: map[string]int{}, audited: map[string]int{}, privy: map[string][]string{}}
	far := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		c.effects.Add(1)
	}))
	t.Cleanup(far.Close)
	c.declare(strings.ReplaceAll(crowdActions, "URL", far.URL))
	ctx, stop := context.WithCancel(context.Background())
	ended, said := make(chan error, 1), &syncBuffer{}
	go func() {
		ended <- service.Run(ctx, []string{"--health-listen", "", "--actions", c.dir, "--notifier-listen", "", "--notifier-rate", "200", "--slack-api-url", c.base + "/api/",
			"--actioner-same-person", "slack:USECOND=mattermost:mm2", "--sandbox-listen", strings.TrimPrefix(c.base, "http://"), "--sandbox-fleet-listen", "", "--sandbox-nats", "",
			"--sandbox-message-rate", "0", "--no-sandbox-tier-limits"}, service.Output{Stdout: said, Stderr: said}, c.b.Transport(), notifier.Service(), actioner.Service(), sandbox.Service())
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the services: %v", err)
		}
		if t.Failed() {
			t.Logf("they said:\n%s", lastLines(said.String(), 80))
		}
	})
	eventually(t, time.Minute, "the app listens to the workspace", func() (error, bool) {
		err := c.post("sandbox.command", map[string]any{"user": "operator", "channel": "#ops", "command": "/parley", "text": "help"}, &struct{}{})
		return err, err == nil
	})
	return c
}

func (c *crowd) declare(actions string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, "actions.yaml"), []byte(actions), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// edit changes what an action does.
func (c *crowd) edit(from, to string) {
	c.t.Helper()
	data, err := os.ReadFile(filepath.Join(c.dir, "actions.yaml"))
	if err != nil {
		c.t.Fatal(err)
	}
	c.declare(strings.ReplaceAll(string(data), from, to))
}

// open opens an incident in #ops and returns its message.
func (c *crowd) open(id string) message {
	c.t.Helper()
	c.openAs(id)
	return eventually(c.t, time.Minute, "a message about "+id+" with its buttons", func() (message, bool) {
		m, ok := c.root(id)
		_, there := m.button("Push")
		return m, ok && there
	})
}

// openAs opens an incident, whose policy runs these actions by itself.
func (c *crowd) openAs(id string, automatic ...*eventv1.Automatic) {
	c.t.Helper()
	now := timestamppb.Now()
	c.version++
	i := &eventv1.IncidentChanged{Id: id, Version: 1, State: eventv1.IncidentState_INCIDENT_STATE_OPEN, Reason: eventv1.IncidentReason_INCIDENT_REASON_BREACHED,
		At: now, BeganAt: now, OpenedAt: now, Policy: "crowd", Severity: eventv1.Severity_SEVERITY_CRITICAL, Team: "demo", Channels: []string{"#ops"}, Summary: "trouble " + id,
		Labels: []*eventv1.Label{{Name: "service", Value: "svc-" + id}}, Actions: []string{"self", "one", "two", "soon", "size"}, Automatic: automatic}
	if _, err := bus.Publish(c.t.Context(), c.b.Conn("evaluator"), bus.Alerts(7), "crowd/"+id, &eventv1.IncidentBatch{Partition: 7, SourceSequence: uint64(c.version), Changes: []*eventv1.IncidentChanged{i}}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *crowd) root(id string) (message, bool) {
	for _, m := range c.history("#ops") {
		if strings.Contains(m.everything(), "trouble "+id) {
			return m, true
		}
	}
	return message{}, false
}

// press clicks a button of an incident's message, as it is now.
func (c *crowd) press(user, id, button string) (message, element) {
	c.t.Helper()
	type found struct {
		m message
		e element
	}
	f := eventually(c.t, 30*time.Second, "the button "+button, func() (found, bool) {
		m, _ := c.root(id)
		e, ok := m.button(button)
		return found{m, e}, ok
	})
	c.click(user, "#ops", f.m, f.e, 1)
	return f.m, f.e
}

// reply waits for a reply in an incident's thread.
func (c *crowd) reply(id string, texts ...string) message {
	c.t.Helper()
	return eventually(c.t, time.Minute, "a reply with "+strings.Join(texts, " and "), func() (message, bool) {
		root, _ := c.root(id)
		for _, m := range c.replies("#ops", root.TS) {
			all := m.TS != root.TS
			for _, text := range texts {
				all = all && strings.Contains(m.everything(), text)
			}
			if all {
				return m, true
			}
		}
		return message{}, false
	})
}

// refused waits until a person was told a refusal with this text once more than
// before, and sees it in the audit as often, with nothing done.
func (c *crowd) refused(who, text string, effects int64) {
	c.t.Helper()
	before := c.seen[text]
	eventually(c.t, time.Minute, who+" is told: "+text, func() (int, bool) {
		n := c.told(text)
		c.seen[text] = n
		return n, n > before
	})
	eventually(c.t, 30*time.Second, "the audit has it: "+text, func() ([]string, bool) {
		n, all := 0, []string{}
		for _, a := range c.audit() {
			if strings.Contains(a.GetReason()+a.GetResult(), text) && strings.Contains(a.GetWhat(), "refused") {
				n++
			}
			all = append(all, a.GetWhat()+": "+a.GetReason()+" "+a.GetResult())
		}
		ok := n > c.audited[text]
		if ok {
			c.audited[text] = n
		}
		return all[max(0, len(all)-5):], ok
	})
	c.privy[text] = append(c.privy[text], who)
	private, public := c.readers(text)
	for _, reader := range private {
		if !slices.Contains(c.privy[text], reader) {
			c.t.Errorf("%s was told what concerns %v: %s", reader, c.privy[text], text)
		}
	}
	if !public && !slices.Contains(private, who) {
		c.t.Errorf("%s was told neither alone nor in a thread: %s; only %v", who, text, private)
	}
	if n := c.effects.Load(); n != effects {
		c.t.Errorf("%s: %d effects, want %d", text, n, effects)
	}
	c.refusals++
}

// audit returns all records.
func (c *crowd) audit() []*eventv1.AuditRecord {
	c.t.Helper()
	stream, err := c.b.Conn("admin").JetStream().Stream(c.t.Context(), bus.AuditLog.Name)
	if err != nil {
		c.t.Fatal(err)
	}
	var out []*eventv1.AuditRecord
	for n := uint64(1); n <= stream.CachedInfo().State.LastSeq; n++ {
		m, err := stream.GetMsg(c.t.Context(), n)
		a := &eventv1.AuditRecord{}
		if err != nil || proto.Unmarshal(m.Data, a) != nil {
			c.t.Fatalf("audit record %d: %v", n, err)
		}
		out = append(out, a)
	}
	return out
}

// run returns the newest run of an incident, by its record.
func (c *crowd) run(id string) *eventv1.RunChanged {
	c.t.Helper()
	all, err := bus.ActionRuns.List(c.t.Context(), c.b.Conn("admin"))
	if err != nil {
		c.t.Fatal(err)
	}
	var newest *eventv1.RunChanged
	for _, e := range all {
		run := e.Value.GetRun()
		if run.GetIncident().GetId() == id && (newest == nil || run.GetRequestedAt().AsTime().After(newest.GetRequestedAt().AsTime())) {
			newest = run
		}
	}
	return newest
}

func (c *crowd) wait(id string, state eventv1.RunState) *eventv1.RunChanged {
	c.t.Helper()
	return eventually(c.t, time.Minute, fmt.Sprintf("the run of %s is %v", id, state), func() (*eventv1.RunChanged, bool) {
		run := c.run(id)
		return run, run.GetState() == state
	})
}

// group says who is in @ops from now on.
func (c *crowd) group(users ...string) {
	c.t.Helper()
	var out struct{ OK bool }
	if err := c.post("sandbox.group", map[string]any{"name": "@ops", "users": users}, &out); err != nil {
		c.t.Fatal(err)
	}
}

// offered waits until the notifier may know what the actions are now.
func (c *crowd) offered() {
	c.t.Helper()
	eventually(c.t, 30*time.Second, "the actioner has read its folder again", func() (string, bool) {
		i := &eventv1.IncidentChanged{Id: "asked", Labels: []*eventv1.Label{{Name: "service", Value: "x"}}}
		a, err := bus.Ask(c.t.Context(), c.b.Conn("notifier"), bus.PlanQuestion, &eventv1.PlanQuery{Runs: []*eventv1.RunRequested{{RunId: "asked", Action: "one", Incident: i}}})
		if err != nil || len(a.GetPlans()) != 1 {
			return a.GetError(), false
		}
		return a.GetPlans()[0].GetWords(), strings.HasPrefix(a.GetPlans()[0].GetWords(), "Push hard")
	})
}

// id returns a person's id, channel a channel's.
func (c *crowd) id(user string) string {
	c.t.Helper()
	var out struct {
		Users []struct{ ID, Name string } `json:"users"`
	}
	if err := c.post("sandbox.state", map[string]any{"user": user}, &out); err != nil {
		c.t.Fatal(err)
	}
	plain := strings.NewReplacer(".", "", " ", "", "_", "")
	for _, u := range out.Users {
		if strings.EqualFold(plain.Replace(u.Name), plain.Replace(user)) {
			return u.ID
		}
	}
	c.t.Fatalf("no person %q among %v", user, out.Users)
	return ""
}

func (c *crowd) channel(name string) string {
	c.t.Helper()
	var out struct {
		Channels []struct{ ID, Name string } `json:"channels"`
	}
	if err := c.get("/api/conversations.list", nil, &out); err != nil {
		c.t.Fatal(err)
	}
	for _, ch := range out.Channels {
		if "#"+ch.Name == name {
			return ch.ID
		}
	}
	c.t.Fatalf("no channel %q among %v", name, out.Channels)
	return ""
}

// try calls a method whose answer may be a no.
func (c *crowd) try(method string, body, into any) {
	c.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := http.Post(c.base+"/api/"+method, "application/json", bytes.NewReader(data))
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
}

func asText(v any) string {
	data, _ := json.Marshal(v)
	return string(data)
}
