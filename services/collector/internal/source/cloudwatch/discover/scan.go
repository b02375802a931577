package discover

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/catalog"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
	"github.com/parley-ops/parley/services/internal/account"
)

// Config is how often to look, and how much to keep.
type Config struct {
	// Every is between two sweeps of a namespace; States between two looks at
	// the states of instances.
	Every, States time.Duration
	// MaxMetrics bounds what is kept.
	MaxMetrics int
}

// Defaults are a sweep an hour, and states every 5 minutes.
func Defaults() Config {
	return Config{Every: time.Hour, States: 5 * time.Minute, MaxMetrics: 200_000}
}

// maxPages bounds one sweep of a namespace: 500 metrics a page.
const maxPages = 1000

// ErrTooMany: there are more metrics than are kept; the rest is not watched.
var ErrTooMany = errors.New("more metrics than --collector-cloudwatch-max-metrics; the rest is not watched: choose services or tags in the accounts file, or raise it")

// Scanner looks, and remembers. It belongs to one goroutine.
type Scanner struct {
	cfg     Config
	catalog *catalog.Catalog

	swept  map[string]sweep // by namespace
	tagged map[string]time.Time
	stated time.Time

	inventory *Inventory
}

type sweep struct {
	at      time.Time
	all     bool // also what is not recently active
	metrics []Metric
}

// New returns a scanner that knows nothing yet.
func New(cfg Config, c *catalog.Catalog) *Scanner {
	return &Scanner{cfg: cfg, catalog: c, swept: map[string]sweep{}, tagged: map[string]time.Time{}, inventory: &Inventory{}}
}

// Inventory returns what is known.
func (s *Scanner) Inventory() *Inventory { return s.inventory }

// Want is what somebody wants to know of a namespace.
type Want struct {
	Namespace string
	// Service whose tags go with it; "" is none.
	Service string
	// Rare: some of its metrics come less than hourly.
	Rare bool
	// Instances: it is worth knowing which run.
	Instances bool
}

// Refresh looks at what is due of the wants, and reports whether anything may
// have changed. Errors are explained; what could be read is kept all the same.
func (s *Scanner) Refresh(ctx context.Context, t *target.Target, wants []Want) (changed bool, err error) {
	now := time.Now()
	next := *s.inventory
	var errs []error
	metrics := false
	for _, w := range wants {
		have, ok := s.swept[w.Namespace]
		if ok && now.Sub(have.at) < s.cfg.Every && (have.all || !w.Rare) {
			continue
		}
		found, err := s.list(ctx, t, w)
		if err != nil {
			errs = append(errs, err)
			if !errors.Is(err, ErrTooMany) {
				break // the others would fail in the same way
			}
		}
		s.swept[w.Namespace] = sweep{now, w.Rare || have.all, found}
		metrics = true
	}
	if metrics {
		next.Metrics = nil
		for _, ns := range slices.Sorted(maps.Keys(s.swept)) {
			next.Metrics = append(next.Metrics, s.swept[ns].metrics...)
		}
		if len(next.Metrics) > s.cfg.MaxMetrics {
			next.Metrics = next.Metrics[:s.cfg.MaxMetrics]
			errs = append(errs, ErrTooMany)
		}
		changed = true
	}
	for _, read := range []func(context.Context, *target.Target, []Want, time.Time, *Inventory) (bool, error){s.tags, s.states} {
		if len(errs) > 0 && !errors.Is(errs[len(errs)-1], account.ErrDenied) && !errors.Is(errs[len(errs)-1], ErrTooMany) {
			break // nobody gets in, or nobody answers
		}
		did, err := read(ctx, t, wants, now, &next)
		changed = changed || did
		if err != nil {
			errs = append(errs, err)
		}
	}
	if changed {
		s.inventory = &next
	}
	return changed, errors.Join(errs...)
}

// list sweeps a namespace. Only what the catalog knows is kept.
func (s *Scanner) list(ctx context.Context, t *target.Target, w Want) ([]Metric, error) {
	in := &cloudwatch.ListMetricsInput{Namespace: aws.String(w.Namespace)}
	if !w.Rare {
		in.RecentlyActive = cwtypes.RecentlyActivePt3h
	}
	if t.Account.Linked {
		in.IncludeLinkedAccounts = aws.Bool(true)
	}
	var out []Metric
	names := map[string]bool{} // what the catalog knows, and what not
	words := map[string]string{}
	one := func(p *string) string { // the same text once
		text := aws.ToString(p)
		if have, ok := words[text]; ok {
			return have
		}
		words[text] = text
		return text
	}
	for page := 0; ; page++ {
		if page == maxPages || len(out) > s.cfg.MaxMetrics {
			return out, ErrTooMany
		}
		answer, err := t.CloudWatch().ListMetrics(ctx, in)
		if err != nil {
			return nil, t.Explain(err, "cloudwatch:ListMetrics")
		}
		for i, m := range answer.Metrics {
			name := one(m.MetricName)
			known, ok := names[name]
			if !ok {
				known = len(s.catalog.Lookup(w.Namespace, name)) > 0
				names[name] = known
			}
			if !known {
				continue
			}
			x := Metric{Namespace: w.Namespace, Name: name, Dimensions: make([]Dimension, 0, len(m.Dimensions))}
			if i < len(answer.OwningAccounts) && answer.OwningAccounts[i] != t.Account.ID {
				x.Owner = one(&answer.OwningAccounts[i])
			}
			for _, d := range m.Dimensions {
				x.Dimensions = append(x.Dimensions, Dimension{one(d.Name), one(d.Value)})
			}
			slices.SortFunc(x.Dimensions, func(a, b Dimension) int { return cmp.Compare(a.Name, b.Name) })
			out = append(out, x)
		}
		if aws.ToString(answer.NextToken) == "" {
			return out, nil
		}
		if aws.ToString(answer.NextToken) == aws.ToString(in.NextToken) {
			return nil, fmt.Errorf("account %s, %s, cloudwatch:ListMetrics: the next page is the same again", t.Account, t.Region)
		}
		in.NextToken = answer.NextToken
	}
}
