package approval

import (
	"testing"
	"testing/quick"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// No list ever lets in more than its entries do one by one, and the empty list
// lets in nobody.
func TestAListGrantsNoMoreThanItsEntries(t *testing.T) {
	t.Parallel()
	f := func(list []string, id, name, backend string, groups []string, pick uint8) bool {
		if len(list) > 0 { // make hits likely
			switch one := list[int(pick)%len(list)]; pick % 4 {
			case 0:
				id = one
			case 1:
				groups = append(groups, one)
			}
		}
		who := &eventv1.Actor{Person: &eventv1.Person{Id: id, Name: name}, Backend: backend, Groups: groups}
		one := false
		for _, e := range list {
			one = one || Allows([]string{e}, who)
		}
		return Allows(list, who) == one && !Allows(nil, who) && !Allows(list, &eventv1.Actor{Groups: list})
	}
	if err := quick.Check(f, &quick.Config{MaxCount: 5000}); err != nil {
		t.Error(err)
	}
}

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
