package account

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/config"
)

// Timeout is how long one call to AWS may take: longer than a long poll of
// SQS.
const Timeout = 30 * time.Second

// Config is what services that talk to AWS are told. It stands in each
// service's config as a field
//
//	AWS account.Config `kong:"-" shared:""`
//
// so that in one process all of them have the same.
type Config struct {
	File       string   `name:"aws-accounts" help:"YAML file with the AWS accounts (deploy/aws/accounts.sample.yaml). Without it: the account of the usual AWS settings, or the sandbox's." placeholder:"FILE" env:"PARLEY_AWS_ACCOUNTS"`
	Regions    []string `name:"aws-regions" help:"Regions of accounts whose entry names none; without it AWS_REGION." placeholder:"REGION,…" env:"PARLEY_AWS_REGIONS"`
	SandboxURL string   `name:"aws-sandbox-url" help:"Where the local AWS account is, for when nothing is said of a real one; none is nowhere." placeholder:"URL" default:"http://127.0.0.1:4566" env:"PARLEY_AWS_SANDBOX_URL"`
	Protocol   Protocol `name:"aws-cloudwatch-protocol" help:"How CloudWatch is spoken to: cbor, json or query." placeholder:"PROTOCOL" default:"cbor" env:"PARLEY_AWS_CLOUDWATCH_PROTOCOL"`

	// Transport is the way out, for tests; nil is the network.
	Transport http.RoundTripper `kong:"-"`
}

// Protocol is one of the wire protocols of CloudWatch.
type Protocol string

// The protocols. The older two are for proxies that know no other.
const (
	CBOR  Protocol = "cbor"
	JSON  Protocol = "json"
	Query Protocol = "query"
)

// Defaults returns the settings that hold unless told otherwise.
func Defaults() Config {
	return Config{SandboxURL: "http://127.0.0.1:4566", Protocol: CBOR}
}

// noSandbox says that there is none, where an empty variable would be as good
// as unset.
const noSandbox = "none"

var regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)

// Validate names the flag that is wrong, and the fix.
func (c *Config) Validate() error {
	var errs []error
	if !slices.Contains([]Protocol{"", CBOR, JSON, Query}, c.Protocol) {
		errs = append(errs, fmt.Errorf("--aws-cloudwatch-protocol %q: want cbor, json or query", string(c.Protocol)))
	}
	if u, err := url.Parse(c.SandboxURL); c.SandboxURL != "" && c.SandboxURL != noSandbox && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		errs = append(errs, fmt.Errorf("--aws-sandbox-url %q: want a URL like http://127.0.0.1:4566, or none", c.SandboxURL))
	}
	for _, r := range c.Regions {
		if !regionName.MatchString(r) {
			errs = append(errs, fmt.Errorf("--aws-regions %q: want regions like eu-west-1", r))
		}
	}
	return errors.Join(errs...)
}

// realSettings are variables of the environment that mean a real account.
var realSettings = []string{
	"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL",
}

// Load returns the accounts that the settings mean. It reads the accounts
// file and asks nobody. env looks up the environment; nil means the process's.
func (c Config) Load(env func(string) (string, bool)) (*Set, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if env == nil {
		env = os.LookupEnv
	}
	get := func(name string) string { v, _ := env(name); return v }
	regions := c.Regions
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if r := get(name); len(regions) == 0 && r != "" {
			regions = []string{r}
		}
	}
	s := newSet(c)
	switch {
	case c.File != "":
		data, err := os.ReadFile(c.File)
		if err != nil {
			return nil, fmt.Errorf("--aws-accounts: %w", err)
		}
		if s.accounts, err = Parse(c.File, data, regions); err != nil {
			return nil, err
		}
		for i := range s.accounts {
			if err := s.accounts[i].ExternalID.UnmarshalText([]byte(s.accounts[i].ExternalID.Reveal())); err != nil {
				return nil, fmt.Errorf("%s: account %s: external_id: %w", c.File, s.accounts[i], err)
			}
		}
	case slices.ContainsFunc(realSettings, func(name string) bool { return get(name) != "" }):
		s.accounts = []Account{own(regions)}
	case c.SandboxURL != "" && c.SandboxURL != noSandbox:
		s.sandbox = strings.TrimSuffix(c.SandboxURL, "/")
		s.accounts = sandboxAccounts(c.Regions)
	}
	return s, nil
}

// own is the account of the process's own credentials.
func own(regions []string) Account {
	return Account{Team: defaultTeam, Regions: regions, Labels: slices.Clone(defaultLabels)}
}

const defaultTeam = "infra"

// defaultLabels are the tags that become labels unless an account says
// otherwise.
var defaultLabels = []string{"Name", "env", "environment", "owner", "service"}

// sandboxAccounts are those of the sandbox: the first by its own credentials,
// the second by a role.
func sandboxAccounts(regions []string) []Account {
	if len(regions) == 0 {
		regions = []string{"eu-west-1", "us-east-1"}
	}
	a := Account{ID: "111122223333", Name: "shop", Team: defaultTeam, Regions: regions, Labels: slices.Clone(defaultLabels),
		ActionRole: "arn:aws:iam::111122223333:role/parley-actions", ExternalID: sandboxExternalID}
	b := a
	b.ID, b.Name = "444455556666", "data"
	b.Role, b.ActionRole = "arn:aws:iam::444455556666:role/parley-collector", "arn:aws:iam::444455556666:role/parley-actions"
	b.Labels = slices.Clone(defaultLabels)
	return []Account{a, b}
}

// sandboxExternalID is public: it opens nothing but the sandbox.
const sandboxExternalID config.Secret = "parley-sandbox-external-id"
