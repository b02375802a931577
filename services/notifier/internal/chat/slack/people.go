package slack

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// groupsFor is how long what Slack says of its groups holds.
const groupsFor = time.Minute

type groupCache struct {
	mu      sync.Mutex
	at      time.Time
	ids     map[string]string   // "@ops" -> the group's id
	members map[string][]string // "@ops" -> user ids
}

// Groups implements chat.Grouper.
func (b *Backend) Groups(ctx context.Context, userID string) ([]string, error) {
	g := &b.groups
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.members == nil || time.Since(g.at) > groupsFor {
		ids, err := b.groupIDs(ctx)
		if err != nil {
			return nil, err
		}
		members := map[string][]string{}
		for name, id := range ids {
			if members[name], err = b.membersOf(ctx, id); err != nil {
				return nil, err
			}
		}
		g.ids, g.members, g.at = ids, members, time.Now()
	}
	var out []string
	for name, ids := range g.members {
		if slices.Contains(ids, userID) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, nil
}

// In implements chat.Member: one call for each group, whose ids alone are
// remembered.
func (b *Backend) In(ctx context.Context, userID string, groups []string) ([]string, error) {
	g := &b.groups
	g.mu.Lock()
	defer g.mu.Unlock()
	if slices.ContainsFunc(groups, func(name string) bool { return g.ids[name] == "" }) || time.Since(g.at) > groupsFor {
		ids, err := b.groupIDs(ctx)
		if err != nil {
			return nil, err
		}
		g.ids, g.members, g.at = ids, nil, time.Now()
	}
	var out []string
	for _, name := range groups {
		id := g.ids[name]
		if id == "" {
			continue // there is no such group
		}
		members, err := b.membersOf(ctx, id)
		if err != nil {
			return nil, err
		}
		if slices.Contains(members, userID) {
			out = append(out, name)
		}
		if g.members != nil {
			g.members[name] = members
		}
	}
	return out, nil
}

// groupIDs returns the ids of all groups by their names.
func (b *Backend) groupIDs(ctx context.Context) (map[string]string, error) {
	list, err := b.api.GetUserGroupsContext(ctx)
	if err != nil {
		return nil, b.fault("usergroups.list", err)
	}
	out := map[string]string{}
	for _, group := range list {
		out["@"+group.Handle] = group.ID
	}
	return out, nil
}

func (b *Backend) membersOf(ctx context.Context, group string) ([]string, error) {
	ids, err := b.api.GetUserGroupMembersContext(ctx, group)
	if err != nil {
		return nil, b.fault("usergroups.users.list", err)
	}
	return ids, nil
}

// Group implements chat.GroupDirectory.
func (b *Backend) Group(ctx context.Context, handle string) (string, error) {
	g := &b.groups
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ids == nil || time.Since(g.at) > groupsFor {
		ids, err := b.groupIDs(ctx)
		if err != nil {
			return "", err
		}
		g.ids, g.members, g.at = ids, nil, time.Now()
	}
	return g.ids["@"+strings.ToLower(strings.TrimPrefix(handle, "@"))], nil
}

// Answer implements chat.Answerer: by the reply URL while it holds, else as a
// message that only the person sees.
func (b *Backend) Answer(ctx context.Context, to chat.To, c chat.Content) error {
	var first error
	if b.ours(to.ReplyURL) {
		_, _, err := b.api.PostMessageContext(ctx, to.ChannelID, append(options(c),
			slack.MsgOptionResponseURL(to.ReplyURL, slack.ResponseTypeEphemeral))...)
		if err == nil {
			return nil
		}
		first = b.fault("response_url", err)
	}
	if to.ChannelID == "" || !userID(to.UserID) {
		return first
	}
	opts := options(c)
	if to.ChannelID == chat.HomeOf(to.UserID) { // nothing is said there: it is told in the app's messages
		_, _, err := b.api.PostMessageContext(ctx, to.UserID, opts...)
		return b.fault("chat.postMessage", err)
	}
	if to.Thread != "" {
		opts = append(opts, slack.MsgOptionTS(to.Thread))
	}
	_, err := b.api.PostEphemeralContext(ctx, to.ChannelID, to.UserID, opts...)
	return b.fault("chat.postEphemeral", err)
}

// ours reports whether a reply URL leads to the workspace we speak to: it came
// by message, and nothing else may be posted to.
func (b *Backend) ours(reply string) bool {
	u, err := url.Parse(reply)
	if err != nil || u.Host == "" {
		return false
	}
	api, err := url.Parse(b.cfg.APIURL)
	if err != nil {
		return false
	}
	return u.Scheme == api.Scheme && (u.Host == api.Host || api.Host == "slack.com" && u.Host == "hooks.slack.com") ||
		strings.HasSuffix(api.Host, "slack-gov.com") && u.Host == "hooks.slack-gov.com" && u.Scheme == "https"
}
