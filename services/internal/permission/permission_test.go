package permission_test

import (
	"testing"
	"testing/quick"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/permission"
)

func TestAllows(t *testing.T) {
	t.Parallel()
	ana := &eventv1.Actor{Backend: "slack", Person: &eventv1.Person{Id: "U1", Name: "ana"}, Groups: []string{"@ops"}}
	f := func(who *eventv1.Actor, want bool, list ...string) {
		t.Helper()
		if got := permission.Allows(list, who); got != want {
			t.Errorf("%q, %s: got %v, want %v", list, who, got, want)
		}
	}
	for _, entry := range []string{"@ops", "U1", "ana", "slack:U1", "slack:ana"} {
		f(ana, true, "else", entry)
		f(&eventv1.Actor{}, false, entry)
	}
	for _, entry := range []string{"", "@", "@dev", "ops", "U2", "cli:U1", "slack:", ":U1", "slack:@ops", "ANA"} {
		f(ana, false, entry)
	}
	f(ana, false)
	f(&eventv1.Actor{Backend: "slack", Person: &eventv1.Person{Id: "U2"}}, false, "", "slack:") // no name
	f(&eventv1.Actor{Person: &eventv1.Person{Name: "ana"}, Groups: []string{"@ops"}}, false, "@ops", "ana")
}

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
			one = one || permission.Allows([]string{e}, who)
		}
		return permission.Allows(list, who) == one && !permission.Allows(nil, who) && !permission.Allows(list, &eventv1.Actor{Groups: list})
	}
	if err := quick.Check(f, &quick.Config{MaxCount: 5000}); err != nil {
		t.Error(err)
	}
}
