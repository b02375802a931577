package approval

import (
	"testing"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

func TestSame(t *testing.T) {
	t.Parallel()
	who := func(backend, id, name string, mail ...string) *eventv1.Actor {
		p := &eventv1.Person{Id: id, Name: name}
		if len(mail) > 0 {
			p.Email = mail[0]
		}
		return &eventv1.Actor{Person: p, Backend: backend}
	}
	people, err := ParsePeople([]string{"slack:U7=mattermost:mm7=seven@example.org", "a@example.org=b@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	f := func(a, b *eventv1.Actor, want bool) {
		t.Helper()
		if got := people.Same(a, b); got != want {
			t.Errorf("%v, %v: got %v", a, b, got)
		}
		if got := people.Same(b, a); got != want {
			t.Errorf("%v, %v: got %v the other way round", b, a, got)
		}
	}
	f(who("slack", "1", "ann"), who("slack", "1", "ann"), true)
	f(who("slack", "1", "ann"), who("slack", "1", "other"), true)
	f(who("slack", "1", "Ann"), who("mattermost", "2", "@ann"), true)
	f(who("slack", "1", ""), who("slack", "2", ""), false)
	f(who("slack", "1", "ann"), who("slack", "2", "bob"), false)
	f(nil, nil, true)
	f(nil, who("slack", "1", "ann"), true)
	// Across chats: by address, or because it is configured.
	f(who("slack", "1", "ann", "ann@example.org"), who("mattermost", "x", "annie", "Ann@Example.org"), true)
	f(who("slack", "U7", "seven"), who("mattermost", "MM7", "7"), true)
	f(who("slack", "U7", "seven"), who("discord", "9", "nine", "seven@example.org"), true)
	f(who("slack", "U7", "seven"), who("mattermost", "mm8", "eight"), false)
	f(who("discord", "U70", "seventy"), who("mattermost", "mm7", "7"), false)
	f(who("x", "1", "one", "a@example.org"), who("y", "2", "two", "b@example.org"), true)
	// Who has parley act is who asked.
	f(who("parley", "parley", "parley, for ann"), who("slack", "1", "ann"), true)
	f(who("parley", "parley", "parley"), who("slack", "1", "ann"), false)
}

func TestParsePeople(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"", "slack:U1", "=", "slack:=mattermost:x", "ann=bob", "slack:U1="} {
		if _, err := ParsePeople([]string{wrong}); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

func FuzzParsePeople(f *testing.F) {
	f.Add("slack:U1=mattermost:ann=ann@example.org")
	f.Fuzz(func(t *testing.T, entry string) {
		if people, err := ParsePeople([]string{entry}); err == nil && len(people[0]) < 2 {
			t.Errorf("%q names one: %v", entry, people)
		}
	})
}
