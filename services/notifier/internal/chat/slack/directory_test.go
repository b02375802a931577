package slack

import (
	"testing"

	"github.com/slack-go/slack"
)

func TestPick(t *testing.T) {
	t.Parallel()
	list := []slack.User{
		{ID: "U0000001", Name: "ann", RealName: "Ann Onymous", Profile: slack.UserProfile{Email: "ann@example.org", DisplayName: "annie"}},
		{ID: "U0000002", Name: "bob", RealName: "Bob", Profile: slack.UserProfile{DisplayName: "ann"}},
		{ID: "U0000003", Name: "eve", RealName: "Same Name"},
		{ID: "U0000004", Name: "mallory", RealName: "Same Name"},
		{ID: "U0000005", Name: "gone", Deleted: true},
		{ID: "U0000006", Name: "robot", IsBot: true},
	}
	f := func(called, want string) {
		t.Helper()
		if id, _, err := pick(list, called); id != want || err != nil {
			t.Errorf("%q: %q %v, want %q", called, id, err, want)
		}
	}
	f("U0000002", "U0000002")
	f("ann", "U0000001") // the name goes before what another calls himself
	f("ANN", "U0000001")
	f("ann@example.org", "U0000001")
	f("annie", "U0000001")
	f("Ann Onymous", "U0000001")
	f("same name", "") // two of them
	f("gone", "")
	f("robot", "")
	f("nobody", "")
}
