package target

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	smithymw "github.com/aws/smithy-go/middleware"

	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/cost"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/bus"
)

// Part is one thing done for a target.
type Part interface {
	// Run works until ctx is done, and returns nil then. After an error it is
	// run again, after a pause that grows.
	Run(ctx context.Context, t *Target, sink source.Sink) error
}

// GlobalRegion is where metrics of global services (CloudFront, Route 53,
// Billing) are.
const GlobalRegion = "us-east-1"

// Key names a target.
type Key struct{ Account, Region string }

// String returns the key as it stands in buckets: "111122223333.eu-west-1".
func (k Key) String() string { return bus.Token(k.Account) + "." + bus.Token(k.Region) }

// Config is what a Target is made of.
type Config struct {
	Account account.Account
	Region  string
	// GlobalOnly: the account is not watched in this region; only its global
	// services are.
	GlobalOnly bool
	// AWS is the account's configuration for the region.
	AWS aws.Config
	// Protocol is how CloudWatch is spoken to.
	Protocol account.Protocol
	// API stands in for CloudWatch in tests; nil is a client of AWS.
	API    CloudWatch
	Limits Limits
	Lease  *Lease
	Meter  *cost.Meter
	// Metrics counts calls for Prometheus; nil is nowhere.
	Metrics *Metrics
	Bus     *bus.Conn
	Log     *slog.Logger
}

// Target is one account in one region, owned by this collector.
type Target struct {
	Account account.Account
	Region  string
	// GlobalOnly: only global services are watched here.
	GlobalOnly bool

	cfg   Config
	aws   aws.Config
	watch *metered
	ahead atomic.Int64 // nanoseconds, see Now

	mu       sync.Mutex
	problems map[string]string // by part
}

// New returns the target. It does no I/O.
func New(c Config) *Target {
	if c.Meter == nil {
		c.Meter = cost.NewMeter()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Log = c.Log.With("account", c.Account.ID, "region", c.Region)
	t := &Target{Account: c.Account, Region: c.Region, GlobalOnly: c.GlobalOnly, cfg: c, problems: map[string]string{}}
	t.aws = withLimits(c.AWS, t)
	t.watch = newMetered(c, t)
	return t
}

// Key returns the target's name.
func (t *Target) Key() Key { return Key{t.Account.ID, t.Region} }

// leastAhead is by how much AWS' clock has to differ from this machine's to count:
// its answers tell seconds, and take some.
const leastAhead = 30 * time.Second

// Now returns the time by AWS' clock, as its latest answer told it: which buckets
// there are does not depend on whether this machine's clock is right.
func (t *Target) Now() time.Time { return time.Now().Add(time.Duration(t.ahead.Load())) }

// learn notes how far AWS' clock is ahead.
func (t *Target) learn(m smithymw.Metadata) {
	by, ok := middleware.GetAttemptSkew(m)
	if !ok {
		return
	}
	if by.Abs() < leastAhead {
		by = 0
	}
	if before := time.Duration(t.ahead.Swap(int64(by))); (before == 0) != (by == 0) {
		t.cfg.Log.Warn("AWS: its clock and this machine's differ; asking by AWS' clock", "ahead", by.Round(time.Second))
	}
}

// Log returns a logger that names the target.
func (t *Target) Log() *slog.Logger { return t.cfg.Log }

// Bus returns the collector's connection.
func (t *Target) Bus() *bus.Conn { return t.cfg.Bus }

// Lease returns the right to watch the target, and its position.
func (t *Target) Lease() *Lease { return t.cfg.Lease }

// Meter returns what was spent here this month.
func (t *Target) Meter() *cost.Meter { return t.cfg.Meter }

// Explain returns err of an operation ("ec2:DescribeInstances") in words that
// name account, region, action and fix; nil for nil.
func (t *Target) Explain(err error, operation string) error {
	return account.Explain(err, t.Account, t.Region, operation)
}

// Report says how a part is doing: err is what is wrong, nil that all is well.
// A change is logged, once.
func (t *Target) Report(part string, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	t.mu.Lock()
	before := t.problems[part]
	delete(t.problems, part)
	if err != nil {
		t.problems[part] = words(err)
	}
	after := t.problems[part]
	t.mu.Unlock()
	switch {
	case after != "" && kindOf(before) != kindOf(after):
		t.cfg.Log.Warn("AWS: something is wrong", "part", part, "err", after)
		t.cfg.Metrics.failed(t.Key(), err)
	case after != "":
		t.cfg.Metrics.failed(t.Key(), err)
	case before != "":
		t.cfg.Log.Info("AWS: all is well again", "part", part)
	}
}

// kindOf cuts what differs from call to call, such as request ids.
func kindOf(problem string) string {
	head, _, _ := strings.Cut(problem, "request id")
	return strings.TrimSpace(head)
}

// Problem returns what is wrong with any part, in words; "" when nothing is.
func (t *Target) Problem() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for _, p := range t.problems {
		out = append(out, p)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), "\n")
}

// Throttled reports whether err says that too much was asked for.
func (t *Target) Throttled(err error) bool {
	return errors.Is(account.Explain(err, t.Account, t.Region, ""), account.ErrThrottled)
}

// String returns the target for people.
func (t *Target) String() string { return fmt.Sprintf("%s in %s", t.Account, t.Region) }
