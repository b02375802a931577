package slack

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

// usersFor is how long what Slack says of its people holds. A large workspace's
// list takes many calls, of which Slack allows twenty a minute.
const usersFor = 15 * time.Minute

type userCache struct {
	mu   sync.Mutex
	at   time.Time
	list []slack.User
}

// Person implements chat.Directory. E-mail addresses are known only to an app
// with the scope users:read.email, which the manifest does not ask for.
func (b *Backend) Person(ctx context.Context, called string) (id, name string, err error) {
	called = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(called), "@"))
	if called == "" {
		return "", "", nil
	}
	u := &b.users
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.list == nil || time.Since(u.at) > usersFor {
		list, err := b.api.GetUsersContext(ctx, slack.GetUsersOptionLimit(200))
		if err != nil {
			return "", "", b.fault("users.list", err)
		}
		u.list, u.at = list, time.Now()
	}
	return pick(u.list, called)
}

// pick returns the one person of the list who is called so: by id, else by name
// or address, else by the names that people choose for themselves.
func pick(list []slack.User, called string) (id, name string, err error) {
	for _, says := range []func(slack.User) bool{
		func(u slack.User) bool { return u.ID == called },
		func(u slack.User) bool {
			return strings.EqualFold(u.Name, called) || u.Profile.Email != "" && strings.EqualFold(u.Profile.Email, called)
		},
		func(u slack.User) bool {
			return strings.EqualFold(u.Profile.DisplayName, called) || strings.EqualFold(u.RealName, called) || strings.EqualFold(u.Profile.RealName, called)
		},
	} {
		var found []slack.User
		for _, u := range list {
			if !u.Deleted && !u.IsBot && says(u) {
				found = append(found, u)
			}
		}
		if len(found) == 1 {
			return found[0].ID, found[0].Name, nil
		}
		if len(found) > 1 {
			return "", "", nil
		}
	}
	return "", "", nil
}
