package plan

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/discover"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/label"
)

// Need is one condition of one policy.
type Need struct {
	Policy, Metric string
	Severity       eventv1.Severity
	Scope          label.Matchers
	// Hold is how long the condition has to hold.
	Hold time.Duration
}

// Needs reads those of the policies in force. What nobody here could collect
// (a metric that is not in the catalog) is left out; a scope that cannot be read
// counts as everything.
func Needs(in *eventv1.Needs, c *catalog.Catalog) []Need {
	var out []Need
	for _, n := range in.GetNeeds() {
		if _, ok := c.Needs(n.GetMetric()); !ok {
			continue
		}
		scope, _ := label.MatchersFromProto(n.GetMatchers())
		out = append(out, Need{n.GetPolicy(), n.GetMetric(), n.GetSeverity(), scope, n.GetHold().AsDuration()})
	}
	return out
}

// Input is what a plan is made of.
type Input struct {
	Account account.Account
	Region  string
	// GlobalOnly: nothing but global services is watched here.
	GlobalOnly bool
	Needs      []Need
	Inventory  *discover.Inventory
	Catalog    *catalog.Catalog
	// Others returns what is known of another account whose metrics are read
	// through this one; nil knows none.
	Others func(id string) (account.Account, bool)
	// Least is the least interval of each severity.
	Least Least
}

// Least is how often something is asked for at most, by severity.
type Least struct{ Critical, Warning, Info time.Duration }

func (l Least) of(s eventv1.Severity) time.Duration {
	switch s {
	case eventv1.Severity_SEVERITY_CRITICAL:
		return l.Critical
	case eventv1.Severity_SEVERITY_WARNING:
		return l.Warning
	}
	return l.Info
}

// Wants returns the namespaces in which to look for what is needed.
func Wants(in Input) []discover.Want {
	var out []discover.Want
	for _, n := range in.Needs {
		metrics, _ := in.Catalog.Needs(n.Metric)
		for _, m := range metrics {
			if !in.serves(m) {
				continue
			}
			i := slices.IndexFunc(out, func(w discover.Want) bool { return w.Namespace == m.Namespace && w.Service == m.Service })
			if i < 0 {
				i = len(out)
				out = append(out, discover.Want{Namespace: m.Namespace, Service: m.Service,
					Instances: slices.ContainsFunc(m.Dimensions, func(set []string) bool { return slices.Contains(set, instance) })})
			}
			out[i].Rare = out[i].Rare || m.Period >= time.Hour
		}
	}
	slices.SortFunc(out, func(a, b discover.Want) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Service, b.Service))
	})
	return out
}

// instance is the dimension of what goes when an instance stops.
const instance = "InstanceId"

// serves reports whether the metric is watched in this account and region.
func (in *Input) serves(m catalog.Metric) bool {
	if m.Global && in.Region != target.GlobalRegion || in.GlobalOnly && !m.Global {
		return false
	}
	return len(in.Account.Services) == 0 || slices.Contains(in.Account.Services, m.Service)
}

// direct reports whether the owner of a metric is watched here by itself, so
// that nobody has to read it through another account.
func (in *Input) direct(owner string) bool {
	if in.Others == nil {
		return false
	}
	a, ok := in.Others(owner)
	return ok && slices.Contains(a.Regions, in.Region)
}

// chosen reports whether the account's tags choose the resource.
func (in *Input) chosen(matchers label.Matchers, tags map[string]string) bool {
	for _, m := range matchers {
		if !m.Matches(tags[m.Label]) {
			return false
		}
	}
	return true
}

// tagMatchers reads the account's tags; what cannot be read chooses nothing.
func (in *Input) tagMatchers() (label.Matchers, bool) {
	var out label.Matchers
	for name, text := range in.Account.Tags {
		m, err := label.ParseValue(name, text)
		if err != nil {
			return nil, false
		}
		out = append(out, m)
	}
	return out, true
}

// tagLabel returns the label that a tag becomes: Name → name, environment → env.
func tagLabel(tag string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return unicode.ToLower(r)
		}
		return '_'
	}, tag)
	if name == "environment" {
		return "env"
	}
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		return "_" + name
	}
	return name
}
