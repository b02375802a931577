package waste

import (
	"slices"

	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/label"
)

// chosen returns what the account's settings choose of what there is: resources
// of the services that are watched, with the tags that are asked for.
func (inv Inventory) chosen(a account.Account) Inventory {
	matchers, readable := label.Matchers{}, true
	for name, text := range a.Tags {
		m, err := label.ParseValue(name, text)
		readable = readable && err == nil
		matchers = append(matchers, m)
	}
	serves := func(services ...string) bool {
		return readable && (len(a.Services) == 0 || slices.ContainsFunc(services, func(s string) bool { return slices.Contains(a.Services, s) }))
	}
	has := func(tags Tags) bool {
		for _, m := range matchers {
			if !m.Matches(tags[m.Label]) {
				return false
			}
		}
		return true
	}
	out := Inventory{At: inv.At}
	if serves("ec2") {
		out.Instances = pick(inv.Instances, func(i Instance) bool { return has(i.Tags) })
	}
	if serves("ebs") {
		out.Volumes = pick(inv.Volumes, func(v Volume) bool { return has(v.Tags) })
	}
	out.Balancers = pick(inv.Balancers, func(b Balancer) bool {
		return has(b.Tags) && (b.Type == "application" && serves("alb") || b.Type == "network" && serves("nlb"))
	})
	if serves("rds") {
		out.Databases = pick(inv.Databases, func(d Database) bool { return has(d.Tags) })
	}
	if serves("nat") {
		out.Gateways = pick(inv.Gateways, func(g Gateway) bool { return has(g.Tags) })
	}
	return out
}

func pick[R any](all []R, want func(R) bool) []R {
	var out []R
	for _, r := range all {
		if want(r) {
			out = append(out, r)
		}
	}
	return out
}
