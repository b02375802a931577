package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/natsconf"
)

// Config says where the server keeps its files and where it listens.
type Config struct {
	Data       string `name:"data" help:"Folder for everything that is kept: streams, keys." env:"PARLEY_DATA" placeholder:"DIR"`
	NATSListen string `name:"nats-listen" help:"Where NATS listens for clients; empty: for this process alone." placeholder:"HOST:PORT"`
	NATSSync   string `name:"nats-sync" help:"When stored messages are synced to disk: always, or every so often." placeholder:"always|DURATION"`

	// Memory keeps streams in memory and nothing else on disk than keys: tests.
	Memory bool `kong:"-"`
}

// Server is a NATS server in this process. It is a [bus.Transport].
type Server struct {
	cfg  Config
	keys map[string]string // user -> file with its seed
	ns   *server.Server
}

// Connect returns the transport to a server inside the process, which Open
// starts.
func Connect() *Server {
	return &Server{cfg: Config{Data: "./data", NATSListen: "127.0.0.1:4222", NATSSync: "always"}}
}

// With returns the transport to a server with this configuration.
func With(cfg Config) *Server { return &Server{cfg: cfg} }

// Config returns the settings.
func (s *Server) Config() any { return &s.cfg }

// Open writes keys and configuration under the data folder, starts the server
// and sees that the topology is in place.
func (s *Server) Open(ctx context.Context, log *slog.Logger) error {
	dir, err := filepath.Abs(s.cfg.Data)
	if err != nil {
		return err
	}
	place := natsconf.InFolder(filepath.Join(dir, "keys"))
	public, err := natsconf.WriteKeys(place)
	if err != nil {
		return fmt.Errorf("data folder %s (--data): %w", dir, err)
	}
	conf := filepath.Join(dir, "nats", "nats.conf")
	err = errors.Join(os.MkdirAll(filepath.Join(dir, "nats", "users"), 0o700),
		os.WriteFile(filepath.Join(dir, "nats", "users", "users.conf"), natsconf.UsersConf(public), 0o600),
		os.WriteFile(filepath.Join(dir, "nats", "accounts.conf"), natsconf.AccountsConf("demo"), 0o600),
		os.WriteFile(conf, natsconf.ServerConf(natsconf.Server{Name: "parley-standalone", Listen: s.cfg.NATSListen,
			StoreDir: filepath.Join(dir, "nats", "jetstream"), SyncInterval: s.cfg.NATSSync}), 0o600))
	if err != nil {
		return fmt.Errorf("data folder %s (--data): %w", dir, err)
	}
	opts, err := server.ProcessConfigFile(conf)
	if err != nil {
		return fmt.Errorf("nats configuration %s: %w", conf, err)
	}
	opts.NoSigs, opts.NoLog = true, true
	opts.DontListen = s.cfg.NATSListen == ""
	if s.ns, err = server.NewServer(opts); err != nil {
		return fmt.Errorf("nats server: %w", err)
	}
	s.ns.SetLoggerV2(natsLog{log}, false, false, false)
	s.ns.Start()
	if !s.ns.ReadyForConnections(20 * time.Second) {
		s.ns.Shutdown()
		return fmt.Errorf("nats server did not get ready in 20 s; does something else use %s (--nats-listen) or %s (--data)?", s.cfg.NATSListen, dir)
	}
	s.keys = map[string]string{}
	for _, user := range bus.RoleNames() {
		s.keys[user] = place(user)
	}
	return s.setup(ctx, log)
}

func (s *Server) setup(ctx context.Context, log *slog.Logger) error {
	admin, err := s.Connect(ctx, bus.Options{Service: "admin", Log: log})
	if err != nil {
		return err
	}
	defer admin.Close()
	return bus.Setup(ctx, admin, bus.SetupOptions{Memory: s.cfg.Memory})
}

// Connect connects as o.Service, with its own key, without a socket.
func (s *Server) Connect(_ context.Context, o bus.Options) (*bus.Conn, error) {
	seed, ok := s.keys[o.Service]
	if !ok {
		return nil, fmt.Errorf("no NATS user %q", o.Service)
	}
	key, err := nats.NkeyOptionFromSeed(seed)
	if err != nil {
		return nil, fmt.Errorf("the NATS key %s: %w", seed, err)
	}
	nc, err := nats.Connect("", append(bus.NATSOptions(o), key, nats.InProcessServer(s.ns), nats.RetryOnFailedConnect(false))...)
	if err != nil {
		return nil, fmt.Errorf("connect %s to the server in this process: %w", o.Service, err)
	}
	return bus.New(nc, o)
}

// Anonymous connects as a client without credentials does: team demo, which
// may publish metrics.
func (s *Server) Anonymous() (*nats.Conn, error) {
	return nats.Connect("", nats.InProcessServer(s.ns))
}

// URL returns where the server listens, whatever port it was given; empty when
// only its own process can reach it.
func (s *Server) URL() string {
	if s.cfg.NATSListen == "" {
		return ""
	}
	return s.ns.ClientURL()
}

// Close stops the server once it has written what it holds.
func (s *Server) Close() error {
	if s.ns != nil {
		s.ns.Shutdown()
		s.ns.WaitForShutdown()
	}
	return nil
}

// natsLog passes on what the server warns of.
type natsLog struct{ log *slog.Logger }

func (l natsLog) Noticef(string, ...any) {}
func (l natsLog) Debugf(string, ...any)  {}
func (l natsLog) Tracef(string, ...any)  {}
func (l natsLog) Warnf(format string, v ...any) {
	if strings.HasPrefix(format, "Plaintext passwords") {
		return // of the team for those who need none, see natsconf
	}
	l.log.Warn("nats server warns", "text", fmt.Sprintf(format, v...))
}
func (l natsLog) Errorf(format string, v ...any) {
	l.log.Error("nats server error", "text", fmt.Sprintf(format, v...))
}
func (l natsLog) Fatalf(format string, v ...any) {
	l.log.Error("nats server cannot go on", "text", fmt.Sprintf(format, v...))
}
