package main

import (
	"encoding/json"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// call is one request that the local AWS account answered.
type call struct {
	Session   string
	Action    string
	Resources []string
	Allowed   bool
	Error     string
}

// calls returns what was asked of the local AWS account with this action.
func calls(t testing.TB, aws, action string) []call {
	t.Helper()
	resp, err := http.Get(aws + "/sandbox/aws/calls?action=" + action)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var out struct{ Calls []call }
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	var some []call
	for _, c := range out.Calls {
		if c.Action == action {
			some = append(some, c)
		}
	}
	return some
}

// done counts the calls that had an effect on a resource.
func done(some []call, resource string) (n int) {
	for _, c := range some {
		if c.Error == "" && len(c.Resources) == 1 && strings.HasSuffix(c.Resources[0], resource) {
			n++
		}
	}
	return n
}

// parley runs the command line against a standalone's data.
func parley(t testing.TB, data, nats string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(binary(t, "ctl"), append(args, "--data", data, "--nats-url", "nats://"+nats)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestAnIdleInstanceIsFoundAskedForStoppedAndUndone is the idle story, from
// CloudWatch to the effect and back, as people in #cost meet it.
func TestAnIdleInstanceIsFoundAskedForStoppedAndUndone(t *testing.T) {
	t.Parallel()
	const channel, instance = "#cost", "i-0ba7c4e9d1f2a3b40"
	data := t.TempDir()
	args, w, nats := standaloneArgs(t, data)
	start(t, "standalone", append(args, "--collector-cloudwatch-waste-look", "15s")...) // 2m elsewhere
	aws := w.aws

	isIt := func(m message) bool { return strings.Contains(m.everything(), instance) }
	begin := time.Now()
	step := func(what string) { t.Logf("%5.1f s: %s", time.Since(begin).Seconds(), what) }
	find := func(want string, ok func(message) bool) message {
		return eventually(t, 2*time.Minute, want, func() (message, bool) {
			for _, m := range w.history(channel) {
				if isIt(m) && ok(m) {
					return m, true
				}
			}
			return message{}, false
		})
	}
	said := func(ts, want string) message {
		t.Helper()
		return eventually(t, 2*time.Minute, "the thread says "+want, func() (message, bool) {
			for _, r := range w.replies(channel, ts) {
				if r.TS != ts && strings.Contains(r.everything(), want) {
					return r, true
				}
			}
			return message{}, false
		})
	}

	m := find("batch-report with a chart in #cost", func(m message) bool { _, ok := m.picture(); return ok })
	for _, want := range []string{"$312 a month", "@U00OPERATOR", "still needed?", "If nobody answers by"} {
		if !strings.Contains(m.everything(), want) {
			t.Errorf("the message does not say %q: %s", want, m.everything())
		}
	}
	step("found")
	stop, ok := m.button("Stop now")
	if !ok {
		t.Fatalf("no button to stop it on %s", m.everything())
	}

	// Not everybody may, and while all is frozen nobody.
	w.click("viewer", channel, m, stop, 1)
	w.command("operator", channel, "freeze shop a migration")
	eventually(t, 30*time.Second, "frozen", func() (string, bool) {
		answer := w.command("operator", channel, "schedules")
		return answer[0].Text, strings.Contains(answer[0].everything(), "a migration")
	})
	w.click("operator", channel, m, stop, 1)
	said(m.TS, "frozen")
	w.command("operator", channel, "thaw shop")
	w.command("operator", channel, "thaw shop") // one person twice is one
	if answer := w.command("operator", channel, "schedules"); !strings.Contains(answer[0].everything(), "a migration") {
		t.Error("one person alone ended the freeze")
	}
	w.command("second operator", channel, "thaw shop")
	eventually(t, 30*time.Second, "thawed", func() (string, bool) {
		answer := w.command("operator", channel, "schedules")
		return answer[0].Text, !strings.Contains(answer[0].everything(), "a migration")
	})
	if n := done(calls(t, aws, "ec2:StopInstances"), instance); n != 0 {
		t.Fatalf("stopped %d times by those who may not", n)
	}

	step("frozen and thawed")

	// Two people click, each is delivered three times.
	m = find("it is open still", func(message) bool { return true })
	if stop, ok = m.button("Stop now"); !ok {
		t.Fatal("the button is gone")
	}
	w.click("operator", channel, m, stop, 3)
	_ = w.tryClick("second operator", channel, m, stop, 3) // may find the button gone
	result := said(m.TS, "is stopped")
	step("stopped")
	some := calls(t, aws, "ec2:StopInstances")
	if n := done(some, instance); n != 1 {
		t.Errorf("stopped %d times, want once: %+v", n, some)
	}
	for _, c := range some {
		if !strings.Contains(c.Session, "operator") {
			t.Errorf("AWS does not see who clicked: %+v", c)
		}
	}
	find("the incident is over", func(m message) bool { return strings.HasPrefix(strings.ToLower(m.Text), "resolved") })

	step("over")
	undo, ok := result.button("Undo")
	if !ok {
		t.Fatalf("no button to undo it on %s", result.everything())
	}
	w.click("operator", channel, result, undo, 2)
	said(m.TS, "is running")
	if n := done(calls(t, aws, "ec2:StartInstances"), instance); n != 1 {
		t.Errorf("started %d times, want once", n)
	}

	step("undone")

	// What must not be stopped is not, and the words say why.
	for name, c := range map[string]struct{ instance, want string }{
		"protected":             {"legacy-cron", "parley:protected"},
		"Auto Scaling":          {"web-4", "Auto Scaling group"},
		"instance store":        {"cache-warm", "instance store"},
		"an unknown one":        {"i-0000000000000dead", "no instance"},
		"one without being let": {"ci-runner", "parley:actions"},
	} {
		id := c.instance
		if !strings.HasPrefix(id, "i-") {
			id = instanceNamed(t, aws, c.instance)
		}
		out, err := parley(t, data, nats, "action", "run", "stop-instance", "--param", "account=111122223333",
			"--param", "region=eu-west-1", "--param", "instance_id="+id, "--wait", "--wait-for", "30s")
		if err == nil || !strings.Contains(out, c.want) {
			t.Errorf("%s: %v, want words with %q:\n%s", name, err, c.want, out)
		}
		if n := done(calls(t, aws, "ec2:StopInstances"), id); n != 0 {
			t.Errorf("%s: stopped all the same", name)
		}
	}
}

// instanceNamed returns the id of the instance with this Name.
func instanceNamed(t testing.TB, aws, name string) string {
	t.Helper()
	resp, err := http.Get(aws + "/sandbox/aws/resources")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var out struct {
		Places []struct {
			Resources []struct {
				Type, ID string
				Tags     map[string]string
			}
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	for _, p := range out.Places {
		for _, r := range p.Resources {
			if r.Type == "ec2:instance" && r.Tags["Name"] == name {
				return r.ID
			}
		}
	}
	t.Fatalf("no instance is called %s", name)
	return ""
}
