package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/service"
	"github.com/parley-ops/parley/services/notifier"
	"github.com/parley-ops/parley/services/notifier/slackdoctor"
	"github.com/parley-ops/parley/services/sandbox"
)

// TestDoctorFindsWhatIsTakenFromTheApp: a running notifier and the workspace,
// from which one thing after the other is taken away.
func TestDoctorFindsWhatIsTakenFromTheApp(t *testing.T) {
	t.Parallel()
	w := workspace{t: t, base: "http://" + freeAddr(t)}
	endpoint, b := freeAddr(t), bustest.New(t)
	ctx, stop := context.WithCancel(context.Background())
	ended, said := make(chan error, 1), &syncBuffer{}
	go func() {
		ended <- service.Run(ctx, []string{"--health-listen", "", "--notifier-listen", endpoint, "--slack-sandbox-url", w.base + "/api/", "--slack-signing-secret", "right",
			"--sandbox-listen", strings.TrimPrefix(w.base, "http://"), "--sandbox-fleet-listen", "", "--sandbox-nats", "", "--no-sandbox-tier-limits"},
			service.Output{Stdout: said, Stderr: said}, b.Transport(), notifier.Service(), sandbox.Service())
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil || t.Failed() {
			t.Logf("the services: %v\n%s", err, lastLines(said.String(), 40))
		}
	})
	type step = map[string]any
	check := func(name string, want ...string) {
		t.Helper()
		cfg := slackdoctor.Defaults()
		cfg.SandboxURL, cfg.SigningSecret = w.base+"/api/", "right"
		if name == "another secret" {
			cfg.SigningSecret = "wrong"
		}
		found, _, err := slackdoctor.Check(t.Context(), slackdoctor.Request{Config: cfg, Endpoint: "http://" + endpoint, Channels: []slackdoctor.Channel{{Name: "#ops", For: "the default channel"}}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range found {
			if f.Wrong() && f.Fix == "" {
				t.Errorf("%s: without a fix: %s", name, f.Text)
			}
			if f.Wrong() {
				got = append(got, strings.TrimSpace(f.About+" "+f.What))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	set := func(method string, s step) {
		t.Helper()
		if err := w.post(method, s, &struct{}{}); err != nil {
			t.Fatalf("%s %v: %v", method, s, err)
		}
	}
	eventually(t, time.Minute, "the app listens to the workspace", func() (error, bool) {
		err := w.post("sandbox.command", step{"user": "operator", "channel": "#ops", "command": "/parley", "text": "help"}, &struct{}{})
		return err, err == nil
	})
	check("nothing")
	check("another secret", "signing_secret")
	set("sandbox.app", step{"scopes": []string{"chat:write", "chat:write.public", "files:write", "files:read", "commands", "channels:read", "groups:read", "users:read", "im:write", "channels:join", "channels:history", "groups:history", "im:history"}})
	check("one scope", "scope usergroups:read")
	set("sandbox.app", step{"all_scopes": true})
	set("sandbox.channel", step{"name": "#ops", "member": false})
	check("a channel that it can join")
	set("sandbox.channel", step{"name": "#ops", "private": true})
	check("a private channel", "channel #ops")
	set("sandbox.channel", step{"name": "#ops", "private": false, "member": true})
	for method, want := range map[string]string{"auth.test": "bot_token", "apps.connections.open": "app_token", "conversations.list": "channel", "files.getUploadURLExternal": "files"} {
		set("sandbox.faults", step{"method": method, "error": "invalid_auth", "times": -1})
		check(method, want)
		set("sandbox.faults", step{"clear": true})
	}
	check("all given back")
}
