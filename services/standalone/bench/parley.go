package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/natsconf"
)

const readyPoll = 50 * time.Millisecond

// variant is how the chain is run and fed.
type variant struct {
	name string
	sync string // nats-server's sync_interval
	feed string // columns or json
	// evaluators is how many there are; 0 is one.
	evaluators int
}

var (
	durable = variant{name: "parley", sync: "always", feed: "columns"}
	relaxed = variant{name: "parley, default sync", sync: "2m", feed: "columns"}
	asJSON  = variant{name: "parley, JSON", sync: "always", feed: "json"}
)

// startParley runs the whole chain as separate processes with nats-server, and
// the sandbox as the workspace, which is not counted.
func startParley(ctx context.Context, o options, dir string, w *workload, v variant, policies string) (*system, error) {
	s := &system{name: v.name, w: w, stored: newSeen(w.series), delivered: newSeen(w.series),
		outside: []string{"sandbox"}, health: map[string]string{}}
	keys := filepath.Join(dir, "keys")
	place := natsconf.InFolder(keys)
	public, err := natsconf.WriteKeys(place)
	if err != nil {
		return s, err
	}
	address := map[string]string{}
	for _, name := range []string{"nats-server", "sandbox", "collector", "evaluator", "renderer", "notifier", "actioner", "ingest", "slack", "evaluator-2"} {
		if address[name], err = freeAddress(); err != nil {
			return s, err
		}
	}
	err = writeAll(dir, map[string]string{
		"users/users.conf": string(natsconf.UsersConf(public)), "accounts.conf": string(natsconf.AccountsConf("demo")),
		"nats.conf": string(natsconf.ServerConf(natsconf.Server{Name: "bench", Listen: address["nats-server"],
			StoreDir: filepath.Join(dir, "jetstream"), SyncInterval: v.sync})),
		"policies/bench.yaml": policies, "actions/none.yaml": "actions: []\n",
	})
	if err != nil {
		return s, err
	}
	url := "nats://" + address["nats-server"]
	if _, err := s.start(dir, "nats-server", o.tool("nats-server"), nil, "-c", filepath.Join(dir, "nats.conf")); err != nil {
		return s, err
	}
	admin, err := dial(ctx, url, place("admin"), "admin")
	if err != nil {
		return s, err
	}
	err = bus.Setup(ctx, admin, bus.SetupOptions{})
	admin.Close()
	if err != nil {
		return s, fmt.Errorf("set up: %w", err)
	}
	workspace := "http://" + address["sandbox"]
	box, err := s.start(dir, "sandbox", o.service("sandbox"), nil, "--health-listen=", "--log-level=error",
		"--sandbox-listen="+address["sandbox"], "--sandbox-fleet-listen=", "--sandbox-nats=")
	if err != nil {
		return s, err
	}
	if err := box.ready(ctx, workspace+"/api/conversations.list"); err != nil {
		return s, err
	}
	env := []string{"PARLEY_NATS_URL=" + url, "PARLEY_NATS_KEYS=" + keys, "PARLEY_LOG_LEVEL=warn", "PARLEY_LOG_FORMAT=json",
		"PARLEY_POLICIES=" + filepath.Join(dir, "policies"), "PARLEY_ACTIONS=" + filepath.Join(dir, "actions"),
		"PARLEY_COLLECTOR_LISTEN=" + address["ingest"], "PARLEY_NOTIFIER_LISTEN=" + address["slack"],
		"PARLEY_ACTIONER_SANDBOX_URL=" + workspace,
		"SLACK_BOT_TOKEN=xoxb-sandbox", "SLACK_APP_TOKEN=xapp-sandbox", "SLACK_SIGNING_SECRET=", "SLACK_API_URL=" + workspace + "/api/"}
	services := []string{"collector", "evaluator", "renderer", "notifier", "actioner"}
	if v.evaluators == 2 {
		services = append(services, "evaluator-2")
	}
	for _, name := range services {
		if slices.Contains(strings.Split(o.without, ","), name) {
			continue
		}
		s.health[name] = "http://" + address[name]
		if _, err := s.start(dir, name, o.service(strings.TrimSuffix(name, "-2")), append(env, "PARLEY_HEALTH_LISTEN="+address[name])); err != nil {
			return s, err
		}
	}
	for _, p := range s.procs[2:] {
		if err := p.ready(ctx, s.health[p.name]+"/readyz"); err != nil {
			return s, err
		}
	}
	operator, err := dial(ctx, url, place("operator"), "operator")
	if err != nil {
		return s, err
	}
	s.operator, s.store = operator, filepath.Join(dir, "jetstream")
	s.closers = append(s.closers, operator.Close)
	s.settle = func(ctx context.Context) error { return settle(ctx, operator) }
	s.evaluated = func(ctx context.Context) float64 {
		p, err := askProgress(ctx, operator)
		if err != nil {
			return math.NaN()
		}
		return float64(p.evaluated)
	}
	if err := awaitOwners(ctx, operator, s); err != nil {
		return s, err
	}
	return s, s.connect(ctx, o, url, workspace, operator, v)
}

