package actioner

import (
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                              "",
		"base=https://a.example":        "",
		"base":                          "want NAME=VALUE",
		"base=":                         "want NAME=VALUE",
		"a b=c":                         "want NAME=VALUE",
		"sandbox_url=http://elsewhere/": "that is --actioner-sandbox-url",
	} {
		c := Defaults()
		if text != "" {
			c.Settings = []string{text}
		}
		err := c.Validate()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	for want, change := range map[string]func(*Config){
		"--actioner-offhours \"maybe\": want off, dry-run or on":      func(c *Config) { c.OffHours = "maybe" },
		"--actioner-offhours-zone: tz: \"Mars\" is no time zone":      func(c *Config) { c.OffHoursZone = "Mars" },
		"--actioner-offhours-tag \"\": want a tag's name":             func(c *Config) { c.OffHoursTag = "" },
		"--actioner-freeze-allow \"*\": name groups (@ops) or people": func(c *Config) { c.FreezeAllow = []string{"*"} },
	} {
		c := Defaults()
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	c := Defaults()
	c.SandboxURL = "127.0.0.1:8080"
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "--actioner-sandbox-url") {
		t.Errorf("got %v", err)
	}
}
