package slack

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"go.yaml.in/yaml/v4"
)

// manifest reads one of the shipped manifests strictly.
func manifest(t *testing.T, name string) slack.Manifest {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../../../../deploy/slack", name))
	if err != nil {
		t.Fatal(err)
	}
	var m slack.Manifest
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&m); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return m
}

func TestManifests(t *testing.T) {
	t.Parallel()
	var names []string
	for _, s := range Scopes() {
		names = append(names, s.Name)
	}
	for file, socket := range map[string]bool{"manifest.yaml": true, "manifest-http.yaml": false} {
		m := manifest(t, file)
		if !m.Settings.Interactivity.IsEnabled || m.Settings.SocketModeEnabled != socket || m.Features.SlashCommands[0].Command != "/parley" || m.Settings.TokenRotationEnabled {
			t.Errorf("%s: %+v", file, m.Settings)
		}
		bot := slices.Clone(m.OAuthConfig.Scopes.Bot)
		slices.Sort(bot)
		if want := slices.Sorted(slices.Values(names)); !slices.Equal(bot, want) {
			t.Errorf("%s asks for %v; what the code needs (Scopes) is %v", file, bot, want)
		}
		var urls []string
		for _, u := range []string{m.Settings.Interactivity.RequestUrl, m.Features.SlashCommands[0].Url} {
			if u != "" {
				urls = append(urls, u[strings.LastIndex(u, "/slack/"):])
			}
		}
		if want := map[bool][]string{true: nil, false: {"/slack/interactions", "/slack/commands"}}[socket]; !slices.Equal(urls, want) {
			t.Errorf("%s: request URLs %v, want %v", file, urls, want)
		}
	}
	// The two differ in how they are heard alone.
	a, b := manifest(t, "manifest.yaml"), manifest(t, "manifest-http.yaml")
	if a.Display != b.Display || !slices.Equal(a.OAuthConfig.Scopes.Bot, b.OAuthConfig.Scopes.Bot) {
		t.Error("the manifests differ in more than how Slack reaches Parley")
	}
}

// calls are the methods of the Web API behind slack-go's, as far as this package
// calls them.
var calls = map[string][]string{
	"AuthTest": {"auth.test"}, "PostMessage": {"chat.postMessage"}, "PostEphemeral": {"chat.postEphemeral"}, "UpdateMessage": {"chat.update"},
	"DeleteMessage": {"chat.delete"}, "GetPermalink": {"chat.getPermalink"}, "UploadFile": {"files.getUploadURLExternal", "files.completeUploadExternal"},
	"GetUploadURLExternal": {"files.getUploadURLExternal"}, "GetFileInfo": {"files.info"}, "DeleteFile": {"files.delete"}, "GetConversations": {"conversations.list"},
	"GetConversationInfo": {"conversations.info"}, "GetConversationHistory": {"conversations.history"}, "GetConversationReplies": {"conversations.replies"},
	"JoinConversation": {"conversations.join"}, "OpenConversation": {"conversations.open"}, "GetUsersInConversation": {"conversations.members"},
	"GetUsers": {"users.list"}, "GetUserInfo": {"users.info"}, "GetUserByEmail": {"users.lookupByEmail"}, "GetUserGroups": {"usergroups.list"},
	"GetUserGroupMembers": {"usergroups.users.list"}, "OpenView": {"views.open"}, "UpdateView": {"views.update"}, "PushView": {"views.push"},
	"PublishView": {"views.publish"}, "AddReaction": {"reactions.add"}, "RemoveReaction": {"reactions.remove"}, "StartSocketMode": {"apps.connections.open"},
	"PostWebhook": nil,
}

// free are the methods that every app may call.
func free() []string {
	return []string{"auth.test", "views.open", "views.update", "views.publish", "apps.connections.open", "chat.getPermalink"}
}

// TestScopesAreThoseOfTheCalls: every method that the code calls has its scope,
// and every scope has a method that is called.
func TestScopesAreThoseOfTheCalls(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	called := map[string]bool{}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`\bapi\.([A-Z]\w*?)(Context)?\(`).FindAllSubmatch(data, -1) {
			methods, ok := calls[string(found[1])]
			if !ok {
				t.Errorf("%s calls slack-go's %s: say in calls which method of the Web API that is, and in Scopes which scope it needs", f, found[1])
			}
			for _, m := range methods {
				called[m] = true
			}
		}
	}
	scoped := map[string]bool{}
	for _, s := range Scopes() {
		for _, m := range s.Methods {
			scoped[m] = true
			if !called[m] {
				t.Errorf("nothing calls %s, for which the app asks for %s", m, s.Name)
			}
		}
	}
	for _, m := range slices.Sorted(maps.Keys(called)) {
		if !scoped[m] && !slices.Contains(free(), m) {
			t.Errorf("%s is called, and no scope in Scopes is for it", m)
		}
	}
}
