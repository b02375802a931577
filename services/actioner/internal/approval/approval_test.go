package approval

import (
	"testing"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

func TestSame(t *testing.T) {
	t.Parallel()
	who := func(id, name string) *eventv1.Actor {
		return &eventv1.Actor{Person: &eventv1.Person{Id: id, Name: name}}
	}
	for _, c := range []struct {
		a, b *eventv1.Actor
		want bool
	}{
		{who("1", "ann"), who("1", "ann"), true},
		{who("1", "ann"), who("1", "other"), true},
		{who("1", "Ann"), who("2", "ann"), true},
		{who("1", ""), who("2", ""), false},
		{who("1", "ann"), who("2", "bob"), false},
		{nil, nil, true},
	} {
		if got := Same(c.a, c.b); got != c.want {
			t.Errorf("%v, %v: got %v", c.a, c.b, got)
		}
	}
}
