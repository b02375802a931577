package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const ruleGroups = 10

// startPrometheus runs Prometheus as it comes, with its remote-write receiver
// on and its rules at the interval, sending alerts straight to a sink.
func startPrometheus(ctx context.Context, o options, dir string, w *workload, every string) (*system, error) {
	s := &system{name: "prometheus", w: w, delivered: newSeen(w.series)}
	s.people = s.delivered.since
	k, err := newSink(s.delivered)
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, k.close)
	s.traffic = func() traffic { return traffic{messages: k.requests.Load()} }
	listen, err := freeAddress()
	if err != nil {
		return s, err
	}
	conf := fmt.Sprintf("global: {evaluation_interval: %s}\nrule_files: [rules.yml]\nalerting: {alertmanagers: [{static_configs: [{targets: [%q]}]}]}\n", every, k.addr)
	if err := writeAll(dir, map[string]string{"prometheus.yml": conf, "rules.yml": rules(w.rules, every)}); err != nil {
		return s, err
	}
	p, err := s.start(dir, "prometheus", o.tool("prometheus"), nil, "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "tsdb"), "--web.listen-address="+listen,
		"--web.enable-remote-write-receiver", "--log.level=warn")
	if err != nil {
		return s, err
	}
	s.feed = func(w *workload) send { return remoteWrite("http://"+listen+"/api/v1/write", w) }
	s.gen = newGenerator(w, o.batch, o.senders, s.feed(w))
	return s, p.ready(ctx, "http://"+listen+"/-/ready")
}

// rules is one threshold rule for each group of series.
func rules(n int, every string) string {
	var b strings.Builder
	b.WriteString("groups:\n")
	for g := range ruleGroups {
		fmt.Fprintf(&b, "- name: group%d\n  interval: %s\n  rules:\n", g, every)
		for r := g; r < n; r += ruleGroups {
			fmt.Fprintf(&b, "  - alert: High%04d\n    expr: %s{grp=%q} > %g\n    annotations: {summary: 'value {{ $value }} on {{ $labels.host }}'}\n",
				r, metricName, group(r), threshold)
		}
	}
	return b.String()
}

// startFloor runs the least that a system could do for this workload: one
// state per series in memory, no history, no durability.
func startFloor(ctx context.Context, o options, dir string, w *workload) (*system, error) {
	s := &system{name: "floor", w: w, delivered: newSeen(w.series)}
	s.people = s.delivered.since
	k, err := newSink(s.delivered)
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, k.close)
	s.traffic = func() traffic { return traffic{messages: k.requests.Load()} }
	listen, err := freeAddress()
	if err != nil {
		return s, err
	}
	p, err := s.start(dir, "floor", o.tool("peerload"), nil, "floor", "-listen", listen, "-notify", "http://"+k.addr+"/api/v2/alerts")
	if err != nil {
		return s, err
	}
	s.feed = func(w *workload) send { return remoteWrite("http://"+listen+"/", w) }
	s.gen = newGenerator(w, o.batch, o.senders, s.feed(w))
	for range 100 { // it has no page that says it is ready
		if err = s.gen.send(ctx, batch{}); err == nil || p.ended() != nil {
			break
		}
		wait(ctx, readyPoll)
	}
	return s, err
}

func writeAll(dir string, files map[string]string) error {
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
