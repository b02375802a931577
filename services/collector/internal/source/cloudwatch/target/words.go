package target

import (
	"errors"
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/internal/account"
)

// words says an error, which may be several: operations that go wrong for one
// reason are said together, since they have one fix.
func words(err error) string {
	var out []string
	var said []*account.Error
	for _, one := range flatten(err) {
		e, ok := one.(*account.Error)
		if !ok {
			out = append(out, one.Error())
			continue
		}
		i := slices.IndexFunc(said, func(s *account.Error) bool { return s.What == e.What && s.Fix == e.Fix })
		if i < 0 {
			copied := *e
			said = append(said, &copied)
		} else if !slices.Contains(strings.Split(said[i].Operation, ", "), e.Operation) {
			said[i].Operation += ", " + e.Operation
		}
	}
	for _, e := range said {
		out = append(out, e.Error())
	}
	return strings.Join(out, "\n")
}

// flatten returns the errors that errors.Join put together.
func flatten(err error) []error {
	var explained *account.Error
	joined, ok := err.(interface{ Unwrap() []error })
	if _, is := err.(*account.Error); is || !ok || !errors.As(err, &explained) {
		return []error{err}
	}
	var out []error
	for _, one := range joined.Unwrap() {
		out = append(out, flatten(one)...)
	}
	return out
}
