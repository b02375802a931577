package collector

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/parley-ops/parley/services/collector/internal/archiver"
	"github.com/parley-ops/parley/services/collector/internal/push"
	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/collector/internal/source/all"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/internal/service"
)

// Config is what the collector is told.
type Config struct {
	Listen string `name:"collector-listen" help:"Where metrics are taken in over HTTP; empty for nowhere." placeholder:"HOST:PORT"`
	// Tokens: team=token,team=token. A client with a token is that team.
	Tokens config.Secret `name:"collector-http-tokens" help:"Who may send over HTTP: team=token,… or @FILE. Without it only clients on this machine may, as team demo." placeholder:"TEAM=TOKEN,…"`
	// HTTPOpen is for the inside of a container whose port is published on the
	// host's loopback address alone: whoever can reach the port is team demo,
	// may fill the stream and make incidents appear or resolve.
	HTTPOpen bool `name:"collector-http-open" help:"Let clients without a token send from anywhere, as team demo. Only where the port itself is out of others' reach."`

	// Sources are kinds of package source/all, run by this collector.
	// Kinds are the settings of all of them.
	Sources []string     `name:"collector-sources" help:"What the collector reads by itself; empty for nothing." placeholder:"KIND,…"`
	Kinds   kong.Plugins `embed:""`

	AWS account.Config `kong:"-" shared:""`

	Push push.Config `embed:""`

	Archive archiver.Config `embed:""`

	makers map[string]source.Maker

	Linger    time.Duration `name:"collector-linger" help:"The longest time that samples wait for company when much comes in; a quiet system sends at once."`
	MaxPast   time.Duration `name:"collector-max-past" help:"How much older than its time of storage a custom sample may be."`
	MaxFuture time.Duration `name:"collector-max-future" help:"How far after its time of storage a custom sample may be."`
}

// Defaults returns the settings that hold unless told otherwise.
func Defaults() Config {
	c := Config{Listen: "127.0.0.1:8081", Sources: []string{"host", "cloudwatch", "awsevents"}, makers: all.Kinds(), AWS: account.Defaults(), Archive: archiver.Defaults(),
		Linger: 100 * time.Millisecond, MaxPast: time.Hour, MaxFuture: 5 * time.Minute}
	for _, kind := range slices.Sorted(maps.Keys(c.makers)) {
		c.Kinds = append(c.Kinds, c.makers[kind].Config())
	}
	return c
}

// Validate says what is wrong with the settings.
func (c *Config) Validate() error {
	var errs []error
	if c.Linger < 0 || c.Linger > 5*time.Second {
		errs = append(errs, errors.New("--collector-linger: want 0 to 5s"))
	}
	if c.MaxPast < 0 || c.MaxFuture < 0 {
		errs = append(errs, errors.New("--collector-max-past, --collector-max-future: want no negative time"))
	}
	if err := c.Push.Validate(); err != nil {
		errs = append(errs, err)
	}
	if err := c.Archive.Validate(); err != nil {
		errs = append(errs, err)
	}
	if _, err := parseTokens(c.Tokens); err != nil {
		errs = append(errs, err)
	}
	for _, kind := range c.Sources {
		if _, ok := c.makers[kind]; !ok && kind != "" {
			errs = append(errs, fmt.Errorf("--collector-sources: unknown kind %q, there are: %s", kind, strings.Join(slices.Sorted(maps.Keys(c.makers)), ", ")))
		}
	}
	return errors.Join(errs...)
}

// sources makes the sources that are wanted, by kind.
func (c *Config) sources(env service.Env, accounts *account.Set) (map[string]source.Source, error) {
	out, changes := map[string]source.Source{}, &source.Changes{}
	for _, kind := range c.Sources {
		maker, ok := c.makers[kind]
		if !ok {
			continue // Validate has the word on that; "" is none
		}
		s, err := maker.New(source.Deps{Log: env.Log.With("source", kind), Accounts: accounts, Bus: env.Bus, Metrics: env.Metrics, Instance: env.Instance, Changes: changes})
		if err != nil {
			return nil, err
		}
		out[kind] = s
	}
	return out, nil
}
