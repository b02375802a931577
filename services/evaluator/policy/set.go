package policy

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Set is every policy in force together, sorted by name.
type Set struct {
	Digest   string
	Policies []Policy
}

// NewSet returns the set of these policies, for the bucket and for use. Of two
// with one name the first wins.
func NewSet(policies []Policy) *Set {
	s := &Set{Policies: slices.Clone(policies)}
	slices.SortStableFunc(s.Policies, func(a, b Policy) int { return cmp.Compare(a.Name, b.Name) })
	s.Policies = slices.CompactFunc(s.Policies, func(a, b Policy) bool { return a.Name == b.Name })
	h := sha256.New()
	for _, p := range s.Policies {
		fmt.Fprintf(h, "%d %s %d %s\n", len(p.Name), p.Name, len(p.YAML), p.YAML)
	}
	s.Digest = hex.EncodeToString(h.Sum(nil)[:16])
	return s
}

// Event returns the set for the rules bucket.
func (s *Set) Event() *eventv1.PolicySet {
	e := &eventv1.PolicySet{Digest: s.Digest, Policies: make([]*eventv1.PolicyDocument, len(s.Policies))}
	for i, p := range s.Policies {
		e.Policies[i] = &eventv1.PolicyDocument{Name: p.Name, Yaml: p.YAML}
	}
	return e
}

// SetFromEvent returns the set of the rules bucket. A policy that this version
// cannot read is a problem and left out.
func SetFromEvent(e *eventv1.PolicySet) (*Set, []Problem) {
	s := &Set{Digest: e.GetDigest()}
	var problems []Problem
	for _, d := range e.GetPolicies() {
		p, wrong := ParseOne(d.GetName(), d.GetYaml())
		if len(wrong) > 0 {
			problems = append(problems, wrong...)
			continue
		}
		s.Policies = append(s.Policies, p)
	}
	return s, problems
}
