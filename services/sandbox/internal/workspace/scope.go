package workspace

import (
	"slices"
	"strings"
)

// Scopes that methods need, as docs.slack.dev lists them; a method that is not here
// needs none. Where there are several, one by the kind of conversation, any will do.
var scopes = map[string][]string{
	"chat.postMessage": {"chat:write"}, "chat.postEphemeral": {"chat:write"}, "chat.update": {"chat:write"}, "chat.delete": {"chat:write"},
	"chat.scheduleMessage": {"chat:write"}, "chat.deleteScheduledMessage": {"chat:write"},
	"conversations.list":         {"channels:read", "groups:read", "im:read", "mpim:read"},
	"conversations.info":         {"channels:read", "groups:read", "im:read", "mpim:read"},
	"conversations.members":      {"channels:read", "groups:read", "im:read", "mpim:read"},
	"users.conversations":        {"channels:read", "groups:read", "im:read", "mpim:read"},
	"conversations.history":      {"channels:history", "groups:history", "im:history", "mpim:history"},
	"conversations.replies":      {"channels:history", "groups:history", "im:history", "mpim:history"},
	"conversations.open":         {"im:write", "mpim:write", "channels:manage", "groups:write"},
	"conversations.join":         {"channels:join"},
	"conversations.leave":        {"channels:manage", "groups:write", "im:write", "mpim:write"},
	"users.list":                 {"users:read"},
	"users.info":                 {"users:read"},
	"bots.info":                  {"users:read"},
	"users.lookupByEmail":        {"users:read.email"},
	"usergroups.list":            {"usergroups:read"},
	"usergroups.users.list":      {"usergroups:read"},
	"team.info":                  {"team:read"},
	"files.getUploadURLExternal": {"files:write"}, "files.completeUploadExternal": {"files:write"}, "files.delete": {"files:write"},
	"files.info": {"files:read"}, "files.list": {"files:read"},
	"reactions.add": {"reactions:write"}, "reactions.remove": {"reactions:write"}, "reactions.get": {"reactions:read"},
}

// permitted refuses a method for which the bot has no scope.
func (w *Workspace) permitted(c *call, want access) error {
	needed := scopes[c.method]
	if c.token == "" || len(needed) == 0 || want == drive {
		return nil
	}
	given := w.granted()
	if slices.ContainsFunc(needed, func(s string) bool { return slices.Contains(given, s) }) {
		return nil
	}
	return &failure{code: "missing_scope", extra: object{"needed": strings.Join(needed, ","), "provided": strings.Join(given, ",")}}
}

// granted are the bot's scopes: those that were set, or else all there are.
func (w *Workspace) granted() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.scopes != nil {
		return w.scopes
	}
	return everyScope
}

var everyScope = func() []string {
	all := []string{"commands", "chat:write.public", "app_mentions:read"}
	for _, list := range scopes {
		all = append(all, list...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}()
