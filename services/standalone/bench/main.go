// Command bench measures the whole chain, from samples on NATS to messages in
// a workspace, beside Prometheus and a reference floor in the same call.
// scripts/bench builds what it needs and calls it.
//
// Every process of the chain is counted, nats-server included; the generator,
// the sinks and the workspace are not. All systems get the same workload from
// the same generator, in turn, over loopback. Progress goes to stderr, figures
// to stdout; nothing is written outside a temporary folder.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// options are what can be chosen.
type options struct {
	root, bin, temp, data                    string
	series, rules, batch, senders            int
	rounds, breaches, probes                 int
	idle, warm, steady, window, burst, grace time.Duration
	every, only, without                     string
	seed                                     uint64
}

func (o options) tool(name string) string    { return filepath.Join(o.bin, name) }
func (o options) service(name string) string { return filepath.Join(o.bin, "bench", name) }

// has reports whether a program was built.
func (o options) has(name string) bool {
	info, err := os.Stat(o.tool(name))
	return err == nil && info.Mode().IsRegular()
}

// measurements by name, in the order of "all".
var measurements = []struct {
	name string
	run  func(ctx context.Context, o options, t *table) error
}{
	{"chart", chart}, {"eval", eval}, {"chain", chain}, {"storm", storm}, {"latency", latency}, {"size", size}, {"aws", cloud},
	{"detection", detection}, {"learned", learned},
}

func main() {
	var o options
	flag.StringVar(&o.root, "root", ".", "the repository")
	flag.StringVar(&o.bin, "bin", ".cache/bin", "folder with the programs: nats-server, prometheus, peerload, bench/<service>")
	flag.StringVar(&o.data, "data", "../shared/data", "folder with nab, m4-hourly and disk-full: the labelled series of detection")
	flag.IntVar(&o.rounds, "rounds", 1, "how often everything is measured; the table shows medians and ranges")
	flag.IntVar(&o.series, "series", 10_000, "series")
	flag.IntVar(&o.rules, "rules", 100, "policies, or rules, each over an equal share of the series")
	flag.IntVar(&o.batch, "batch", 2_000, "samples in a message or request")
	flag.IntVar(&o.senders, "senders", 4, "messages under way at a time")
	flag.IntVar(&o.breaches, "breaches", 200, "series that breach at random moments of the chain's window")
	flag.IntVar(&o.probes, "probes", 40, "breaches one by one in the quiet system of `latency`")
	flag.DurationVar(&o.idle, "idle", 3*time.Second, "doing nothing while CPU is measured")
	flag.DurationVar(&o.warm, "warm", 4*time.Second, "sending before anything is measured")
	flag.DurationVar(&o.steady, "steady", 10*time.Second, "steady sending while CPU is measured")
	flag.DurationVar(&o.window, "window", 8*time.Second, "time in which the series breach")
	flag.DurationVar(&o.burst, "burst", 5*time.Second, "sending as fast as acknowledged")
	flag.DurationVar(&o.grace, "grace", 20*time.Second, "how long to wait for what has not come")
	flag.StringVar(&o.every, "every", "1s", "Prometheus' evaluation interval")
	flag.StringVar(&o.only, "only", "", "only the system with this name")
	flag.StringVar(&o.without, "without", "", "services of the chain not to start, with commas: to see what they cost")
	flag.Uint64Var(&o.seed, "seed", 1, "of what is by chance")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := bench(ctx, o, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench runs what is asked for and prints what it has, also when a part of it
// failed.
func bench(ctx context.Context, o options, what []string) (err error) {
	names := make([]string, len(measurements))
	for i, m := range measurements {
		names[i] = m.name
	}
	for _, w := range what {
		if w != "all" && !slices.Contains(names, w) {
			return fmt.Errorf("unknown measurement %q: want %v or all", w, names)
		}
	}
	o.root, err = filepath.Abs(o.root)
	if err != nil {
		return err
	}
	if o.bin, err = filepath.Abs(o.bin); err != nil {
		return err
	}
	if o.temp, err = os.MkdirTemp("", "parley-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(o.temp)

	t := newTable()
	var errs []error
	start := time.Now()
	for range o.rounds {
		for _, m := range measurements {
			if ctx.Err() != nil || !(slices.Contains(what, m.name) || slices.Contains(what, "all")) {
				continue
			}
			if err := m.run(ctx, o, t); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", m.name, err))
			}
		}
	}
	t.note("%d round(s), %s, seed %d; one value for each figure and round", o.rounds, time.Since(start).Round(time.Second), o.seed)
	t.print(os.Stdout)
	return errors.Join(cmp.Or(context.Cause(ctx), nil), errors.Join(errs...))
}

var began = time.Now()

// progressLine tells the person who waits.
func progressLine(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%4.0fs  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
}
