package policy

import "strings"

// SkipFolder reports whether a folder within a folder of policies, by its own
// name, holds none: tests of policies are in `tests`, and `testdata` and what
// begins with a dot are somebody else's.
func SkipFolder(name string) bool {
	return name == "tests" || name == "testdata" || strings.HasPrefix(name, ".")
}
