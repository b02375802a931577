package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-ops/parley/services/internal/bus"
)

// settings are what every command understands.
type settings struct {
	JSON    bool          `name:"json" help:"Write JSON instead of text." group:"global"`
	NATSURL string        `name:"nats-url" help:"Where NATS is; several with commas." placeholder:"URL" default:"nats://127.0.0.1:4222" env:"PARLEY_NATS_URL" group:"global"`
	Creds   string        `name:"creds" help:"Your NATS key; without it <data>/keys/operator.nk." placeholder:"FILE" env:"PARLEY_CREDS" group:"global"`
	Data    string        `name:"data" help:"The data folder." placeholder:"DIR" default:"./data" env:"PARLEY_DATA" group:"global"`
	NATSCA  string        `name:"nats-ca" help:"Certificate authority of NATS' TLS, if it is not a public one." placeholder:"FILE" env:"PARLEY_NATS_CA" group:"global"`
	Timeout time.Duration `name:"timeout" help:"How long to wait for an answer." placeholder:"DURATION" default:"5s" env:"PARLEY_TIMEOUT" group:"global"`

	// refused ends the command when the server refuses a permission: the
	// answer that the command waits for will not come.
	refused context.CancelCauseFunc
}

// Validate refuses what no command could use.
func (g *settings) Validate() error {
	if g.Timeout <= 0 {
		return errors.New("--timeout: want more than 0, such as 5s")
	}
	return nil
}

// operator is the user of the command line.
const operator = "operator"

// keyFile returns the seed of user.
func (g *settings) keyFile(user string) string {
	if g.Creds != "" {
		return g.Creds
	}
	return filepath.Join(g.Data, "keys", user+".nk")
}

// connect connects as user with the key that the settings name.
func (g *settings) connect(ctx context.Context, user string, extra ...nats.Option) (*bus.Conn, error) {
	file := g.keyFile(user)
	key, err := credentials(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &settingError{what: "no NATS key at " + file,
			fix: "say where it is with --creds FILE, PARLEY_CREDS, or --data DIR; `parley keys` makes one for a server of your own"}
	}
	if err != nil {
		return nil, &settingError{what: "the NATS key " + file, err: err, fix: "give another with --creds FILE or PARLEY_CREDS"}
	}
	// The key of another user goes with that user's inbox.
	if name, isKey := strings.CutSuffix(filepath.Base(file), ".nk"); isKey && slices.Contains(bus.RoleNames(), name) {
		user = name
	}
	nc, err := g.dial(append(extra, key, nats.CustomInboxPrefix(bus.InboxPrefix(user)))...)
	if err != nil {
		return nil, err
	}
	conn, err := bus.New(nc, bus.Options{Service: user})
	if err != nil {
		nc.Close()
		return nil, err
	}
	return conn, nil
}

// dial connects to the server of the settings, and does not wait for one that
// is not there.
func (g *settings) dial(extra ...nats.Option) (*nats.Conn, error) {
	opts := []nats.Option{
		nats.Name("parley"), nats.Timeout(min(g.Timeout, 5*time.Second)), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if g.refused != nil && errors.Is(err, nats.ErrPermissionViolation) {
				g.refused(err)
			}
		}),
	}
	if g.NATSCA != "" {
		opts = append(opts, nats.RootCAs(g.NATSCA))
	}
	nc, err := nats.Connect(g.NATSURL, append(opts, extra...)...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	return nc, nil
}

// credentials returns the option for a seed file, or for a .creds file as
// servers with JWTs use them.
func credentials(file string) (nats.Option, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(content, []byte("BEGIN NATS USER JWT")) {
		return nats.UserCredentials(file), nil
	}
	return nats.NkeyOptionFromSeed(file)
}

// explain adds to an error which setting would mend it.
func (g *settings) explain(err error) error {
	var known *settingError
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, nats.ErrNoServers), strings.Contains(err.Error(), "connection refused"), strings.Contains(err.Error(), "no such host"):
		return &settingError{what: "no NATS server answers at " + g.NATSURL,
			fix: "start one (docker-compose up, or go run ./services/standalone), or say where it is with --nats-url or PARLEY_NATS_URL"}
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked):
		return &settingError{what: fmt.Sprintf("the NATS server at %s does not accept the key or password given", g.NATSURL),
			fix: fmt.Sprintf("the key was %s; give that server's with --creds FILE, PARLEY_CREDS or --data DIR", g.keyFile(operator))}
	case errors.Is(err, nats.ErrPermissionViolation):
		return &settingError{err: err, what: "the NATS server refuses this to the user whose key was given",
			fix: "use the operator's key (for `parley setup` the admin's): --creds FILE, PARLEY_CREDS or --data DIR"}
	case errors.Is(err, jetstream.ErrStreamNotFound), errors.Is(err, jetstream.ErrBucketNotFound), errors.Is(err, jetstream.ErrConsumerNotFound),
		errors.Is(err, jetstream.ErrJetStreamNotEnabled):
		return &settingError{err: err, what: "the NATS server at " + g.NATSURL + " is not set up", fix: "run `parley setup` with the admin's key"}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return &settingError{err: err, what: fmt.Sprintf("no answer within %s", g.Timeout),
			fix: "see `parley status`; --timeout or PARLEY_TIMEOUT waits longer"}
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted")
	}
	return err
}
