package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/internal/service"
	"github.com/parley-ops/parley/services/sandbox/internal/fleet"
	"github.com/parley-ops/parley/services/sandbox/internal/jolokia"
	"github.com/parley-ops/parley/services/sandbox/internal/page"
	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

// Service describes the sandbox to the process that runs it.
func Service() service.Service { return service.New("sandbox", Defaults, run).WithoutBus() }

func run(ctx context.Context, cfg Config, env service.Env) error {
	env.Say("workspace   http://" + shown(cfg.Listen) + "/  (the local Slack)")
	return Run(ctx, cfg, env.Log)
}

// shown is an address to listen on as a person would type it.
func shown(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && (ip.IsUnspecified() || ip.IsLoopback())) {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

// Run serves the workspace and the fleet until ctx is done.
func Run(ctx context.Context, cfg Config, log *slog.Logger) error {
	ws, err := workspace.New(cfg.workspace(log))
	if err != nil {
		return err
	}
	world := fleet.New(cfg.fleet())
	handler := newHandler(cfg, ws, world)
	var listeners []net.Listener
	for _, address := range []string{cfg.Listen, cfg.Fleet} {
		if address == "" {
			continue
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			for _, open := range listeners {
				_ = open.Close()
			}
			return err // names the address
		}
		listeners = append(listeners, l)
	}
	return serve(ctx, cfg, log, ws, world, handler, listeners)
}

// serve runs every part until ctx is done or one fails.
func serve(ctx context.Context, cfg Config, log *slog.Logger, ws *workspace.Workspace, world *fleet.World, handler http.Handler, listeners []net.Listener) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var parts sync.WaitGroup
	keep := func(err error) {
		if err != nil {
			cancel(err)
		}
	}
	parts.Go(func() { keep(ws.Run(ctx)) })
	publish := func(fleet.Message) {}
	if cfg.NATS != "" {
		publisher := fleet.NewPublisher(cfg.NATS, log)
		publish = publisher.Send
		parts.Go(func() { keep(publisher.Run(ctx)) })
	}
	parts.Go(func() { world.Run(ctx, publish) })
	for _, l := range listeners {
		server := &http.Server{
			Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
			BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
			ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		}
		parts.Go(func() {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				cancel(fmt.Errorf("serve: %w", err))
			}
		})
		parts.Go(func() {
			<-ctx.Done()
			end, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer stop()
			if server.Shutdown(end) != nil {
				_ = server.Close()
			}
		})
	}
	log.InfoContext(ctx, "sandbox serves", "address", listeners[0].Addr().String())
	parts.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// newHandler is everything the sandbox answers to.
func newHandler(cfg Config, ws *workspace.Workspace, world *fleet.World) http.Handler {
	mux := http.NewServeMux()
	for _, path := range []string{"/api/", "/upload/", "/files/", "/files-pri/", "/response/", "/services/", "/link"} {
		mux.Handle(path, ws.Handler())
	}
	operations := world.Handler(cfg.FleetToken.Reveal())
	mux.Handle("/sandbox/fleet", operations)
	mux.Handle("/sandbox/fleet/", operations)
	mux.Handle("/jolokia/", jolokia.New(world.Beans, cfg.JolokiaUser, cfg.JolokiaPassword.Reveal()))
	mux.Handle("/", page.Handler())
	guarded := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !workspace.AllowHost(r.Host, cfg.Hosts) {
			http.Error(rw, "this host name is not mine; see --sandbox-hosts", http.StatusMisdirectedRequest)
			return
		}
		guarded.ServeHTTP(rw, r)
	})
}

func (c Config) workspace(log *slog.Logger) workspace.Options {
	opt := workspace.Defaults()
	opt.BotToken, opt.AppToken, opt.SigningSecret = c.BotToken.Reveal(), c.AppToken.Reveal(), c.SigningSecret.Reveal()
	opt.Open, opt.State, opt.Log = c.Open, c.State, log
	opt.InteractionsURL, opt.CommandsURL, opt.EventsURL = c.Interactions, c.Commands, c.Events
	opt.FileReady, opt.MessageRate, opt.MessageBurst, opt.TierLimits = c.FileReady, c.MessageRate, c.MessageBurst, c.TierLimits
	return opt
}

func (c Config) fleet() fleet.Options {
	opt := fleet.Defaults()
	opt.Speed, opt.LeakAgain, opt.DisableExplicitGC = c.FleetSpeed, c.LeakAgain, c.DisableGC
	return opt
}
