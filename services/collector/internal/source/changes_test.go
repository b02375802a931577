package source_test

import (
	"testing"

	"github.com/parley-ops/parley/services/collector/internal/source"
)

func TestChanges(t *testing.T) {
	t.Parallel()
	var nobody *source.Changes
	nobody.Tell(source.Change{})
	nobody.Listen(func(source.Change) { t.Error("told of nothing") })()

	var c source.Changes
	var a, b []string
	stopA := c.Listen(func(x source.Change) { a = append(a, x.State) })
	stopB := c.Listen(func(x source.Change) { b = append(b, x.State) })
	c.Tell(source.Change{State: "1"})
	stopA()
	stopA()
	c.Tell(source.Change{State: "2"})
	stopB()
	c.Tell(source.Change{State: "3"})
	if len(a) != 1 || len(b) != 2 || b[1] != "2" {
		t.Errorf("told %v and %v", a, b)
	}
}
