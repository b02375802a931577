package propose

import "github.com/parley-ops/parley/services/evaluator/policy"

// Variants returns what is tried of a policy, by its words.
func Variants(p policy.Policy) map[string]policy.Policy {
	out := map[string]policy.Policy{}
	for _, v := range variants(p) {
		out[v.words] = v.policy
	}
	return out
}
