package identity

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/label"
)

// Resource is what a value is of.
type Resource struct {
	Account, Region string
	// Service in the catalog, whose tags go with it; "" has none.
	Service    string
	Dimensions map[string]string
}

// Names gives AWS' resources their labels.
type Names struct {
	accounts *account.Set
	cache    *series.Cache
	tags     *tags

	mu sync.Mutex
	// again is when to ask whose the process's own credentials are.
	again time.Time
}

// New returns the names of these accounts' resources; nil accounts are none.
func New(accounts *account.Set, cache *series.Cache, log *slog.Logger) *Names {
	return &Names{accounts: accounts, cache: cache, tags: newTags(accounts, log)}
}

// defaultTeam is that of accounts which nobody configured.
const defaultTeam = "infra"

// Labels returns the labels of a resource, more added. It is false if the
// account's tag matchers say that the resource is not watched.
func (n *Names) Labels(ctx context.Context, r Resource, more ...label.Label) (label.Set, bool) {
	a := n.account(ctx, r.Account)
	var tags map[string]string
	if r.Service != "" && (len(a.Labels) > 0 || len(a.Tags) > 0) {
		var known bool
		if tags, known = n.tags.of(ctx, a, r); known && !watched(a, tags) {
			return nil, false
		}
	}
	out := map[string]string{}
	for _, tag := range slices.Backward(a.Labels) { // the first one named wins
		if v := tags[tag]; v != "" {
			out[tagLabel(tag)] = v
		}
	}
	for name, value := range r.Dimensions {
		out[catalog.LabelName(name)] = value
	}
	for _, l := range more {
		out[l.Name] = l.Value
	}
	out["account"], out["account_name"], out["region"] = r.Account, cmp.Or(a.Name, r.Account), r.Region
	out[label.Team] = cmp.Or(a.Team, defaultTeam)
	return label.FromMap(out), true
}

// account returns what is known of an account; of one that nobody configured,
// its id.
func (n *Names) account(ctx context.Context, id string) account.Account {
	unknown := account.Account{ID: id, Name: id, Team: defaultTeam}
	if n.accounts == nil {
		return unknown
	}
	if a, ok := n.accounts.Get(id); ok {
		return a
	}
	if !slices.ContainsFunc(n.accounts.Accounts(), func(a account.Account) bool { return a.ID == "" }) {
		return unknown
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if now := time.Now(); !now.Before(n.again) {
		n.again = now.Add(retryAfter)
		ctx, cancel := context.WithTimeout(ctx, readWithin)
		defer cancel()
		if _, err := n.accounts.Resolve(ctx); err != nil {
			n.tags.log.Warn("whose the AWS credentials are is not known", "err", err)
		}
	}
	if a, ok := n.accounts.Get(id); ok {
		return a
	}
	return unknown
}

// Series returns the series of that name, or a [series.Error].
func (n *Names) Series(name, unit string, labels label.Set) (*series.Series, error) {
	var k series.Key
	k.Start(labels.Get(label.Team), []byte(unit))
	for _, l := range labels {
		if l.Name != label.Team {
			k.Label([]byte(l.Name), []byte(l.Value))
		}
	}
	k.Name([]byte(name))
	return n.cache.Get(&k)
}

// watched reports whether the account's matchers choose a resource with these
// tags.
func watched(a account.Account, tags map[string]string) bool {
	for name, text := range a.Tags {
		if m, err := label.ParseValue(name, text); err != nil || !m.Matches(tags[name]) {
			return false
		}
	}
	return true
}

// tagLabel returns the label that a tag becomes, as for what is polled: Name →
// name, environment → env.
func tagLabel(tag string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, tag)
	switch {
	case name == "environment":
		return "env"
	case name == "" || name[0] >= '0' && name[0] <= '9':
		return "_" + name
	}
	return name
}
