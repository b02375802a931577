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

	"github.com/parley-ops/parley/services/collector/catalog"
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

const (
	// maxPages bounds one sweep of a namespace: 500 metrics a page.
	maxPages = 1000
	// fewNamespaces are swept one by one; more of them all at once, if that
	// takes no more than crowdedPages.
	fewNamespaces, crowdedPages = 4, 20
)

// ErrTooMany: there are more metrics than are kept; the rest is not watched.
var ErrTooMany = errors.New("more metrics than --collector-cloudwatch-max-metrics; the rest is not watched: choose services or tags in the accounts file, or raise it")

func tooMany(t *target.Target) error {
	return fmt.Errorf("AWS account %s, %s: %w", t.Account, t.Region, ErrTooMany)
}

// Scanner looks, and remembers. It belongs to one goroutine.
type Scanner struct {
	cfg     Config
	catalog *catalog.Catalog

	swept  map[string]sweep // by namespace
	tagged map[string]time.Time
	stated time.Time
	hurry  bool      // somebody knows that states have changed
	born   time.Time // when instances were there that had not been
	// crowded: there is much that nobody needs, so namespaces are swept singly.
	crowded bool

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

// hurried is between two looks at states, when they are known to change.
const hurried = 10 * time.Second

// young reports whether to look again, after last, because instances are new: at
// once, and when CloudWatch lists what it did not at first.
func (s *Scanner) young(last, now time.Time) bool {
	for _, after := range []time.Duration{0, newcomers, 3 * newcomers} {
		if at := s.born.Add(after); !s.born.IsZero() && last.Before(at) && !now.Before(at) {
			return true
		}
	}
	return false
}

// newcomers is how long instances that come count as one lot, so that many of
// them are not many sweeps. CloudWatch may need 15 minutes to list a metric.
const newcomers = 5 * time.Minute

// appeared notes that there are instances that had not been there.
func (s *Scanner) appeared(before, states map[string]string, now time.Time) {
	if before == nil || now.Sub(s.born) < newcomers {
		return // the first look, or a lot that is looked for already
	}
	for id := range states {
		if _, ok := before[id]; !ok {
			s.born = now
			return
		}
	}
}

// Hurry makes the next Refresh look at the states of instances, unless it did a
// moment ago: somebody knows that they have changed.
func (s *Scanner) Hurry() { s.hurry = true }

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
	metrics, err := s.sweep(ctx, t, wants, now)
	if err != nil {
		errs = append(errs, err)
	}
	if metrics {
		next.Metrics = nil
		for _, ns := range slices.Sorted(maps.Keys(s.swept)) {
			next.Metrics = append(next.Metrics, s.swept[ns].metrics...)
		}
		if len(next.Metrics) > s.cfg.MaxMetrics {
			next.Metrics = next.Metrics[:s.cfg.MaxMetrics]
			errs = append(errs, tooMany(t))
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

// sweep lists what is due, and reports whether anything was read.
func (s *Scanner) sweep(ctx context.Context, t *target.Target, wants []Want, now time.Time) (did bool, err error) {
	var due []Want
	for _, w := range wants {
		have, ok := s.swept[w.Namespace]
		if (!ok || now.Sub(have.at) >= s.cfg.Every || w.Rare && !have.all || w.Instances && s.young(have.at, now)) && !slices.ContainsFunc(due, func(d Want) bool { return d.Namespace == w.Namespace }) {
			due = append(due, w)
		}
	}
	// Many namespaces are cheaper in one go, unless there is much else.
	if len(due) > fewNamespaces && !s.crowded {
		all, err := s.list(ctx, t, Want{}, crowdedPages)
		switch {
		case errors.Is(err, ErrTooMany):
			s.crowded = true
		case err != nil:
			return false, err
		default:
			due = slices.DeleteFunc(due, func(w Want) bool {
				if !w.Rare {
					s.swept[w.Namespace] = sweep{now, false, all[w.Namespace]}
				}
				return !w.Rare
			})
			did = true
		}
	}
	for _, w := range due {
		found, err := s.list(ctx, t, w, maxPages)
		if err != nil && !errors.Is(err, ErrTooMany) {
			return did, err // the others would fail in the same way
		}
		s.swept[w.Namespace] = sweep{now, w.Rare || s.swept[w.Namespace].all, found[w.Namespace]}
		did = true
		if err != nil {
			return did, err
		}
	}
	return did, nil
}

// list sweeps a namespace, or all that is recently active if the want names
// none. Only what the catalog knows is kept.
func (s *Scanner) list(ctx context.Context, t *target.Target, w Want, pages int) (map[string][]Metric, error) {
	in := &cloudwatch.ListMetricsInput{}
	if w.Namespace != "" {
		in.Namespace = aws.String(w.Namespace)
	}
	if !w.Rare {
		in.RecentlyActive = cwtypes.RecentlyActivePt3h
	}
	if t.Account.Linked && !t.Account.FreeTier { // GetMetricStatistics cannot read them
		in.IncludeLinkedAccounts = aws.Bool(true)
	}
	out := map[string][]Metric{}
	n := 0
	words := map[string]string{}
	one := func(p *string) string { // the same text once
		text := aws.ToString(p)
		if have, ok := words[text]; ok {
			return have
		}
		words[text] = text
		return text
	}
	known := map[[2]string]bool{}
	for page := 0; ; page++ {
		if page == pages || n > s.cfg.MaxMetrics {
			return out, tooMany(t)
		}
		answer, err := t.CloudWatch().ListMetrics(ctx, in)
		if err != nil {
			return nil, t.Explain(err, "cloudwatch:ListMetrics")
		}
		for i, m := range answer.Metrics {
			x := Metric{Namespace: one(m.Namespace), Name: one(m.MetricName)}
			key := [2]string{x.Namespace, x.Name}
			is, ok := known[key]
			if !ok {
				is = len(s.catalog.Lookup(x.Namespace, x.Name)) > 0
				known[key] = is
			}
			if !is {
				continue
			}
			if i < len(answer.OwningAccounts) && answer.OwningAccounts[i] != t.Account.ID {
				x.Owner = one(&answer.OwningAccounts[i])
			}
			x.Dimensions = make([]Dimension, 0, len(m.Dimensions))
			for _, d := range m.Dimensions {
				x.Dimensions = append(x.Dimensions, Dimension{one(d.Name), one(d.Value)})
			}
			slices.SortFunc(x.Dimensions, func(a, b Dimension) int { return cmp.Compare(a.Name, b.Name) })
			out[x.Namespace] = append(out[x.Namespace], x)
			n++
		}
		if aws.ToString(answer.NextToken) == "" {
			return out, nil
		}
		if aws.ToString(answer.NextToken) == aws.ToString(in.NextToken) {
			return nil, fmt.Errorf("AWS account %s, %s, cloudwatch:ListMetrics: the next page is the same again", t.Account, t.Region)
		}
		in.NextToken = answer.NextToken
	}
}
