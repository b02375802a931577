package notifier

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestChatsFile(t *testing.T) {
	t.Setenv("SIEM_URL", "https://siem.example/in")
	f := func(chats, routes, want string) {
		t.Helper()
		dir := t.TempDir()
		c := Defaults()
		c.Chats, c.Routes = filepath.Join(dir, "chats.yaml"), filepath.Join(dir, "routes.yaml")
		for path, text := range map[string]string{c.Chats: chats, c.Routes: routes} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Validate(); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s %s: %v, want %q", chats, routes, err, want)
		}
	}
	const siem = "chats:\n- {kind: webhook, name: siem, channels: {events: {url: 'env:SIEM_URL'}}}\n"
	f(siem, "routes:\n- channels: ['#ops', 'siem:events', 'slack:ops']", "")
	f(siem, "routes:\n- channels: ['simm:events']", `there is no chat "simm"; there are slack, siem`)
	f(siem, "routes:\n- severity: {critical: ['pagerduty:x']}", `there is no chat "pagerduty"`)
	f("operator: ['teams:x']\n"+siem, "", `--notifier-chats: operator: channel "teams:x"`)
	f("chats:\n- kind: webhook\n  colour: red", "", "line 3: field colour")
}
