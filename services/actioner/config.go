package actioner

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/actioner/internal/approval"
	"github.com/parley-ops/parley/services/actioner/internal/offhours"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/config"
)

// Config is everything that can be set.
type Config struct {
	Actions      string        `name:"actions" help:"Folder with the YAML files that declare actions; deploy/actions if there is one and nothing is said." placeholder:"DIR"`
	SandboxURL   string        `name:"actioner-sandbox-url" help:"Where the local sandbox is: {{ settings.sandbox_url }} in actions." placeholder:"URL"`
	SandboxToken config.Secret `name:"actioner-sandbox-token" help:"Bearer token for operations on the sandbox's fleet."`
	FreezeAllow  []string      `name:"actioner-freeze-allow" help:"Who may freeze actions, and thaw them: @groups and people." placeholder:"WHO,…"`
	SamePerson   []string      `name:"actioner-same-person" help:"Who is one person in several chats, and so cannot approve what they asked for: slack:U0123=mattermost:ann=ann@example.org." placeholder:"ID=ID,…"`
	OffHours     string        `name:"actioner-offhours" help:"Stop and start resources by their own tag: off, dry-run (only say what would be done) or on." placeholder:"MODE"`
	OffHoursTag  string        `name:"actioner-offhours-tag" help:"Name of the tag that says when, in Cloud Custodian's grammar." placeholder:"TAG"`
	OffHoursZone string        `name:"actioner-offhours-zone" help:"Time zone of tags that name none." placeholder:"ZONE"`
	Settings     []string      `name:"actioner-settings" help:"Further settings of this installation: {{ settings.NAME }} in actions." placeholder:"NAME=VALUE"`

	AWS account.Config `kong:"-" shared:""`
}

// defaultActions is the folder that a checkout of the project has.
const defaultActions = "deploy/actions"

// Defaults are the local sandbox with its public token.
func Defaults() Config {
	return Config{SandboxURL: "http://127.0.0.1:8080", SandboxToken: "fleet-sandbox", FreezeAllow: []string{"@ops", "cli:operator"},
		OffHours: "off", OffHoursTag: "parley:offhours", OffHoursZone: "UTC", AWS: account.Defaults()}
}

// Validate names the flag that is wrong, and the fix.
func (c *Config) Validate() error {
	var errs []error
	if u, err := url.Parse(c.SandboxURL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		errs = append(errs, fmt.Errorf("--actioner-sandbox-url %q: want a URL like http://127.0.0.1:8080", c.SandboxURL))
	}
	if !slices.Contains([]string{"off", "dry-run", "on"}, c.OffHours) {
		errs = append(errs, fmt.Errorf("--actioner-offhours %q: want off, dry-run or on", c.OffHours))
	}
	if _, err := offhours.Zone(c.OffHoursZone); err != nil {
		errs = append(errs, fmt.Errorf("--actioner-offhours-zone: %w", err))
	}
	if c.OffHoursTag == "" || len(c.OffHoursTag) > 128 {
		errs = append(errs, fmt.Errorf("--actioner-offhours-tag %q: want a tag's name, of 128 letters at most", c.OffHoursTag))
	}
	if slices.ContainsFunc(c.FreezeAllow, func(who string) bool { return who == "" || who == "*" || who == "@" }) {
		errs = append(errs, fmt.Errorf("--actioner-freeze-allow %q: name groups (@ops) or people", strings.Join(c.FreezeAllow, ",")))
	}
	if _, err := approval.ParsePeople(c.SamePerson); err != nil {
		errs = append(errs, fmt.Errorf("--actioner-same-person: %w", err))
	}
	_, err := c.settings()
	return errors.Join(append(errs, err)...)
}

var settingName = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// settings returns what {{ settings.x }} stands for.
func (c *Config) settings() (map[string]string, error) {
	out := map[string]string{"sandbox_url": strings.TrimSuffix(c.SandboxURL, "/")}
	for _, s := range c.Settings {
		name, value, ok := strings.Cut(s, "=")
		if !ok || !settingName.MatchString(name) || value == "" {
			return nil, fmt.Errorf("--actioner-settings %q: want NAME=VALUE", s)
		}
		if name == "sandbox_url" {
			return nil, fmt.Errorf("--actioner-settings %q: that is --actioner-sandbox-url", s)
		}
		out[name] = value
	}
	return out, nil
}

// folder returns the folder of actions; "" is none.
func (c *Config) folder() string {
	if c.Actions != "" {
		return c.Actions
	}
	if info, err := os.Stat(defaultActions); err == nil && info.IsDir() {
		return defaultActions
	}
	return ""
}
