package account

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/parley-ops/parley/services/internal/nearest"
)

const (
	// attempts is how often one call is tried. Callers pace themselves, and
	// want to know of throttling.
	attempts = 2
	// maxConfigs bounds the cache: sessions carry people's names.
	maxConfigs = 512
	// renewBefore is how long before its end a session is renewed.
	renewBefore = 2 * time.Minute
)

// Set is the accounts and the ways into them.
type Set struct {
	settings Config
	sandbox  string
	client   aws.HTTPClient

	mu       sync.Mutex
	accounts []Account
	base     *aws.Config
	configs  map[key]aws.Config
}

type key struct {
	id, region string
	purpose    Purpose
	session    string
}

// New returns a set of these accounts, for tests; cfg says how to reach them.
// Credentials are the environment's, or the sandbox's where cfg names its URL.
func New(cfg Config, accounts ...Account) *Set {
	s := newSet(cfg)
	s.accounts = accounts
	if cfg.SandboxURL != noSandbox {
		s.sandbox = cfg.SandboxURL
	}
	return s
}

func newSet(c Config) *Set {
	s := &Set{settings: c, configs: map[key]aws.Config{}}
	if c.Transport != nil {
		s.client = &http.Client{Transport: c.Transport, Timeout: Timeout}
	} else {
		s.client = awshttp.NewBuildableClient().WithTimeout(Timeout).WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConnsPerHost, t.TLSHandshakeTimeout = 16, 5*time.Second
		})
	}
	return s
}

// Accounts returns the accounts, sorted by id. That of the process's own
// credentials has no id before Resolve.
func (s *Set) Accounts() []Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.accounts)
}

// Protocol returns how CloudWatch is to be spoken to.
func (s *Set) Protocol() Protocol { return cmp.Or(s.settings.Protocol, CBOR) }

// Sandbox returns the URL of the local account if that is what is used, or "".
func (s *Set) Sandbox() string { return s.sandbox }

// Get returns the account with this id or name.
func (s *Set) Get(idOrName string) (Account, bool) {
	for _, a := range s.Accounts() {
		if idOrName != "" && (a.ID == idOrName || a.Name == idOrName) {
			return a, true
		}
	}
	return Account{}, false
}

// Find is Get with an error for people, ErrUnknown, that lists what there is.
func (s *Set) Find(idOrName string) (Account, error) {
	if a, ok := s.Get(idOrName); ok {
		return a, nil
	}
	var names []string
	for _, a := range s.Accounts() {
		names = append(names, a.Name, a.ID)
	}
	hint := ""
	if best := nearest.To(idOrName, names); best != "" {
		hint = fmt.Sprintf(" (did you mean %q?)", best)
	}
	return Account{}, fmt.Errorf("%w %q%s", ErrUnknown, idOrName, hint)
}

// Resolve returns the accounts, all with ids and regions: where nobody said
// whose the credentials are, it asks AWS, once that it answered. Errors are
// explained.
func (s *Set) Resolve(ctx context.Context) ([]Account, error) {
	accounts := s.Accounts()
	for i, a := range accounts {
		if a.ID != "" && len(a.Regions) > 0 {
			continue
		}
		base, err := s.own(ctx)
		if err != nil {
			return nil, Explain(err, a, "", "sts:GetCallerIdentity")
		}
		if len(a.Regions) == 0 && base.Region != "" {
			accounts[i].Regions = []string{base.Region}
		}
		if len(accounts[i].Regions) == 0 {
			return nil, fmt.Errorf("account %s: no region: give AWS_REGION or --aws-regions", a)
		}
		if a.ID != "" {
			continue
		}
		conf := base.Copy()
		conf.Region = accounts[i].Regions[0]
		who, err := sts.NewFromConfig(conf).GetCallerIdentity(ctx, nil)
		if err != nil {
			return nil, Explain(err, a, conf.Region, "sts:GetCallerIdentity")
		}
		accounts[i].ID = aws.ToString(who.Account)
		accounts[i].Name = cmp.Or(a.Name, accounts[i].ID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts = accounts
	return slices.Clone(accounts), nil
}

// AWS returns the configuration for clients of one account in one region.
// session names who is behind it, in CloudTrail; "" is the service itself.
// Assuming the role is left to the first call, whose error Explain explains.
// ErrNoRole if the account has none for acting.
func (s *Set) AWS(ctx context.Context, a Account, region string, p Purpose, session string) (aws.Config, error) {
	role := a.role(p)
	if role == "" && p == Act {
		return aws.Config{}, noRole(a, region)
	}
	k := key{a.ID, region, p, SessionName(cmp.Or(session, "parley-"+p.String()))}
	s.mu.Lock()
	conf, ok := s.configs[k]
	s.mu.Unlock()
	if ok {
		return conf, nil
	}
	base, err := s.own(ctx)
	if err != nil {
		return aws.Config{}, Explain(err, a, region, "")
	}
	conf = base.Copy()
	conf.Region = region
	if role != "" {
		conf.Credentials = s.assume(conf, role, a, k.session)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if have, ok := s.configs[k]; ok {
		return have, nil // somebody else was faster, and may have credentials already
	}
	if len(s.configs) >= maxConfigs {
		clear(s.configs)
	}
	s.configs[k] = conf
	return conf, nil
}

func (s *Set) assume(conf aws.Config, role string, a Account, session string) aws.CredentialsProvider {
	provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(conf), role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = session
		if a.ExternalID != "" {
			o.ExternalID = aws.String(a.ExternalID.Reveal())
		}
	})
	return aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = renewBefore })
}

// own returns the configuration with the process's own credentials, or the
// sandbox's.
func (s *Set) own(ctx context.Context) (aws.Config, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.base != nil {
		return *s.base, nil
	}
	var conf aws.Config
	if s.sandbox != "" {
		conf = aws.Config{BaseEndpoint: aws.String(s.sandbox), HTTPClient: s.client, RetryMaxAttempts: attempts,
			Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("AKIAPARLEYSANDBOX000", "sandbox", ""))}
	} else {
		var err error
		conf, err = awsconfig.LoadDefaultConfig(ctx, awsconfig.WithHTTPClient(s.client), awsconfig.WithRetryMaxAttempts(attempts))
		if err != nil {
			return aws.Config{}, fmt.Errorf("read the AWS settings: %w", err)
		}
	}
	conf.HTTPClient = Whole(conf.HTTPClient)
	s.base = &conf
	return conf, nil
}
