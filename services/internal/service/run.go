package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/nats-io/nuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/internal/telemetry"
)

// Version is stamped by the build: -ldflags "-X …/service.Version=v1.2.3".
var Version = "devel"

// Main runs the services until a signal comes or one fails, and exits.
func Main(transport bus.Transport, services ...Service) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	err := Run(ctx, os.Args[1:], Output{Stdout: os.Stdout, Stderr: os.Stderr}, transport, services...)
	switch {
	case err == nil, errors.Is(err, config.ErrHelp):
		os.Exit(0)
	case errors.Is(err, errUsage):
		fmt.Fprintf(os.Stderr, "%s: %v\nSee --help.\n", program(services), err)
		os.Exit(2)
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", program(services), err)
	os.Exit(1)
}

// Output is where a process writes.
type Output struct{ Stdout, Stderr io.Writer }

var errUsage = errors.New("settings")

// process is what the process itself is told.
type process struct {
	Health    string `name:"health-listen" help:"Where /healthz, /readyz and /metrics are; empty for nowhere." placeholder:"HOST:PORT"`
	LogLevel  string `name:"log-level" help:"debug, info, warn or error."`
	LogFormat string `name:"log-format" help:"json or text; auto is text in a terminal."`
}

// Validate names what is neither.
func (p *process) Validate() error {
	var errs []error
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, p.LogLevel) {
		errs = append(errs, fmt.Errorf("--log-level=%s: want debug, info, warn or error", p.LogLevel))
	}
	if !slices.Contains([]string{"auto", "json", "text"}, p.LogFormat) {
		errs = append(errs, fmt.Errorf("--log-format=%s: want auto, json or text", p.LogFormat))
	}
	return errors.Join(errs...)
}

// Run is Main without the process: it reads args, runs the services and
// returns when all have ended.
func Run(ctx context.Context, args []string, out Output, transport bus.Transport, services ...Service) error {
	p := process{Health: "127.0.0.1:9100", LogLevel: "info", LogFormat: "auto"}
	targets := []any{&p, transport.Config()}
	for _, s := range services {
		targets = append(targets, s.config)
	}
	asksHealth := len(args) > 0 && args[0] == "health"
	if asksHealth {
		args = args[1:]
	}
	err := config.Load(config.Program{Name: program(services), Description: description(services), Version: Version, Stdout: out.Stdout}, args, targets...)
	if errors.Is(err, config.ErrHelp) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if asksHealth {
		return telemetry.AskHealth(ctx, p.Health)
	}

	log := telemetry.NewLog(out.Stderr, p.LogFormat, p.LogLevel)
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	health := telemetry.NewHealth()
	stopHealth, err := telemetry.ServeHealth(p.Health, health, registry)
	if err != nil {
		return fmt.Errorf("health pages (--health-listen): %w", err)
	}
	defer stopHealth()

	if err := transport.Open(ctx, log); err != nil {
		return err
	}
	err = runAll(ctx, services, transport, log, registry, health, out.Stdout)
	return errors.Join(err, transport.Close())
}

// runAll runs every service in a context that ends when the first one fails.
func runAll(ctx context.Context, services []Service, transport bus.Transport, log *slog.Logger, registry prometheus.Registerer, health *telemetry.Health, stdout io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	say := sayer(stdout)
	if at, ok := transport.(interface{ URL() string }); ok && at.URL() != "" {
		say("nats        " + at.URL() + "  (publish metrics here)")
	}
	var wg sync.WaitGroup
	errs := make([]error, len(services))
	for i, s := range services {
		health.Set(s.name, false, "starting")
		wg.Go(func() {
			errs[i] = s.live(ctx, transport, log.With("service", s.name), registry, health, say)
			if errs[i] != nil {
				log.Error("service failed", "service", s.name, "err", errs[i])
			}
			cancel(errs[i])
		})
	}
	<-ctx.Done()
	health.Stopping()
	log.Info("stopping")
	wg.Wait()
	return errors.Join(errs...)
}

// live connects, runs and disconnects one service.
func (s Service) live(ctx context.Context, transport bus.Transport, log *slog.Logger, registry prometheus.Registerer, health *telemetry.Health, say func(string)) error {
	env := Env{Name: s.name, Instance: instance(s.name), Log: log, Metrics: registry, Say: say,
		Ready: func(ok bool, why string) { health.Set(s.name, ok, why) }}
	if !s.noUser {
		conn, err := transport.Connect(ctx, bus.Options{Service: s.name, Log: log, Metrics: registry})
		if err != nil {
			if ctx.Err() != nil {
				return nil // asked to stop while it waited
			}
			return fmt.Errorf("%s: %w", s.name, err)
		}
		defer conn.Close()
		if err := conn.Announce(semver(Version), map[string]string{"instance": env.Instance}); err != nil {
			return fmt.Errorf("%s: announce: %w", s.name, err)
		}
		env.Bus = conn
		health.Check(s.name+" nats", conn.Connected)
	}
	health.Set(s.name, true, "")
	log.Info("started", "instance", env.Instance)
	start := time.Now()
	err := s.run(ctx, env)
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	if ctx.Err() == nil {
		return fmt.Errorf("%s: ended by itself", s.name)
	}
	log.Info("stopped", "after", time.Since(start).Round(time.Millisecond).String())
	return nil
}

// instance names one run of a service: host for people, chance for uniqueness.
func instance(name string) string {
	host, err := os.Hostname()
	if err != nil {
		host = name
	}
	return bus.Token(host) + "-" + nuid.Next()[14:]
}

func program(services []Service) string {
	if len(services) == 1 {
		return services[0].name
	}
	return "standalone"
}

func description(services []Service) string {
	names := make([]string, len(services))
	for i, s := range services {
		names[i] = s.name
	}
	return "Parley: " + strings.Join(names, ", ") + "."
}

// semver makes Version acceptable to NATS' service registry.
func semver(v string) string {
	v = strings.TrimPrefix(v, "v")
	if v == "" || v[0] < '0' || v[0] > '9' {
		return "0.0.0-" + bus.Token(v)
	}
	return v
}

// sayer writes whole lines, one at a time.
func sayer(w io.Writer) func(string) {
	var mu sync.Mutex
	return func(line string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(w, line)
	}
}
