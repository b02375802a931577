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
	"github.com/parley-ops/parley/services/sandbox/internal/aws"
	"github.com/parley-ops/parley/services/sandbox/internal/fleet"
	"github.com/parley-ops/parley/services/sandbox/internal/jolokia"
	"github.com/parley-ops/parley/services/sandbox/internal/page"
	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

// Service describes the sandbox to the process that runs it.
func Service() service.Service { return service.New("sandbox", Defaults, run).WithoutBus() }

func run(ctx context.Context, cfg Config, env service.Env) error {
	env.Say("workspace   http://" + shown(cfg.Listen) + "/  (the local Slack)")
	if cfg.Fleet != "" {
		env.Say("cloud       http://" + shown(cfg.Fleet) + "/  (the local AWS account)")
	}
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

// Run serves the workspace, the fleet and the AWS account until ctx is done.
func Run(ctx context.Context, cfg Config, log *slog.Logger) error {
	ws, err := workspace.New(cfg.workspace(log))
	if err != nil {
		return err
	}
	account, err := aws.New(cfg.aws())
	if err != nil {
		return err
	}
	defer func() { _ = account.Close() }()
	world := fleet.New(cfg.fleet())
	var servers []server
	for _, s := range []server{
		{address: cfg.Listen, handler: newHandler(cfg, ws, world, account)}, {address: cfg.Fleet, handler: newCloud(cfg, world, account)},
	} {
		if s.address == "" {
			continue
		}
		if s.listener, err = net.Listen("tcp", s.address); err != nil {
			for _, open := range servers {
				_ = open.listener.Close()
			}
			return err // names the address
		}
		servers = append(servers, s)
	}
	return serve(ctx, cfg, log, ws, world, servers)
}

// server is one address and what it answers.
type server struct {
	address  string
	handler  http.Handler
	listener net.Listener
}

// serve runs every part until ctx is done or one fails.
func serve(ctx context.Context, cfg Config, log *slog.Logger, ws *workspace.Workspace, world *fleet.World, servers []server) error {
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
	for _, s := range servers {
		server := &http.Server{
			Handler: s.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
			BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
			ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		}
		parts.Go(func() {
			if err := server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
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
	log.InfoContext(ctx, "sandbox serves", "address", servers[0].listener.Addr().String())
	parts.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// newHandler is what the workspace's port answers to.
func newHandler(cfg Config, ws *workspace.Workspace, world *fleet.World, account *aws.Account) http.Handler {
	mux := http.NewServeMux()
	for _, path := range []string{"/api/", "/upload/", "/files/", "/files-pri/", "/response/", "/services/", "/link"} {
		mux.Handle(path, ws.Handler())
	}
	handleFleet(mux, cfg, world, account)
	mux.Handle("/", page.Handler())
	return guard(cfg, mux)
}

// newCloud is what the port of the AWS account answers to.
func newCloud(cfg Config, world *fleet.World, account *aws.Account) http.Handler {
	mux := http.NewServeMux()
	handleFleet(mux, cfg, world, account)
	mux.Handle("/", account.Handler())
	return guard(cfg, mux)
}

// handleFleet adds the applications, and the fleet of the AWS account.
func handleFleet(mux *http.ServeMux, cfg Config, world *fleet.World, account *aws.Account) {
	operations := world.Handler(cfg.FleetToken.Reveal())
	mux.Handle("/sandbox/fleet", account.Fleet(func() any { return world.List() }))
	mux.Handle("/sandbox/fleet/", operations)
	mux.Handle("/jolokia/", jolokia.New(world.Beans, cfg.JolokiaUser, cfg.JolokiaPassword.Reveal()))
}

// guard keeps other sites' pages, and names that were pointed here, away from mux.
func guard(cfg Config, mux http.Handler) http.Handler {
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

func (c Config) aws() aws.Config {
	cfg := aws.Defaults()
	cfg.World.State, cfg.Speed = c.AWSState, c.AWSSpeed
	if c.AWSDelay > 0 {
		cfg.Delivery = []aws.Delivery{{Delay: aws.Duration(c.AWSDelay)}}
	}
	return cfg
}

func (c Config) fleet() fleet.Options {
	opt := fleet.Defaults()
	opt.Speed, opt.LeakAgain, opt.DisableExplicitGC = c.FleetSpeed, c.LeakAgain, c.DisableGC
	return opt
}