// connect begins to listen to what the chain says, and readies its feed.
func (s *system) connect(ctx context.Context, o options, url, workspace string, operator *bus.Conn, v variant) error {
	stopLog, err := watchAlerts(ctx, operator, s.stored)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, stopLog)
	page := watchWorkspace(ctx, workspace, s.delivered)
	s.closers = append(s.closers, page.close)
	s.traffic, s.people = page.traffic, page.since
	// A team's program: no credentials, its own connection, metrics only.
	team, err := nats.Connect(url)
	if err != nil {
		return fmt.Errorf("connect as a team: %w", err)
	}
	s.closers = append(s.closers, team.Close)
	s.feed = func(w *workload) send {
		if v.feed == "json" {
			return objects(team, w)
		}
		return columns(team, w, o.batch)
	}
	s.gen = newGenerator(s.w, o.batch, o.senders, s.feed(s.w))
	return nil
}

// dial connects as a user, and waits for the server.
func dial(ctx context.Context, url, seed, user string) (*bus.Conn, error) {
	key, err := nats.NkeyOptionFromSeed(seed)
	if err != nil {
		return nil, err
	}
	o := bus.Options{Service: user}
	for {
		nc, err := nats.Connect(url, append(bus.NATSOptions(o), key, nats.RetryOnFailedConnect(false))...)
		if err == nil {
			return bus.New(nc, o)
		}
		if wait(ctx, readyPoll); ctx.Err() != nil {
			return nil, fmt.Errorf("connect as %s: %w", user, err)
		}
	}
}

// awaitOwners waits until every partition has an owner with policies in force.
func awaitOwners(ctx context.Context, operator *bus.Conn, s *system) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		answers, err := bus.QueryAll(ctx, operator, &eventv1.Query{Query: &eventv1.Query_Partition{Partition: &eventv1.PartitionQuery{}}})
		have := 0
		for _, a := range answers {
			if a.GetStatus().GetPolicyDigest() != "" {
				have++
			}
		}
		if have == bus.Partitions {
			return nil
		}
		if wait(ctx, 200*time.Millisecond); ctx.Err() != nil {
			return fmt.Errorf("only %d of %d partitions have an owner with policies in force: %w", have, bus.Partitions, errors.Join(err, s.alive()))
		}
	}
}

// policyFile is one policy for each group of series, all with the same words.
func policyFile(n int, channel string) string {
	var b strings.Builder
	b.WriteString("policies:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - name: high-%04d\n    severity: warning\n    scope: {grp: %s}\n    when: {metric: %s, above: %g}\n    channels: [%q]\n    summary: \"{{ labels.host }} is at {{ value }}\"\n",
			i, group(i), metricName, threshold, channel)
	}
	return b.String()
}
