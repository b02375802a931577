package iam

import (
	"fmt"
	"slices"
	"strings"
)

// Request is what somebody wants to do.
type Request struct {
	Action   string              // ec2:StopInstances
	Resource string              // an ARN, or * where the action has none
	Context  map[string][]string // condition keys, compared without case: aws:ResourceTag/Name
}

// Decision is what the policies say.
type Decision int

// The decisions.
const (
	Implicit Decision = iota // nothing allows it
	Allowed
	Denied // a statement denies it
)

// Decide evaluates the request, and names the statement that decided.
func Decide(policies []Policy, r Request) (decision Decision, sid string) {
	context := make(map[string][]string, len(r.Context))
	for k, v := range r.Context {
		context[strings.ToLower(k)] = v
	}
	r.Context = context
	for _, p := range policies {
		for _, s := range p.Statement {
			if !s.applies(r) {
				continue
			}
			if s.Effect == "Deny" {
				return Denied, s.Sid
			}
			if decision == Implicit {
				decision, sid = Allowed, s.Sid
			}
		}
	}
	return decision, sid
}

func (s Statement) applies(r Request) bool {
	action := strings.ToLower(r.Action)
	same := func(pattern string) bool { return Like(strings.ToLower(pattern), action) }
	on := func(pattern string) bool { return Like(pattern, r.Resource) }
	switch {
	case len(s.Action) > 0 && !slices.ContainsFunc(s.Action, same),
		len(s.NotAction) > 0 && slices.ContainsFunc(s.NotAction, same),
		len(s.Resource) > 0 && !slices.ContainsFunc(s.Resource, on),
		len(s.NotResource) > 0 && slices.ContainsFunc(s.NotResource, on):
		return false
	}
	for name, keys := range s.Condition {
		o, err := parseOperator(name)
		if err != nil {
			return false // Parse refuses such a document
		}
		for key, values := range keys {
			have, there := r.Context[strings.ToLower(key)]
			if !o.holds(have, there, values) {
				return false
			}
		}
	}
	return true
}

// operator is a condition's, taken apart.
type operator struct {
	all, any, ifExists bool
	base               string
	match              func(pattern, value string) bool
	negated            bool
}

func parseOperator(name string) (operator, error) {
	var o operator
	rest, ok := strings.CutPrefix(name, "ForAllValues:")
	o.all = ok
	if !ok {
		rest, o.any = strings.CutPrefix(name, "ForAnyValue:")
	}
	rest, o.ifExists = strings.CutSuffix(rest, "IfExists")
	o.base = rest
	equal := func(pattern, value string) bool { return pattern == value }
	switch rest {
	case "StringEquals":
		o.match = equal
	case "StringNotEquals":
		o.match, o.negated = equal, true
	case "StringEqualsIgnoreCase", "Bool":
		o.match = strings.EqualFold
	case "StringLike", "ArnLike", "ArnEquals":
		o.match = Like
	case "StringNotLike":
		o.match, o.negated = Like, true
	case "Null":
		if o.all || o.any || o.ifExists {
			return o, fmt.Errorf("condition %q: Null stands alone", name)
		}
	default:
		return o, fmt.Errorf("condition %q is not known here", name)
	}
	return o, nil
}

func (o operator) holds(have []string, there bool, want []string) bool {
	if o.base == "Null" {
		return slices.ContainsFunc(want, func(v string) bool { return strings.EqualFold(v, "true") }) == !there
	}
	if !there && o.ifExists {
		return true
	}
	one := func(value string) bool {
		in := slices.ContainsFunc(want, func(p string) bool { return o.match(p, value) })
		return in != o.negated
	}
	switch {
	case o.all: // true of none, as AWS has it: hence the Null beside it
		return !slices.ContainsFunc(have, func(v string) bool { return !one(v) })
	case o.any:
		return slices.ContainsFunc(have, one)
	case !there || len(have) == 0:
		return o.negated
	case o.negated:
		return !slices.ContainsFunc(have, func(v string) bool { return !one(v) })
	}
	return slices.ContainsFunc(have, one)
}

// Like matches * (any run of characters) and ? (one), in time linear in the product of the lengths.
func Like(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
