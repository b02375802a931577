package slack

// Scope is one right of the app: what it is for, and the methods of the Web API
// that need it.
type Scope struct {
	Name string
	// For says what does not work without it.
	For string
	// Spared: everything is told without it; what For says is weaker then.
	Spared  bool
	Methods []string
}

// Scopes returns what the app needs, no more: a test compares it with the calls
// of this package and with the manifests. Source: docs.slack.dev/reference/methods.
func Scopes() []Scope {
	return []Scope{
		{Name: "chat:write", For: "writing and editing messages", Methods: []string{"chat.postMessage", "chat.postEphemeral", "chat.update"}},
		{Name: "chat:write.public", For: "writing in public channels without an invitation", Spared: true, Methods: []string{"chat.postMessage"}},
		{Name: "files:write", For: "uploading charts", Methods: []string{"files.getUploadURLExternal", "files.completeUploadExternal"}},
		{Name: "files:read", For: "knowing when Slack has processed a chart", Methods: []string{"files.info"}},
		{Name: "commands", For: "/parley"},
		{Name: "channels:read", For: "finding public channels by name", Methods: []string{"conversations.list"}},
		{Name: "groups:read", For: "finding private channels by name", Methods: []string{"conversations.list"}},
		{Name: "users:read", For: "finding the person whom a tag names as owner", Methods: []string{"users.list"}},
		{Name: "usergroups:read", For: "who may run an action: actions allow groups such as @ops", Methods: []string{"usergroups.list", "usergroups.users.list"}},
		{Name: "im:write", For: "telling a person alone: /parley subscribe … me", Spared: true, Methods: []string{"conversations.open"}},
		{Name: "channels:join", For: "joining the public channels that policies name", Spared: true, Methods: []string{"conversations.join"}},
		{Name: "channels:history", For: "finding a message again after a crash, so that it is not posted twice", Spared: true, Methods: []string{"conversations.history", "conversations.replies"}},
		{Name: "groups:history", For: "the same in private channels", Spared: true, Methods: []string{"conversations.history", "conversations.replies"}},
		{Name: "im:history", For: "the same in direct messages", Spared: true, Methods: []string{"conversations.history", "conversations.replies"}},
	}
}
