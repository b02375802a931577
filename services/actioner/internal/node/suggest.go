package node

import "github.com/parley-ops/parley/services/internal/nearest"

// Suggest returns ` (did you mean "x"?)` with the choice that is nearest to
// what was written, or "" when none is near.
func Suggest(written string, choices []string) string {
	if best := nearest.To(written, choices); best != "" {
		return ` (did you mean "` + best + `"?)`
	}
	return ""
}
